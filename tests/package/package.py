#!/usr/bin/python3
"""What others get: the installed tree, find_package(lagsim) and the Debian packages.

usage: package.py BUILD VERSION
BUILD is a complete build folder; everything else happens in a temporary one.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv[1]).resolve()
VERSION = sys.argv[2]
HERE = pathlib.Path(__file__).resolve().parent


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} exits {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Installed(unittest.TestCase):
    """`cmake --install BUILD --prefix P`."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = pathlib.Path(cls.folder.name) / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_program_runs_a_shipped_scenario_from_where_it_is_installed(self):
        scenario = self.prefix / "share/lagsim/scenarios/cap-and-tolerance.yaml"
        out = run(self.prefix / "bin/lagsim", "validate", scenario, "--json")
        self.assertEqual(out.strip(), "[]")
        self.assertIn(VERSION, run(self.prefix / "bin/lagsim", "version"))

    def test_every_command_has_a_man_page_that_man_accepts(self):
        pages = self.prefix / "share/man/man1"
        overview = run(self.prefix / "bin/lagsim", "--help")
        table = overview.split("Commands:\n")[1].split("\n\n")[0]
        names = [line.split()[0] for line in table.splitlines()]
        self.assertGreater(len(names), 5)
        for page in ["lagsim", *(f"lagsim-{name}" for name in names)]:
            text = (pages / f"{page}.1").read_text()
            self.assertIn(f".TH {page.upper()} ", text)
            self.assertIn(f"{page} \\- ", text)
            self.assertIn("SYNOPSIS", text)

    def test_completions_lie_where_the_shells_look(self):
        share = self.prefix / "share"
        for name in ("bash-completion/completions/lagsim", "zsh/site-functions/_lagsim",
                     "fish/vendor_completions.d/lagsim.fish"):
            self.assertIn("replications", (share / name).read_text(), name)
        words = run("bash", "-c", f"source {share}/bash-completion/completions/lagsim; "
                    "COMP_WORDS=(lagsim val); COMP_CWORD=1; "
                    "$(complete -p lagsim | sed 's/.*-F \\([^ ]*\\).*/\\1/') lagsim val lagsim; "
                    "echo ${COMPREPLY[*]}")
        self.assertEqual(words.strip(), "validate")

    def consume(self, part):
        folder = pathlib.Path(self.folder.name) / part
        run("cmake", "-S", HERE / "consumer", "-B", folder, "-G", "Ninja", f"-DPART={part}",
            f"-DCMAKE_PREFIX_PATH={self.prefix}",
            # Away from the sources: a header that is not installed must not be found there.
            "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF")
        run("cmake", "--build", folder)
        return run(folder / "consumer")

    def test_another_project_takes_a_decision_with_core_alone(self):
        self.assertEqual(self.consume("core"), "7\n")

    def test_another_project_runs_a_scenario(self):
        self.assertEqual(self.consume("sim"), "1000\n")

    def test_a_component_that_does_not_exist_is_named(self):
        folder = pathlib.Path(self.folder.name) / "wrong"
        done = subprocess.run(
            ["cmake", "-S", HERE / "consumer", "-B", folder, "-G", "Ninja", "-DPART=kafka",
             f"-DCMAKE_PREFIX_PATH={self.prefix}"], text=True, capture_output=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("has core, models and sim", " ".join(done.stderr.split()))


class Packaged(unittest.TestCase):
    """`cpack -G DEB`: lagsim and lagsim-dev."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.folder.name)
        run("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", cls.out, cwd=cls.out)
        cls.packages = {path.name.split("_")[0]: path for path in cls.out.glob("*.deb")}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def field(self, package, name):
        return run("dpkg-deb", "--field", self.packages[package], name).strip()

    def test_there_are_two_with_this_version(self):
        self.assertEqual(sorted(self.packages), ["lagsim", "lagsim-dev"])
        for package in self.packages:
            self.assertEqual(self.field(package, "Version"), VERSION)

    def test_the_program_says_which_libraries_it_needs(self):
        self.assertRegex(self.field("lagsim", "Depends"), r"libhdf5.*")
        self.assertRegex(self.field("lagsim", "Depends"), r"libyaml-cpp.*")

    def test_the_program_out_of_the_package_runs(self):
        unpacked = self.out / "unpacked"
        run("dpkg-deb", "--extract", self.packages["lagsim"], unpacked)
        self.assertIn(VERSION, run(unpacked / "usr/bin/lagsim", "version"))
        self.assertTrue((unpacked / "usr/share/man/man1/lagsim-run.1").exists())
        self.assertFalse((unpacked / "usr/include").exists())

    def test_headers_and_libraries_are_in_the_other(self):
        listed = run("dpkg-deb", "--contents", self.packages["lagsim-dev"])
        self.assertIn("/usr/include/lagsim/core/time.h", listed)
        self.assertIn("/lagsimConfig.cmake", listed)
        self.assertNotIn("usr/bin", listed)


if __name__ == "__main__":
    os.environ.pop("DESTDIR", None)
    unittest.main(argv=sys.argv[:1], verbosity=2)
