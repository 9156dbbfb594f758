"""What all rules share: walking the tree, and a finding with its place and what to do instead."""

import dataclasses
import pathlib
import re

LAYERS = ("core", "models", "sim", "production")
CODE_FOLDERS = LAYERS + ("bench", "tests")
NOT_OURS = {"build", "results", ".git", "__pycache__", ".cache", "node_modules",
            ".mypy_cache", ".ruff_cache", ".pytest_cache"}


@dataclasses.dataclass(frozen=True)
class Finding:
    """A place that breaks a rule. `advice` names the replacement, not only the fault."""

    file: str
    line: int
    advice: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.advice}"


class Tree:
    """A checkout of the project (or a copy of one with a planted fault)."""

    def __init__(self, root):
        self.root = pathlib.Path(root)

    def files(self, folders, *suffixes):
        """Relative paths below the folders, in a fixed order."""
        found = []
        for folder in folders:
            for path in sorted((self.root / folder).rglob("*")):
                relative = path.relative_to(self.root)
                if path.is_file() and path.suffix in suffixes and not NOT_OURS & set(relative.parts):
                    found.append(relative.as_posix())
        return found

    def code(self, folders=CODE_FOLDERS):
        return self.files(folders, ".h", ".cc")

    def text(self, file):
        return (self.root / file).read_text(encoding="utf-8")

    def lines(self, file):
        """(number, line) from 1."""
        return list(enumerate(self.text(file).splitlines(), start=1))

    def code_lines(self, file):
        """(number, line) without comments and string literals, so that words in them are free."""
        return list(enumerate(without_comments(self.text(file)).splitlines(), start=1))


_TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""",
    re.DOTALL,
)


def without_comments(source):
    """Blanks comments and literals but keeps every newline and the paths of #include lines."""

    def blank(match):
        token = match.group(0)
        line_begin = source.rfind("\n", 0, match.start()) + 1
        if source[line_begin : match.start()].strip().startswith("#include"):
            return token
        # 1'000'000: a digit separator is no character literal.
        if token.startswith("'") and match.start() > 0 and source[match.start() - 1].isalnum():
            return token
        return '""' + "\n" * token.count("\n") if token[0] == '"' else "\n" * token.count("\n")

    return _TOKENS.sub(blank, source)
