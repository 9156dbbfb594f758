"""Differential fuzzing: random scenarios through the real controllers and through lagsim.

    fuzz.py --oracle ORACLE --lagsim REPLAY [--kind KIND] [--seed N] [--count N] [--batch N] [--keep DIR]

Each batch is written as files, computed by `ORACLE run`, and replayed by `REPLAY` (`lagsim replay`, given as one
argument). Every vector that diverges is kept in DIR with its seed in its name. Exit 4 if any did.
"""

import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

import generate


def decode_all(text):
    decoder, at, vectors = json.JSONDecoder(), 0, []
    while at < len(text):
        try:
            vector, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            break
        vectors.append(vector)
        while at < len(text) and text[at].isspace():
            at += 1
    return vectors


def truth(oracle, files):
    """Vectors with expectations. The oracle stops at a scenario it cannot run: that one is skipped."""
    vectors, skipped = [], []
    while files:
        run = subprocess.run([oracle, "run", *map(str, files)], capture_output=True, text=True)
        vectors += decode_all(run.stdout)
        done = len(decode_all(run.stdout))
        if done < len(files):
            skipped.append((files[done].stem, run.stderr.strip()[-200:]))
            done += 1
        files = files[done:]
    return vectors, skipped


def diverging(replay, paths):
    """Names of the vectors that lagsim computes differently, with the reason."""
    run = subprocess.run(shlex.split(replay) + list(map(str, paths)), capture_output=True, text=True)
    if run.returncode not in (0, 4):
        raise SystemExit("%s failed with %d: %s" % (replay, run.returncode, run.stderr[-2000:]))
    found = {}
    for line in run.stdout.splitlines():
        result = json.loads(line)
        if result["diverged"]:
            found[result["name"]] = result.get("divergence", "")
    return found


def batch(options, kind, seeds, keep):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        files = []
        for seed in seeds:
            vector = generate.scenario(kind, seed)
            files.append(folder / (vector["name"] + ".json"))
            files[-1].write_text(json.dumps(vector))
        vectors, skipped = truth(options.oracle, files)
        paths = []
        for vector in vectors:
            paths.append(folder / (vector["name"] + ".json"))
            paths[-1].write_text(json.dumps(vector))
        found = diverging(options.lagsim, paths) if paths else {}
        for name, why in sorted(found.items()):
            print("DIVERGED", name, why, flush=True)
            keep.mkdir(parents=True, exist_ok=True)
            (keep / (name + ".json")).write_text((folder / (name + ".json")).read_text())
        for name, why in skipped:
            print("skipped", name, why.replace("\n", " "), flush=True)
        return len(vectors), len(found), len(skipped)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--lagsim", required=True, help="command that replays, e.g. 'build/release/lagsim replay --json'")
    parser.add_argument("--kind", choices=generate.KINDS, action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100, help="scenarios a kind")
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("fuzz-found"))
    options = parser.parse_args()
    total = {}
    for kind in options.kind or generate.KINDS:
        ran = bad = skip = 0
        for first in range(options.seed, options.seed + options.count, options.batch):
            last = min(first + options.batch, options.seed + options.count)
            a, b, c = batch(options, kind, range(first, last), options.keep)
            ran, bad, skip = ran + a, bad + b, skip + c
            print("%s: %d scenarios compared, %d diverged, %d skipped" % (kind, ran, bad, skip), flush=True)
        total[kind] = bad
    sys.exit(4 if any(total.values()) else 0)


if __name__ == "__main__":
    main()
