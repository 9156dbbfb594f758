/// What `lagsim bench` measured, as Google Benchmark spells it, and how two of them compare.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace lagsim::cli {

struct Measurement {
    std::string name;                ///< the scenario's
    std::string fingerprint{};       ///< 16 hex digits: what was computed
    std::int64_t records = 0;        ///< produced, over groups and replications
    std::vector<double> cpu_ns{};    ///< [repetition] user and system
    std::vector<double> wall_ns{};   ///< [repetition]
    std::int64_t rss_bytes_max = 0;  ///< of all repetitions
    std::optional<std::int64_t> instructions{};

    [[nodiscard]] double cpu_ns_median() const;
    [[nodiscard]] double wall_ns_median() const;
    /// Of a sum over the run; of the run itself where it produced nothing.
    [[nodiscard]] double per_record(double sum) const;
};

/// The JSON object of Google Benchmark: `context` and `benchmarks`, one entry a repetition and one
/// for the median; its tools/compare.py reads two such files.
[[nodiscard]] std::string benchmark_json(const Measurement& measurement);

/// The measurement of the scenario `name` in such a text; the error says what is wrong with it.
[[nodiscard]] std::expected<Measurement, std::string> read_measurement(const std::string& text,
                                                                       const std::string& name);

/// Relative, e.g. 0.02: how much more is still no regression.
struct Tolerances {
    double instructions = 0.0;
    double cpu = 0.0;
};

struct Comparison {
    bool by_instructions = false;  ///< else by the median of CPU time
    double change = 0.0;           ///< relative, of one record: 0.05 = 5 % more
    double tolerance = 0.0;        ///< the one in force
    bool same_results = false;     ///< equal fingerprints
    [[nodiscard]] bool regressed() const { return change > tolerance; }
};

/// By instructions where both have them.
[[nodiscard]] Comparison compare(const Measurement& now, const Measurement& then,
                                 const Tolerances& tolerances);

}  // namespace lagsim::cli
