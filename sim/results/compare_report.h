/// What `lagsim compare` has to say: the JSON object, the sentence and the table are spellings of
/// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/results/result_reader.h"
#include "sim/results/run_report.h"
#include "sim/study/comparison.h"

namespace lagsim::sim {

/// One of the two: a run of now, or a result file.
struct ComparedSide {
    std::string source;  ///< as the user named it
    bool stored = false;
    std::string scenario;
    std::uint64_t seed = 0;
    std::uint32_t replications = 0;
    std::uint64_t fingerprint = 0;
    std::string version;
    std::vector<std::string> overrides;
    std::string resolved;  ///< the scenario with every default
    std::vector<std::string> groups;
    std::vector<MetricSummary> metrics;
    LedgerCounts ledger;
    /// Absent from a stored result: the run that wrote it has judged them.
    std::optional<std::vector<AssertionOutcome>> assertions{};
};

[[nodiscard]] ComparedSide compared_side(const RunReport& report, const Scenario& scenario,
                                         std::string source, std::string version);
/// The error says what is missing.
[[nodiscard]] std::expected<ComparedSide, std::string> compared_side(const StoredResult& result,
                                                                     std::string source);

/// What a reader must know to take the numbers for what they are.
struct CompareNote {
    std::string code;  ///< stable word, e.g. `other-traffic`
    std::string text;
};

struct CompareReport {
    ComparedSide a;
    ComparedSide b;
    RunComparison comparison;
    std::uint32_t pairs = 0;  ///< replications of either side that were compared
    /// The same records meet both: one seed, and producers, topics and duration alike.
    bool same_traffic = false;
    std::vector<CompareNote> notes;
    bool interrupted = false;
    double wall_seconds = 0.0;

    [[nodiscard]] bool paired() const { return comparison.pairing == Pairing::by_replication; }
    /// Nothing at all differed, to the last event.
    [[nodiscard]] bool same_events() const {
        return a.fingerprint == b.fingerprint && a.replications == b.replications;
    }
};

/// Pairs the sides if their seeds are equal. Where one has several consumer groups and the other
/// one, that one's metrics are compared with those of the group of its name.
[[nodiscard]] CompareReport compare_sides(ComparedSide a, ComparedSide b);

/// A metric's consumer group (empty if it stands alone) and its bare name.
struct MetricPlace {
    std::string group;
    std::string name;
};
[[nodiscard]] MetricPlace place_of_metric(const std::string& name);

/// Groups that the comparison has metrics of, in order; {""} for one that stands alone.
[[nodiscard]] std::vector<std::string> compared_groups(const RunComparison& comparison);

}  // namespace lagsim::sim
