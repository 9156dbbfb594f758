#!/usr/bin/python3
"""The rules of the house as tests.

usage: tidy.py RULE [--root FOLDER] [--compiler CXX]
       tidy.py --list

Prints one line a finding, file:line: what to do instead, and exits 1 if there are any.
"""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
import rules_code  # noqa: E402
import rules_text  # noqa: E402
from house import Tree  # noqa: E402

RULES = {
    rule.__name__: rule
    for rule in (
        rules_code.layers, rules_code.libraries, rules_code.purity, rules_code.headers,
        rules_code.lonely_headers, rules_code.core_alone, rules_code.format, rules_code.functions,
        rules_text.left_over_words, rules_text.suppressions, rules_text.links, rules_text.titles,
        rules_text.contents, rules_text.notebooks, rules_text.scenarios, rules_text.scripts,
    )
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rule", nargs="?", choices=sorted(RULES))
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list or options.rule is None:
        for name, rule in RULES.items():
            print(f"{name:18} {rule.__doc__.splitlines()[0]}")
        return 0
    extra = {"compiler": options.compiler} if options.rule == "lonely_headers" else {}
    findings = list(RULES[options.rule](Tree(options.root), **extra))
    for finding in findings:
        print(finding)
    if options.rule == "functions":
        print(lengths_in_one_line(Tree(options.root)))
    return 1 if findings else 0


def lengths_in_one_line(tree):
    lengths = sorted(length for *_, length in rules_code.function_lengths(tree))
    if not lengths:
        return "no functions"
    at = lambda q: lengths[min(len(lengths) - 1, int(q * len(lengths)))]  # noqa: E731
    return (f"{len(lengths)} functions: median {at(0.5)} lines, 90 % up to {at(0.9)}, "
            f"99 % up to {at(0.99)}, longest {lengths[-1]}")


if __name__ == "__main__":
    sys.exit(main())
