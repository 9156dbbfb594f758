"""The package against the real program. LAGSIM_BINARY names it."""

import contextlib
import io
import json
import math
import os
import pathlib
import tempfile
import unittest
from unittest import mock

import numpy as np

import lagsim

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ROOT / "tests" / "results_file"


class Run(unittest.TestCase):
    def test_a_result_without_a_file_is_whole_and_in_memory(self):
        result = lagsim.run(FILES / "small.yaml")

        self.assertEqual((result.scenario, result.seed, result.replications), ("small", 7, 2))
        self.assertTrue(result.complete)
        self.assertFalse(result.path.exists())
        self.assertEqual(result.timeseries.lag.dims, ("replication", "time", "partition"))
        self.assertEqual(result.report["schema"], "lagsim.run/1")
        self.assertEqual(result.report["ledger"]["lost"], int(result.ledger.lost.sum()))

    def test_overrides_are_keys_under_spec_or_whole_paths(self):
        result = lagsim.run(
            FILES / "small.yaml",
            seed=11,
            replications=3,
            faults=[],
            **{"spec.consumers[0].serviceTime": "10ms", "metadata.name": "other"},
        )

        self.assertEqual((result.scenario, result.seed, result.replications), ("other", 11, 3))
        self.assertIn("--set spec.seed=11", result.provenance.overrides.values)
        again = lagsim.run(
            FILES / "small.yaml",
            seed=11,
            replications=3,
            faults=[],
            **{"spec.consumers[0].serviceTime": "10ms"},
        )
        np.testing.assert_array_equal(
            again.provenance.event_fingerprint, result.provenance.event_fingerprint
        )

    def test_paths_into_manifests(self):
        result = lagsim.run(
            FILES / "autoscaled.yaml", **{"ScaledObject.spec.maxReplicaCount": 2}
        )

        self.assertEqual(result.metric("shop.replicas.max").mean, 2)

    def test_a_scenario_may_be_a_mapping(self):
        scenario = {
            "apiVersion": "lagsim/v1",
            "kind": "Scenario",
            "metadata": {"name": "mapping"},
            "spec": {
                "duration": "1m",
                "manifests": ["scaledobject.yaml"],
                "topics": {"orders": {"partitions": 2}},
                "producers": [{"topic": "orders", "rate": "10/s"}],
                "consumers": [{"group": "shop", "serviceTime": "5ms"}],
            },
        }
        result = lagsim.run(scenario, directory=FILES)

        self.assertEqual(result.scenario, "mapping")
        self.assertGreater(result.decisions.sizes["decision"], 0)

    def test_a_breached_assertion_is_reported_not_raised(self):
        result = lagsim.run(FILES / "small.yaml", assertions=["lost > 1000000"])

        self.assertEqual([a["held"] for a in result.report["assertions"]], [False])

    def test_mistakes_in_the_scenario_come_all_at_once(self):
        with self.assertRaises(lagsim.InvalidInput) as caught:
            lagsim.run(FILES / "small.yaml", sed=3, replicatons=2)

        self.assertEqual(caught.exception.code, 3)
        self.assertEqual(len(caught.exception.problems), 2)
        self.assertIn("did you mean 'seed'?", str(caught.exception))

    def test_other_failures_keep_their_exit_code(self):
        with self.assertRaises(lagsim.InvalidInput) as caught:
            lagsim.run("none.yaml")
        self.assertEqual(caught.exception.code, 1)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "run.h5")
            file.write_text("precious")
            with self.assertRaises(lagsim.UsageError) as usage:
                lagsim.run(FILES / "small.yaml", output=file)
            self.assertEqual(usage.exception.code, 2)
            self.assertIn("--force", str(usage.exception))
            self.assertEqual(file.read_text(), "precious")

    def test_a_program_that_is_not_there_is_said_so(self):
        with mock.patch.dict(os.environ, {"LAGSIM_BINARY": "", "PATH": ""}):
            with self.assertRaisesRegex(FileNotFoundError, "LAGSIM_BINARY"):
                lagsim.run(FILES / "small.yaml")


class Open(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="lagsim-")
        cls.file = pathlib.Path(cls.directory.name, "run.h5")
        lagsim.run(FILES / "autoscaled.yaml", output=cls.file).close()

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_both_engines_give_the_same(self):
        with lagsim.open(self.file) as one, lagsim.open(self.file, engine="netcdf4") as other:
            for group in ("timeseries", "events", "decisions", "summary", "histograms", "ledger"):
                self.assertTrue(one.group(group).equals(other.group(group)), group)

    def test_metrics_have_names_units_and_values(self):
        with lagsim.open(self.file) as result:
            metric = result.metric("audit.throughput.produced")

            self.assertEqual((metric.unit, metric.n, metric.confidence), ("s-1", 2, 0.95))
            self.assertAlmostEqual(metric.mean, float(np.mean(metric.values)))
            with self.assertRaisesRegex(KeyError, "lag.max"):
                result.metric("lag.max")  # with two groups it is shop.lag.max

    def test_flags_are_read_as_words(self):
        with lagsim.open(self.file) as result:
            kinds = lagsim.words(result.events.kind)

            self.assertEqual(kinds.values[0], "pod_created")
            self.assertEqual(set(lagsim.words(result.decisions.who).values), {"keda", "hpa"})

    def test_an_event_is_followed_to_its_origin(self):
        with lagsim.open(self.file) as result:
            kinds = lagsim.words(result.events.kind).values
            ready = int(np.flatnonzero(kinds == "pod_ready")[-1])
            chain = result.causes(ready)

            self.assertEqual(chain[0], ready)
            self.assertEqual(chain, sorted(chain, reverse=True))
            self.assertIn("pod_created", [kinds[row] for row in chain])

    def test_latency_quantiles_are_those_of_the_summary(self):
        with lagsim.open(self.file) as result:
            for replication in (0, 1):
                p99 = result.latency_quantile(
                    0.99, replication=replication, consumer_group="shop"
                )
                stored = result.metric("shop.latency.p99").values[replication]
                self.assertLess(abs(p99 / stored - 1), 0.01)
            self.assertTrue(math.isfinite(result.latency_quantile(1.0)))

    def test_other_files_are_refused(self):
        other = pathlib.Path(self.directory.name, "other.h5")
        other.write_text("no HDF5")
        with self.assertRaises(OSError):
            lagsim.open(other)


class Notebooks(unittest.TestCase):
    def setUp(self):
        self.addCleanup(os.chdir, os.getcwd())

    def test_they_hold_no_outputs_and_only_code_that_runs(self):
        for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
            notebook = json.loads(path.read_text(encoding="utf-8"))
            self.assertEqual(notebook["nbformat"], 4)
            names = {}
            os.chdir(path.parent)  # as Jupyter does
            with mock.patch.dict(os.environ, {"MPLBACKEND": "agg"}):
                for cell in notebook["cells"]:
                    if cell["cell_type"] != "code":
                        continue
                    self.assertEqual((cell["outputs"], cell["execution_count"]), ([], None))
                    if "plot" in cell["metadata"].get("tags", []) and not _can_plot():
                        continue
                    with contextlib.redirect_stdout(io.StringIO()):
                        exec("".join(cell["source"]), names)


def _can_plot():
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    unittest.main()
