#!/usr/bin/python3
"""What readers of a result file rely on, checked with the libraries that they use.

Usage: LAGSIM=path/to/lagsim result_file_test.py [CLASS]
"""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest
import warnings

import h5py
import netCDF4  # noqa: F401  imported early: its import warns about numpy, which is not ours
import numpy as np
import xarray as xr

HERE = pathlib.Path(__file__).resolve().parent
LAGSIM = os.environ.get("LAGSIM", "build/release/lagsim")
GROUPS = "timeseries events decisions summary histograms ledger provenance".split()
ENGINES = ("h5netcdf", "netcdf4")


def run(output, *options, scenario="small.yaml"):
    command = [LAGSIM, "run", HERE / scenario, "-o", output, "-q", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class Written(unittest.TestCase):
    """Result files: `lost` commits too early, `again` commits late, `scaled` has an autoscaler and
    two consumer groups."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="lagsim-")
        cls.folder = pathlib.Path(cls.directory.name)
        cls.lost = cls.folder / "lost.h5"
        cls.again = cls.folder / "again.h5"
        run(cls.lost)
        run(
            cls.again,
            "--set",
            "spec.consumers[0].commit={when: after-success, every: 5s}",
            "--replications",
            "3",
        )
        cls.scaled = cls.folder / "scaled.h5"
        run(cls.scaled, scenario="autoscaled.yaml")

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def open(self, group, path=None, engine="h5netcdf"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with xr.open_dataset(path or self.lost, group=group, engine=engine) as dataset:
                return dataset.load()


class Engines(Written):
    def test_every_group_opens_with_both_engines_without_a_warning(self):
        for path in (self.lost, self.scaled):
            for group in GROUPS:
                with h5py.File(path) as file:
                    stored = set(file[group])
                for engine in ENGINES:
                    dataset = self.open(group, path, engine)
                    self.assertEqual(set(dataset.variables), stored, (group, engine))

    def test_both_engines_read_the_same_numbers(self):
        for group in GROUPS:
            for path in (self.lost, self.scaled):
                one, other = (self.open(group, path, engine) for engine in ENGINES)
                xr.testing.assert_equal(one, other)

    def test_no_unit_is_decoded_to_a_timedelta(self):
        for group in GROUPS:
            for engine in ENGINES:
                for name, variable in self.open(group, engine=engine).variables.items():
                    self.assertNotIn(variable.dtype.kind, "mM", (group, name))

    def test_dimensions_are_those_of_the_contract(self):
        series = self.open("timeseries")
        self.assertEqual(series.lag.dims, ("replication", "time", "partition"))
        self.assertEqual(series.lag.shape, (2, 21, 4))
        for name in "lag_total metric_value desired_replicas replicas ready_replicas".split():
            self.assertEqual(series[name].dims, ("replication", "time"), name)
        self.assertEqual(self.open("events").event_time.dims, ("event",))
        self.assertEqual(self.open("summary")["lag.max"].dims, ("replication",))
        self.assertEqual(self.open("summary")["mean"].dims, ("metric",))

    def test_a_sample_is_found_by_its_time(self):
        series = self.open("timeseries")
        self.assertEqual(float(series.lag_total.sel(time=15.0, replication=1).time), 15.0)


class Contract(Written):
    """Every name that scripts may rely on; to add is free, to rename is not."""

    NAMES = {
        "timeseries": "replication time partition log_end_offset committed_offset position lag "
        "backlog lag_total metric_value desired_replicas replicas ready_replicas members "
        "rebalancing produced finished duplicates dead_lettered lost retries utilization",
        "events": "event event_time kind replication_index pod_index partition_index value cause",
        "decisions": "decision decision_time who replication_index lag metric replicas_before "
        "proposed stabilized replicas_after limited_by",
        "summary": "metric name mean half_width n confidence unit replication",
        "histograms": "bucket replication latency_count lower upper",
        "ledger": "replication produced finished dead_lettered waiting lost duplicates "
        "dead_letter_duplicates dead_lettered_and_finished "
        "lost_interval lost_replication_index lost_partition lost_first lost_last lost_time "
        "lost_cause duplicate_interval duplicate_replication_index duplicate_partition "
        "duplicate_first duplicate_last duplicate_time duplicate_cause",
        "provenance": "scenario_yaml scenario_resolved_yaml manifest_paths manifests overrides "
        "event_fingerprint",
    }
    METRICS = (
        "lag.mean lag.p50 lag.p95 lag.p99 lag.max retryLag.mean retryLag.max latency.mean latency.p50 latency.p95 "
        "latency.p99 latency.max throughput.produced throughput.finished replicas.min "
        "replicas.mean replicas.max podHours scaleUps scaleDowns rebalances rebalancePause "
        "retries deadLettered deadLetterDuplicates deadLetteredAndFinished lost duplicates "
        "timeToDrain utilization.mean wastedWork"
    )

    def test_every_name_is_there_with_one_group_and_with_several(self):
        for path in (self.lost, self.scaled):
            for group, names in self.NAMES.items():
                self.assertLessEqual(set(names.split()), set(self.open(group, path).variables))

    def test_every_metric_is_a_row_and_a_variable(self):
        for path, prefixes in ((self.lost, [""]), (self.scaled, ["shop.", "audit."])):
            summary = self.open("summary", path)
            names = {prefix + name for prefix in prefixes for name in self.METRICS.split()}
            self.assertLessEqual(names, set(summary["name"].values))
            self.assertLessEqual(names, set(summary.variables))

    def test_provenance_is_the_scenario_as_read(self):
        provenance = self.open("provenance", self.scaled)
        self.assertEqual(
            str(provenance.scenario_yaml.values), (HERE / "autoscaled.yaml").read_text()
        )
        self.assertEqual(list(provenance.manifest_paths.values), ["scaledobject.yaml"])
        self.assertEqual(
            list(provenance.manifests.values), [(HERE / "scaledobject.yaml").read_text()]
        )


class Types(Written):
    def datasets(self):
        found = []

        def note(name, item):
            if isinstance(item, h5py.Dataset):
                found.append((name, item.dtype, item.attrs.get("units")))

        for path in (self.lost, self.scaled):
            with h5py.File(path) as file:
                file.visititems(note)
        return found

    def test_there_is_no_fixed_length_string_no_enum_and_no_compound(self):
        for name, dtype, _ in self.datasets():
            self.assertNotEqual(dtype.kind, "S", name)
            self.assertIsNone(h5py.check_enum_dtype(dtype), name)
            self.assertNotEqual(dtype.kind, "V", name)
            if dtype.kind == "O":
                self.assertEqual(h5py.check_string_dtype(dtype).length, None, name)

    def test_offsets_and_counts_are_64_bit_integers(self):
        series = self.open("timeseries")
        names = "log_end_offset committed_offset position lag backlog lag_total produced finished"
        names += " duplicates dead_lettered lost retries"
        for name in names.split():
            self.assertEqual(series[name].dtype, np.int64, name)
        self.assertEqual(series.rebalancing.dtype, np.uint8)
        self.assertEqual(self.open("provenance").event_fingerprint.dtype, np.uint64)

    def test_units_are_symbols(self):
        for name, _, units in self.datasets():
            if units is not None:
                self.assertIn(units.decode(), ("s", "1", "s-1", "h"), name)

    def test_flags_have_a_meaning_for_every_value(self):
        for group, name in (("events", "kind"), ("decisions", "limited_by"), ("decisions", "who")):
            flags = self.open(group)[name]
            self.assertEqual(flags.dtype, np.uint8)
            self.assertEqual(len(flags.flag_values), len(flags.flag_meanings.split()))

    def test_the_file_says_what_it_is(self):
        with h5py.File(self.lost) as file:
            self.assertEqual(file.attrs["lagsim_filetype"].decode(), "results")
            self.assertEqual(file.attrs["complete"], 1)
            self.assertEqual(file.attrs["seed"], 7)


class Axes(Written):
    def test_every_axis_has_one_scale_in_its_own_group(self):
        for path in (self.lost, self.scaled):
            self.check_axes(path)

    def check_axes(self, path):
        with h5py.File(path) as file:
            for group in GROUPS:
                for name, dataset in file[group].items():
                    for number, dimension in enumerate(dataset.dims):
                        if h5py.h5ds.is_scale(dataset.id):
                            continue
                        self.assertEqual(len(dimension), 1, (group, name, number))
                        scale = dimension[0]
                        self.assertEqual(scale.parent.name, "/" + group)
                        self.assertEqual(scale.shape[0], dataset.shape[number])

    def test_variables_are_listed_in_written_order(self):
        with h5py.File(self.lost) as file:
            plist = file["timeseries"].id.get_create_plist()
            self.assertTrue(plist.get_link_creation_order() & h5py.h5p.CRT_ORDER_TRACKED)

    def test_chunks_are_small_enough_for_the_cache(self):
        with h5py.File(self.lost) as file:
            for group in GROUPS:
                for name, dataset in file[group].items():
                    if dataset.chunks is not None:
                        self.assertLessEqual(np.prod(dataset.chunks), 4096, (group, name))


class Ledger(Written):
    def ledgers(self):
        return [self.open("ledger", path) for path in (self.lost, self.again, self.scaled)]

    def test_every_record_has_one_fate(self):
        for ledger in self.ledgers():
            fates = ledger.finished + ledger.dead_lettered + ledger.waiting + ledger.lost
            self.assertTrue((ledger.produced == fates).all())

    def test_intervals_add_up_to_the_counts(self):
        for ledger in self.ledgers()[:2]:
            for word, count in (("lost", ledger.lost), ("duplicate", ledger.duplicates)):
                sizes = (ledger[word + "_last"] - ledger[word + "_first"] + 1).values
                of = ledger[word + "_replication_index"].values
                sums = np.bincount(of, weights=sizes, minlength=len(ledger.replication))
                np.testing.assert_array_equal(sums, count.values)

    def test_the_small_scenario_loses_and_repeats_records(self):
        lost, again, _ = self.ledgers()
        self.assertGreater(int(lost.lost.sum()), 0)
        self.assertEqual(int(again.lost.sum()), 0)
        self.assertGreater(int(again.duplicates.sum()), 0)

    def test_the_series_end_at_the_ledger(self):
        for path in (self.lost, self.again, self.scaled):
            end = self.open("timeseries", path).isel(time=-1)
            ledger = self.open("ledger", path)
            for name in "produced finished dead_lettered lost duplicates".split():
                np.testing.assert_array_equal(end[name].values, ledger[name].values, name)

    def test_series_are_consistent_at_every_sample(self):
        series = self.open("timeseries", self.again)
        self.assertTrue((series.backlog == series.log_end_offset - series.position).all())
        committed = series.committed_offset.where(series.committed_offset >= 0, 0)
        self.assertTrue((series.lag == series.log_end_offset - committed).all())
        self.assertTrue((series.lag_total == series.lag.sum("partition")).all())

    def test_causes_come_before_their_effects(self):
        events = self.open("events")
        caused = events.isel(event=np.flatnonzero(events.cause.values >= 0))
        self.assertGreater(caused.sizes["event"], 0)
        self.assertTrue((caused.cause < caused.event).all())
        causes = events.isel(event=caused.cause.values)
        self.assertTrue((causes.event_time.values <= caused.event_time.values).all())
        np.testing.assert_array_equal(
            causes.replication_index.values, caused.replication_index.values
        )

    def test_the_summary_is_the_mean_of_its_replications(self):
        summary = self.open("summary", self.again)
        for name in ("lag.mean", "latency.p99", "duplicates"):
            row = summary.sel(metric=name)
            self.assertAlmostEqual(float(row["mean"]), float(summary[name].mean()), places=9)
            self.assertEqual(int(row.n), 3)

    def test_the_histogram_counts_every_latency(self):
        histogram = self.open("histograms", self.again)
        ledger = self.open("ledger", self.again)
        counted = histogram.latency_count.sum("bucket").values
        np.testing.assert_array_equal(counted, ledger.finished.values)
        self.assertTrue((histogram.upper > histogram.lower).all())


class Decisions(Written):
    def words(self, variable):
        meanings = variable.flag_meanings.split()
        return np.array([meanings[flag] for flag in variable.values])

    def rows(self):
        return self.open("decisions", self.scaled)

    def test_variables_of_a_group_have_its_axis_where_there_are_several(self):
        series = self.open("timeseries", self.scaled)
        self.assertEqual(series.lag_total.dims, ("replication", "time", "consumer_group"))
        self.assertEqual(list(series.consumer_group.values), ["shop", "audit"])
        self.assertEqual(list(series.partition_group.values), ["shop"] * 4 + ["audit"] * 4)
        self.assertEqual(list(series.partition_number.values), [0, 1, 2, 3] * 2)
        self.assertEqual(self.open("ledger", self.scaled).lost.dims[1], "consumer_group")

    def test_keda_polls_and_the_hpa_syncs_at_their_periods(self):
        rows = self.rows()
        who = self.words(rows.who)
        for replication in (0, 1):
            for name, period in (("keda", 15.0), ("hpa", 15.02)):
                mine = (who == name) & (rows.replication_index.values == replication)
                steps = np.diff(rows.decision_time.values[mine])
                np.testing.assert_allclose(steps, period, atol=1e-9)

    def test_every_change_of_the_count_is_a_decision_and_an_event(self):
        rows = self.rows()
        events = self.open("events", self.scaled)
        kinds = self.words(events.kind)
        changed = rows.replicas_before.values != rows.replicas_after.values
        self.assertGreater(changed.sum(), 0)
        scaled = np.isin(kinds, ("scale_up", "scale_down"))
        np.testing.assert_array_equal(
            events.value.values[scaled], rows.replicas_after.values[changed]
        )

    def test_the_count_stays_within_the_bounds_in_force(self):
        rows = self.rows()
        hpa = rows.isel(decision=np.flatnonzero(self.words(rows.who) == "hpa"))
        self.assertEqual(set(hpa.min_replicas.values), {1})
        self.assertEqual(set(hpa.max_replicas.values), {4})
        self.assertEqual(set(hpa.target.values), {200.0})
        self.assertTrue((hpa.replicas_after <= 4).all())
        self.assertIn("ScaleDownStabilized", self.words(hpa.limited_by))


class Identical(Written):
    def test_two_runs_are_byte_identical_on_any_number_of_threads(self):
        first = self.folder / "first.h5"
        second = self.folder / "second.h5"
        for scenario in ("small.yaml", "autoscaled.yaml"):
            options = ("--replications", "5", "--force")
            run(first, "-j", "1", *options, scenario=scenario)
            run(second, "-j", "3", *options, scenario=scenario)
            self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_a_run_a_second_later_is_byte_identical(self):
        again = self.folder / "again-later.h5"
        time.sleep(1.1)
        run(again, scenario="autoscaled.yaml")
        self.assertEqual(again.read_bytes(), self.scaled.read_bytes())

    def test_the_stored_scenario_runs_again_to_the_same_fingerprint(self):
        provenance = self.open("provenance", self.scaled)
        again = self.folder / "stored.yaml"
        again.write_text(str(provenance.scenario_resolved_yaml.values))
        output = self.folder / "stored.h5"
        subprocess.run(
            [LAGSIM, "run", again, "-o", output, "-q"], check=True, stdout=subprocess.DEVNULL
        )
        np.testing.assert_array_equal(
            self.open("provenance", output).event_fingerprint.values,
            provenance.event_fingerprint.values,
        )


if __name__ == "__main__":
    unittest.main()
