/// The answer of `lagsim compare` in words.
#pragma once

#include <cstdint>
#include <string>

#include "sim/results/compare_report.h"

namespace lagsim::sim {

/// What can be said about one metric.
enum class Verdict : std::uint8_t {
    same,       ///< no replication differs
    shown,      ///< the interval leaves 0 out; with one replication, any difference
    not_shown,  ///< the interval holds 0
    undefined   ///< no pair defines it
};
[[nodiscard]] Verdict verdict_on(const MetricComparison& metric);

/// One sentence a consumer group, a line each, without a line break at the end: pod-hours and p99
/// latency always; lost, doubled and given-up records where they differ; records that wait at the
/// end where that changes what the latency means. What the interval does not separate from
/// 0 is called no difference that so many replications can show.
[[nodiscard]] std::string compare_sentence(const CompareReport& report, bool unicode = true);

}  // namespace lagsim::sim
