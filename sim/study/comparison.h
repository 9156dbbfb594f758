/// What differs between two sets of replications, metric by metric, and how sure that is.
///
/// Two scenarios with one seed meet the same traffic and the same work, replication by replication
/// (common random numbers, models/random/philox.h): much of what is chance is the same in both and
/// falls out of the difference of a pair. Its interval is the t interval over the differences of
/// the pairs. Sets with different seeds are independent, and get Welch's interval (B. L. Welch,
/// Biometrika 34, 1947) with its degrees of freedom rounded down.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/results/summary.h"
#include "sim/study/confidence.h"

namespace lagsim::sim {

enum class Pairing : std::uint8_t {
    by_replication,  ///< replication i of A belongs to replication i of B; the rest is left out
    independent      ///< nothing belongs together
};

/// Of one metric. Undefined numbers are NaN.
struct MetricComparison {
    std::string name;
    std::string unit;
    MeanInterval a;  ///< paired: over the pairs in which both sides define the metric
    MeanInterval b;
    /// B - A. `n` counts pairs, or the replications of both sides where they are independent.
    MeanInterval difference;
    /// (B - A) / A of the means, as a fraction; its half-width treats both means as uncertain
    /// (the ratio estimator's linearisation). NaN where the mean of A is 0.
    MeanInterval relative;
    double correlation = 0.0;  ///< of the pairs; NaN if independent or where a side never varies
    /// How many times as many replications the same half-width would cost without pairing:
    /// (variance of A + variance of B) / variance of the differences. NaN if independent, or where
    /// the differences never vary.
    double variance_ratio = 0.0;
    /// Chance of a difference as large if there were none (two-sided t test). Where the differences
    /// never vary it is 1 for none and 0 for any. NaN with fewer than two values.
    double p = 0.0;
    double p_holm = 0.0;  ///< the same for all metrics of the comparison together

    /// The interval leaves 0 out.
    [[nodiscard]] bool differs() const { return p < 1.0 - difference.confidence; }
    /// And would if each metric had to stand for all that are looked at.
    [[nodiscard]] bool surely_differs() const { return p_holm < 1.0 - difference.confidence; }
};

struct RunComparison {
    Pairing pairing = Pairing::by_replication;
    double confidence = 0.95;
    std::vector<MetricComparison> metrics;  ///< those of both sides, in the order of A
    std::vector<std::string> only_a;        ///< names
    std::vector<std::string> only_b;

    /// How many metrics have an interval, each of which may miss by chance.
    [[nodiscard]] std::int64_t intervals() const;
};

/// Metrics are joined by their names.
[[nodiscard]] RunComparison compare_metrics(const std::vector<MetricSummary>& a,
                                            const std::vector<MetricSummary>& b, Pairing pairing,
                                            double confidence = 0.95);

/// Holm's step-down adjustment (S. Holm, Scandinavian Journal of Statistics 6, 1979): rejecting
/// where the result is below α is wrong anywhere with a chance of at most α. NaN stays NaN and is
/// not counted.
[[nodiscard]] std::vector<double> holm_adjusted(const std::vector<double>& p);

}  // namespace lagsim::sim
