"""Rules about everything that is read rather than compiled: words, links, notebooks, scenarios."""

import json
import os
import pathlib
import re

from house import CODE_FOLDERS, Finding

# Assembled from halves, so that this file does not break its own rule.
LEFT_OVER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")


def left_over_words(tree):
    """Nothing is left for later without an issue that says so."""
    files = tree.files(CODE_FOLDERS + ("python", "script", "docs", "scenarios"),
                       ".h", ".cc", ".py", ".md", ".yaml", ".txt", ".cmake", "")
    for file in files:
        for number, line in tree.lines(file):
            match = LEFT_OVER.search(line)
            if match:
                yield Finding(file, number, f"'{match.group(1)}': do it now, or open an issue and "
                              "say here what holds today")


def suppressions(tree):
    """A silenced check names the check and the reason."""
    for file in tree.code():
        for number, line in tree.lines(file):
            if re.search(r"//\s*NOLINT", line) and not re.search(
                    r"//\s*NOLINT(?:NEXTLINE|BEGIN|END)?\([a-z*][\w.,* -]*\)\s*:?\s*\S", line):
                yield Finding(file, number, "write // NOLINT(check-name): and why it does not apply")


def markdown(tree):
    return [f for f in tree.files(["."], ".md")]


def prose_lines(tree, file):
    """Lines outside ``` blocks."""
    fenced = False
    for number, line in tree.lines(file):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def links(tree):
    """Relative links lead to files that exist, and to headings that exist there."""
    for file in markdown(tree):
        for number, line in prose_lines(tree, file):
            for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z][a-z0-9+.-]*:", target):
                    continue
                path, _, anchor = target.partition("#")
                page = (tree.root / file).parent / path if path else tree.root / file
                if not page.exists():
                    yield Finding(file, number, f"'{target}' does not exist; correct or drop the link")
                elif anchor and page.suffix == ".md" and anchor not in anchors(tree, page):
                    yield Finding(file, number, f"{page.name} has no heading '#{anchor}'; "
                                  "correct the anchor")


def anchors(tree, page):
    """Headings as GitHub turns them into anchors."""
    found = set()
    for _, line in prose_lines(tree, page.resolve().relative_to(tree.root.resolve()).as_posix()):
        match = re.match(r"#+\s+(.*)", line)
        if match:
            text = re.sub(r"[^\w\- ]", "", match.group(1).strip().lower())
            found.add(text.replace(" ", "-"))
        found.update(re.findall(r'<a (?:id|name)="([^"]+)"', line))
    return found


def titles(tree):
    """One # title a page, in its first lines."""
    for file in markdown(tree):
        numbers = [n for n, line in prose_lines(tree, file) if re.match(r"# \S", line)]
        if len(numbers) != 1:
            place = numbers[1] if len(numbers) > 1 else 1
            yield Finding(file, place, f"a page has one '# ' title, this one {len(numbers)}; "
                          "use ## for its sections")


def notebooks(tree):
    """Notebooks are committed without outputs: those come from running them."""
    for file in tree.files(["notebooks"], ".ipynb"):
        for index, cell in enumerate(json.loads(tree.text(file))["cells"], start=1):
            if cell.get("outputs") or cell.get("execution_count"):
                yield Finding(file, 1, f"cell {index} has outputs: "
                              f"jupyter nbconvert --clear-output --inplace {file}")


def scenarios(tree):
    """A scenario opens with a comment: the question, why these numbers, what to look for."""
    for file in tree.files(["scenarios"], ".yaml", ".yml"):
        text = tree.text(file)
        if "kind: Scenario" in text and not text.lstrip().startswith("#"):
            yield Finding(file, 1, "open with a # comment: the question, why these numbers, what to "
                          "look for")


def contents(tree):
    """Every page of docs/ is in a table of contents, and docs/ and the changelog name this version."""
    pages = [pathlib.PurePath(f) for f in markdown(tree) if f.startswith("docs/")]
    root = pathlib.PurePath("docs/README.md")
    for page in pages:
        table = (page.parents[1] if page.name == "README.md" else page.parent) / "README.md"
        table = table if table in pages else root
        if page != root and page not in linked_from(tree, table):
            yield Finding(page.as_posix(), 1, f"no table of contents leads here; link it from {table}")
    version = re.search(r"^project\(\w+ VERSION ([0-9.]+)", text_or_none(tree, "CMakeLists.txt"), re.M)
    for file in ("docs/README.md", "CHANGELOG.md", "vcpkg.json", "python/pyproject.toml"):
        text = text_or_none(tree, file)
        if version and text and version[1] not in text:
            yield Finding(file, 1, f"does not name version {version[1]} of CMakeLists.txt")


def linked_from(tree, page):
    """The pages that `page` links to, relative to the root."""
    if not (tree.root / page).exists():
        return set()
    targets = {target.partition("#")[0] for _, line in prose_lines(tree, page.as_posix())
               for target in LINK.findall(line)}
    return {pathlib.PurePath(os.path.normpath(page.parent / target)) for target in targets if target}


def text_or_none(tree, file):
    return tree.text(file) if (tree.root / file).exists() else ""


def scripts(tree):
    """Scripts stop at the first error and can be run."""
    for file in tree.files(["script", ".ci"], ""):
        first = tree.text(file).splitlines()[:1]
        if first and first[0].startswith("#!") and "bash" in first[0]:
            if "set -euo pipefail" not in tree.text(file):
                yield Finding(file, 1, "add 'set -euo pipefail'")
            if not (tree.root / file).stat().st_mode & 0o100:
                yield Finding(file, 1, f"chmod +x {file}")
