"""Mutation test of the scaling core: is every rule held by a vector or a unit test?

    mutate.py --build DIR [--all] [--family F] [--name TEXT] [--jobs N] [--markdown FILE]

For each mutant of table.py the one mutated file is compiled as DIR (a CMake build that has lagsim_sim and core_tests)
compiles it and linked before DIR's libraries; then every vector is replayed and the unit tests of the scaling core
run. Without --all only the representative subset runs. Exit 4 if a mutant survives.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

import table

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = [ROOT / "tests/vectors/data", ROOT / "tests/vectors/found"]


def compile_command(build, source, output):
    """How the build compiles `source` of the repository, but of another file into `output`."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]) == ROOT / "core/scaling" / source:
            words = shlex.split(entry["command"])
            words = [w for w in words if w != "-Werror"]
            words[words.index("-o") + 1] = str(output)
            return words[:words.index("-c")], entry["directory"]
    raise SystemExit("%s has no command for %s: reconfigure" % (build, source))


class Judge:
    """Links and runs the two judges: the vectors and the unit tests."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.core = next(iter(build.glob("**/liblagsim_core.a")))
        self.sim = build / "liblagsim_sim.a"
        self.compiler = compile_command(build, "fallback.cc", "x")[0][0]
        self.flags = [w for w in compile_command(build, "fallback.cc", "x")[0] if w.startswith("-fsanitize")]
        self.main = folder / "replay_all.o"
        self.run([self.compiler, "-std=c++23", "-O1", "-I%s" % ROOT, *self.flags, "-c", "-o", self.main,
                  ROOT / "tests/mutations/replay_all.cc"])
        self.units = sorted((build / "tests/CMakeFiles/core_tests.dir/core/scaling").glob("*.o"))

    @staticmethod
    def run(words, **options):
        return subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True, **options)

    def diverging(self, objects, name):
        program = self.folder / (name + "-replay")
        self.run([self.compiler, *self.flags, "-o", program, self.main, *objects, self.sim, self.core])
        return self.run([program, *VECTORS]).stdout.split()

    def failing_units(self, objects, name):
        if not self.units:
            return []
        program = self.folder / (name + "-units")
        self.run([self.compiler, *self.flags, "-o", program, *self.units, *objects, self.core, "-lgtest_main", "-lgtest"])
        result = subprocess.run([program, "--gtest_brief=1", "--gtest_filter=-AutoscalerCost*"], capture_output=True,
                                text=True, timeout=120, env={**os.environ, "GTEST_COLOR": "no"})
        failed = {line.split("]")[1].split()[0].rstrip(",") for line in result.stdout.splitlines()
                  if line.startswith("[  FAILED  ]") and "." in line}
        return sorted(failed) or (["crash"] if result.returncode not in (0, 1) else [])


def judge(judge_, index, mutant):
    source = ROOT / "core/scaling" / mutant.file
    text = source.read_text()
    if text.count(mutant.old) != 1:
        return mutant, None, None, "the text occurs %d times" % text.count(mutant.old)
    name = "m%03d" % index
    mutated = judge_.folder / name / mutant.file
    mutated.parent.mkdir()
    mutated.write_text(text.replace(mutant.old, mutant.new))
    output = judge_.folder / (name + ".o")
    words, directory = compile_command(judge_.build, mutant.file, output)
    if "-o" not in words:
        words += ["-o", str(output)]
    compiled = subprocess.run([*words, "-c", str(mutated)], cwd=directory, capture_output=True, text=True)
    if compiled.returncode != 0:
        return mutant, None, None, "does not compile: " + compiled.stderr.strip().splitlines()[0]
    return mutant, judge_.diverging([output], name), judge_.failing_units([output], name), ""


def show(results, markdown):
    lines = ["| family | mutant | file | vectors that notice | unit tests that notice |", "|---|---|---|---|---|"]
    for mutant, vectors, units, problem in results:
        some = lambda names: "%d: %s" % (len(names), ", ".join(names[:2])) if names else "none"
        lines.append("| %s | %s | %s | %s | %s |" % (
            mutant.family, mutant.name, mutant.file, problem or some(vectors), "" if problem else some(units)))
    if markdown:
        pathlib.Path(markdown).write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--family")
    parser.add_argument("--name", help="only mutants whose name holds this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--markdown", help="also write the table here")
    options = parser.parse_args()
    chosen = [m for m in table.MUTANTS if (options.all or options.family or options.name or m.ci) and
              (not options.family or m.family == options.family) and (not options.name or options.name in m.name)]
    with tempfile.TemporaryDirectory() as folder:
        judge_ = Judge(options.build.resolve(), pathlib.Path(folder))
        if judge_.diverging([], "base") or judge_.failing_units([], "base"):
            raise SystemExit("the unmutated core already fails: mend that first")
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(lambda job: judge(judge_, *job), enumerate(chosen)))
    show(results, options.markdown)
    alive = [r for r in results if r[3] or not (r[1] or r[2])]
    print("%d mutants, %d killed, of these %d by vectors" % (
        len(results), len(results) - len(alive), sum(1 for r in results if r[1])))
    for mutant, _, _, problem in alive:
        print("ALIVE: %s: %s %s" % (mutant.family, mutant.name, problem))
    sys.exit(4 if alive else 0)


if __name__ == "__main__":
    main()
