#include "sim/results/compare_report.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "sim/results/sparkline.h"
#include "sim/scenario/resolved.h"

namespace lagsim::sim {
namespace {

/// Metrics of a side with one group get its name in front where the other side's have names.
void name_alike(ComparedSide& one, const ComparedSide& other) {
    if (one.groups.size() == 1 && other.groups.size() > 1) {
        for (MetricSummary& metric : one.metrics) {
            metric.name = fmt::format("{}.{}", one.groups[0], metric.name);
        }
    }
}

/// Values of `produced` of the pairs that were compared are equal.
bool same_counts(const CompareReport& report) {
    return std::ranges::none_of(report.comparison.metrics, [](const MetricComparison& metric) {
        return place_of_metric(metric.name).name == "produced" &&
               (metric.difference.mean != 0.0 || metric.difference.half_width > 0.0);
    });
}

bool same_parts(const CompareReport& report, std::initializer_list<std::string_view> keys) {
    return std::ranges::all_of(keys, [&report](std::string_view key) {
        return resolved_part(report.a.resolved, key) == resolved_part(report.b.resolved, key);
    });
}

class Notes {
  public:
    explicit Notes(const CompareReport& report) : report_(report) {}

    std::vector<CompareNote> take() {
        how_paired();
        traffic();
        settings();
        replications();
        groups();
        unmatched();
        return std::move(notes_);
    }

  private:
    void add(std::string code, std::string text) {
        notes_.push_back({std::move(code), std::move(text)});
    }

    void how_paired() {
        if (!report_.paired()) {
            add("unpaired",
                fmt::format(
                    "A has seed {} and B has seed {}: their traffic and work have nothing in "
                    "common, so replications are not paired and the intervals (Welch) are "
                    "wider. Give both one seed to pair them.",
                    report_.a.seed, report_.b.seed));
        }
    }

    void traffic() {
        if (report_.same_traffic || !report_.paired()) {
            return;
        }
        std::string counts;
        for (const MetricComparison& metric : report_.comparison.metrics) {
            const MetricPlace place = place_of_metric(metric.name);
            if (place.name == "produced") {
                counts += fmt::format(
                    "{}{}{} records a replication in A, {} in B", counts.empty() ? "" : "; ",
                    place.group, place.group.empty() ? "" : ": ", readable_number(metric.a.mean),
                    readable_number(metric.b.mean));
            }
        }
        add("other-traffic",
            fmt::format("The traffic differs: A and B do not have the same producers, topics and "
                        "duration ({}). Differences come from that, too.",
                        counts.empty() ? "no group is in both" : counts));
    }

    void setting(std::string_view key, std::string_view consequence) {
        const std::string a = resolved_part(report_.a.resolved, key);
        const std::string b = resolved_part(report_.b.resolved, key);
        if (a != b) {
            add("other-" + std::string(key),
                fmt::format("{} is {} in A and {} in B: {}.", key, a, b, consequence));
        }
    }

    void settings() {
        setting("duration", "pod-hours and counts are sums over different times");
        setting("warmup", "means and percentiles leave different times out");
        setting("resolution", "flow has expected numbers, exact has records");
        if (report_.a.version != report_.b.version) {
            add("other-version",
                fmt::format("A was computed by lagsim {}, B by {}: a difference may be a change of "
                            "the program.",
                            report_.a.version, report_.b.version));
        }
    }

    void replications() {
        const auto [a, b] = std::pair(report_.a.replications, report_.b.replications);
        if (report_.paired() && a != b) {
            add("left-over", fmt::format("A has {} replications and B has {}: the first {} of both "
                                         "are compared.",
                                         a, b, report_.pairs));
        }
        if (report_.pairs == 1) {
            add("one-replication",
                "One replication has no interval: how much of a difference is chance cannot be "
                "said. Add --replications 20.");
        }
    }

    void groups() {
        const auto& [a, b] = std::pair(report_.a.groups, report_.b.groups);
        if (a.size() == 1 && b.size() == 1 && a != b) {
            add("other-group",
                fmt::format("The consumer group is {} in A and {} in B.", a[0], b[0]));
        }
    }

    void unmatched() {
        unmatched("A", report_.comparison.only_a);
        unmatched("B", report_.comparison.only_b);
    }

    /// Whole groups by their names, what else is missing metric by metric.
    void unmatched(std::string_view side, const std::vector<std::string>& names) {
        const std::vector<std::string> known = compared_groups(report_.comparison);
        std::vector<std::string> missing;
        for (const std::string& name : names) {
            const std::string group = place_of_metric(name).group;
            const bool is_known = group.empty() || std::ranges::find(known, group) != known.end();
            const std::string what = is_known ? name : "consumer group " + group;
            if (std::ranges::find(missing, what) == missing.end()) {
                missing.push_back(what);
            }
        }
        if (!missing.empty()) {
            add("not-compared", fmt::format("Only {} has {}.", side, fmt::join(missing, ", ")));
        }
    }

    const CompareReport& report_;
    std::vector<CompareNote> notes_;
};

}  // namespace

ComparedSide compared_side(const RunReport& report, const Scenario& scenario, std::string source,
                           std::string version) {
    return {.source = std::move(source),
            .scenario = report.scenario,
            .seed = report.seed,
            .replications = report.replications,
            .fingerprint = report.fingerprint,
            .version = std::move(version),
            .overrides = scenario.provenance.overrides,
            .resolved = scenario.provenance.resolved,
            .groups = report.groups,
            .metrics = report.metrics,
            .ledger = report.ledger(),
            .assertions = report.assertions};
}

std::expected<ComparedSide, std::string> compared_side(const StoredResult& result,
                                                       std::string source) {
    if (!result.complete || result.metrics.empty()) {
        return std::unexpected("it is incomplete: the run that wrote it was killed; run it again");
    }
    std::uint64_t seed = 0;
    std::from_chars(result.seed.data(), result.seed.data() + result.seed.size(), seed);
    return ComparedSide{.source = std::move(source),
                        .stored = true,
                        .scenario = result.scenario,
                        .seed = seed,
                        .replications = static_cast<std::uint32_t>(result.replications),
                        .fingerprint = result.fingerprint,
                        .version = result.version,
                        .overrides = result.overrides,
                        .resolved = result.resolved,
                        .groups = result.groups,
                        .metrics = result.metrics,
                        .ledger = result.ledger};
}

CompareReport compare_sides(ComparedSide a, ComparedSide b) {
    name_alike(a, b);
    name_alike(b, a);
    CompareReport report{.a = std::move(a), .b = std::move(b), .comparison = {}, .notes = {}};
    report.pairs = std::min(report.a.replications, report.b.replications);
    const Pairing pairing =
        report.a.seed == report.b.seed ? Pairing::by_replication : Pairing::independent;
    report.comparison = compare_metrics(report.a.metrics, report.b.metrics, pairing);
    report.same_traffic = report.paired() &&
                          same_parts(report, {"producers", "topics", "duration", "resolution"}) &&
                          same_counts(report);
    report.notes = Notes(report).take();
    return report;
}

MetricPlace place_of_metric(const std::string& name) {
    for (const MetricDefinition& definition : metric_definitions()) {
        if (name == definition.name) {
            return {"", name};
        }
        const std::string ending = "." + std::string(definition.name);
        if (name.size() > ending.size() && name.ends_with(ending)) {
            return {name.substr(0, name.size() - ending.size()), std::string(definition.name)};
        }
    }
    return {"", name};
}

std::vector<std::string> compared_groups(const RunComparison& comparison) {
    std::vector<std::string> groups;
    for (const MetricComparison& metric : comparison.metrics) {
        const std::string group = place_of_metric(metric.name).group;
        if (std::ranges::find(groups, group) == groups.end()) {
            groups.push_back(group);
        }
    }
    return groups;
}

}  // namespace lagsim::sim
