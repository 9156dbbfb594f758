#!/usr/bin/python3
"""Each rule finds the fault planted for it, and nothing in a tree without faults.

Faults are planted in a small house in a temporary folder, so that these tests say nothing about
(and do not depend on) the state of the real one.
"""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from house import Tree, without_comments  # noqa: E402
from tidy import RULES  # noqa: E402

HOUSE = {
    "README.md": "# A house\n\nSee [the core](core/README.md#what-it-decides).\n",
    "core/README.md": "# Core\n\n## What it decides\n\nEverything.\n",
    "core/CMakeLists.txt": "cmake_minimum_required(VERSION 3.25)\nproject(core LANGUAGES CXX)\n"
                           "set(CMAKE_CXX_STANDARD 20)\nadd_library(core decide.cc)\n"
                           "target_include_directories(core PUBLIC ${PROJECT_SOURCE_DIR}/..)\n",
    "core/decide.h": "/// Decides.\n#pragma once\n\nint decide(int lag);\n",
    "core/decide.cc": '#include "core/decide.h"\n\n#include <algorithm>\n\n'
                      "// never throw, says steady_clock\n"
                      "int decide(int lag) {\n    return std::max(lag, 1000);\n}\n",
    "core/small.h": "/// Small.\n#pragma once\n\nint small();\n",
    "models/world.h": '/// A world.\n#pragma once\n\n#include "core/decide.h"\n',
    "sim/engine/engine.cc": '#include <thread>\n\n#include "models/world.h"\n',
    "sim/cli/main.cc": '#include <boost/program_options.hpp>\n\n#include "sim/cli/run.h"\n',
    "scenarios/first.yaml": "# Does one pod suffice?\nkind: Scenario\n",
    "notebooks/first.ipynb": json.dumps({"cells": [{"outputs": [], "execution_count": None}]}),
    "script/go": "#!/usr/bin/env bash\nset -euo pipefail\n",
    "tests/core/decide_test.cc": '#include "core/decide.h"\n',
}


class PlantedFaults(unittest.TestCase):
    def findings(self, rule, planted=None):
        with tempfile.TemporaryDirectory() as folder:
            for file, text in (HOUSE | (planted or {})).items():
                path = pathlib.Path(folder) / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            (pathlib.Path(folder) / "script/go").chmod(0o755)
            shutil.copy(HERE.parents[1] / ".clang-format", folder)
            return [str(finding) for finding in RULES[rule](Tree(folder))]

    def expect(self, rule, planted, beginning):
        found = self.findings(rule, planted)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(beginning), found[0])

    def test_a_house_in_order_has_no_findings(self):
        for rule in RULES:
            self.assertEqual(self.findings(rule), [], rule)

    def test_core_includes_a_model(self):
        self.expect("layers", {"core/up.cc": '#include <vector>\n#include "models/world.h"\n'},
                    "core/up.cc:2: core must not include models/world.h: move")

    def test_a_model_includes_the_engine(self):
        self.expect("layers", {"models/up.cc": '#include "sim/engine/engine.h"\n'},
                    "models/up.cc:1: models must not include sim/engine/engine.h")

    def test_the_engine_includes_the_command_line(self):
        self.expect("layers", {"sim/study/up.cc": '#include "sim/cli/run.h"\n'},
                    "sim/study/up.cc:1: sim must not include sim/cli/run.h")

    def test_production_includes_a_model(self):
        self.expect("layers", {"production/up.cc": '#include "models/world.h"\n'},
                    "production/up.cc:1: production must not include models/world.h")

    def test_yaml_outside_the_reader(self):
        self.expect("libraries", {"sim/study/y.cc": "#include <yaml-cpp/yaml.h>\n"},
                    "sim/study/y.cc:1: only sim/scenario/ knows yaml-cpp")

    def test_hdf5_outside_the_results(self):
        self.expect("libraries", {"sim/cli/h.cc": "#include <H5Cpp.h>\n"},
                    "sim/cli/h.cc:1: only sim/results/ knows HDF5")

    def test_boost_outside_the_command_line(self):
        self.expect("libraries", {"sim/study/b.cc": "#include <boost/program_options.hpp>\n"},
                    "sim/study/b.cc:1: only sim/cli/ knows Boost.Program_options")

    def test_threads_in_a_model(self):
        self.expect("libraries", {"models/t.cc": "#include <mutex>\n"},
                    "models/t.cc:1: only sim/ knows threads")

    def test_core_uses_an_installed_library(self):
        self.expect("libraries", {"core/e.cc": "#include <Eigen/Core>\n"},
                    "core/e.cc:1: core uses the C++ standard library only, not <Eigen/Core>")

    def test_core_throws(self):
        self.expect("purity", {"core/t.cc": "void f() {\n    throw 1;\n}\n"},
                    "core/t.cc:2: core does not throw; return std::expected")

    def test_core_asks_for_the_time(self):
        self.expect("purity", {"core/t.cc": "auto t = std::chrono::steady_clock::now();\n"},
                    "core/t.cc:1: core is told the time")

    def test_core_draws(self):
        self.expect("purity", {"core/t.cc": "#include <random>\n"},
                    "core/t.cc:1: core has no input, output, randomness or threads")

    def test_a_model_uses_libm(self):
        self.expect("purity", {"models/m.cc": "double f(double x) { return std::log(x); }\n"},
                    "models/m.cc:1: libm's last bits depend on the CPU; use models/random/pinned")

    def test_a_header_without_a_purpose(self):
        self.expect("headers", {"core/small-inl.h": "/// Small.\n#pragma once\n"},
                    "core/small-inl.h:1: guard it by HWY_TARGET_TOGGLE")
        self.expect("headers", {"core/small.h": "#pragma once\n"},
                    "core/small.h:1: open a header with ///")

    def test_a_header_without_a_guard(self):
        self.expect("headers", {"core/small.h": "/// Small.\n"}, "core/small.h:1: add #pragma once")

    def test_a_source_that_hides_what_its_header_lacks(self):
        self.expect("headers", {"core/decide.cc": '#include <vector>\n#include "core/decide.h"\n'},
                    'core/decide.cc:1: include "core/decide.h" first')

    def test_a_header_that_does_not_compile_alone(self):
        self.expect("lonely_headers", {"core/small.h": "/// S.\n#pragma once\nstd::vector<int> v();\n"},
                    "core/small.h:1: does not compile alone")

    def test_core_needs_something_outside(self):
        self.expect("core_alone", {"core/decide.cc": '#include "core/decide.h"\n'
                                                     '#include "models/world.h"\n'},
                    "core/CMakeLists.txt:1: core/ copied to another folder does not build")

    def test_unformatted_code(self):
        self.expect("format", {"core/decide.h": "/// D.\n#pragma once\n\nint   decide ( int lag );\n"},
                    "core/decide.h:4: run script/format")

    def test_a_function_above_the_limit(self):
        long = "int f() {\n" + "    g();\n" * 75 + "    return 1;\n}\n"
        self.expect("functions", {"core/long.cc": long},
                    "core/long.cc:1: f has 78 lines, more than 70: give its parts names")

    def test_a_listed_function_may_not_grow(self):
        long = "int f() {\n" + "    g();\n" * 75 + "    return 1;\n}\n"
        listed = {"core/long.cc": long, "tests/tidy/long_functions.txt": "core/long.cc f 78\n"}
        self.assertEqual(self.findings("functions", listed), [])
        listed["tests/tidy/long_functions.txt"] = "core/long.cc f 77\n"
        self.expect("functions", listed, "core/long.cc:1: f has 78 lines, more than 77")

    def test_the_list_may_only_shrink(self):
        self.expect("functions", {"tests/tidy/long_functions.txt": "core/decide.cc decide 90\n"},
                    "tests/tidy/long_functions.txt:1: decide has become shorter (below 71)")

    def test_left_over_words(self):
        self.expect("left_over_words", {"core/small.h": "/// S.\n#pragma once\n// TO" "DO: later\n"},
                    "core/small.h:3: 'TO" "DO': do it now")

    def test_a_suppression_without_a_reason(self):
        self.expect("suppressions", {"core/small.h": "int f();  // NO" "LINT\n"},
                    "core/small.h:1: write // NOLINT(check-name)")
        self.assertEqual(self.findings("suppressions", {
            "core/small.h": "int f();  // NO" "LINT(misc-unused): the linker needs it\n"}), [])

    def test_a_broken_link(self):
        self.expect("links", {"docs/a.md": "# A\n\n[gone](../core/gone.md)\n"},
                    "docs/a.md:3: '../core/gone.md' does not exist")

    def test_a_link_to_a_missing_heading(self):
        self.expect("links", {"docs/a.md": "# A\n\n[gone](../core/README.md#nothing)\n"},
                    "docs/a.md:3: README.md has no heading '#nothing'")

    def test_links_in_code_and_to_the_web_are_left_alone(self):
        self.assertEqual(self.findings("links", {
            "docs/a.md": "# A\n\n`[x](y)` [w](https://example.org/x)\n\n```\n[z](z)\n```\n"}), [])

    def test_two_titles(self):
        self.expect("titles", {"docs/a.md": "# A\n\n# B\n"}, "docs/a.md:3: a page has one '# ' title")

    def test_a_page_that_no_contents_lead_to(self):
        self.expect("contents", {"docs/README.md": "# Docs\n\n[a](a.md)\n", "docs/a.md": "# A\n",
                                 "docs/b.md": "# B\n"},
                    "docs/b.md:1: no table of contents leads here; link it from docs/README.md")

    def test_a_folder_of_pages_has_its_own_contents(self):
        folder = {"docs/README.md": "# Docs\n\n[models](models/README.md)\n", "docs/models/a.md": "# A\n"}
        self.expect("contents", folder | {"docs/models/README.md": "# Models\n"}, "docs/models/a.md:1: no table")
        self.assertEqual(self.findings("contents", folder | {
            "docs/models/README.md": "# Models\n\n[a](a.md#a)\n"}), [])

    def test_docs_of_another_version(self):
        self.expect("contents", {"CMakeLists.txt": "project(lagsim VERSION 2.0.0)\n",
                                 "docs/README.md": "# Docs of 1.9.0\n"},
                    "docs/README.md:1: does not name version 2.0.0")

    def test_a_notebook_with_outputs(self):
        self.expect("notebooks", {"notebooks/first.ipynb": json.dumps(
            {"cells": [{"outputs": [{"text": "1"}], "execution_count": 1}]})},
            "notebooks/first.ipynb:1: cell 1 has outputs: jupyter nbconvert")

    def test_a_scenario_that_does_not_say_why(self):
        self.expect("scenarios", {"scenarios/first.yaml": "kind: Scenario\n"},
                    "scenarios/first.yaml:1: open with a # comment")

    def test_a_script_that_goes_on_after_an_error(self):
        self.expect("scripts", {"script/go": "#!/usr/bin/env bash\n"},
                    "script/go:1: add 'set -euo pipefail'")


class Comments(unittest.TestCase):
    def test_words_in_comments_and_literals_are_free(self):
        source = '// throw\nauto s = "throw";\nauto r = R"(a\nthrow)";\nint i = 1\'000;\n/* throw\n*/\nx\n'
        self.assertEqual(without_comments(source),
                         '\nauto s = "";\nauto r = R"(a\nthrow)";\nint i = 1\'000;\n\n\nx\n'
                         .replace('R"(a\nthrow)"', '\n'))


if __name__ == "__main__":
    unittest.main()
