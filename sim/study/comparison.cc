#include "sim/study/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/Core>

namespace lagsim::sim {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

using Values = Eigen::ArrayXd;

struct Sides {
    Values a;
    Values b;
};

Values array_of(const std::vector<double>& values) {
    return Eigen::Map<const Values>(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// Replications that define the metric: on both sides if they are paired.
Sides defined_values(const std::vector<double>& a, const std::vector<double>& b, Pairing pairing) {
    std::vector<double> left, right;
    if (pairing == Pairing::by_replication) {
        for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
            if (!std::isnan(a[i]) && !std::isnan(b[i])) {
                left.push_back(a[i]);
                right.push_back(b[i]);
            }
        }
    } else {
        const auto is_defined = [](double value) { return !std::isnan(value); };
        std::ranges::copy_if(a, std::back_inserter(left), is_defined);
        std::ranges::copy_if(b, std::back_inserter(right), is_defined);
    }
    return {array_of(left), array_of(right)};
}

/// Σ (x − x̄)(y − ȳ) / (n − 1); NaN with fewer than two.
double covariance(const Values& x, const Values& y) {
    if (x.size() < 2) {
        return undefined;
    }
    return ((x - x.mean()) * (y - y.mean())).sum() / (static_cast<double>(x.size()) - 1.0);
}
double variance(const Values& x) {
    return covariance(x, x);
}
double count_of(const Values& x) {
    return static_cast<double>(x.size());
}

MeanInterval interval_of(const Values& x, double confidence) {
    return mean_interval({x.data(), static_cast<std::size_t>(x.size())}, confidence);
}

/// An estimate whose squared standard error is known.
struct Estimate {
    double value = undefined;
    double squared_error = undefined;
    std::int64_t degrees = 0;
};

MeanInterval interval_of(const Estimate& estimate, std::int64_t n, double confidence) {
    const double half_width =
        estimate.degrees >= 1
            ? student_t_two_sided(confidence, estimate.degrees) * std::sqrt(estimate.squared_error)
            : undefined;
    return {estimate.value, half_width, n, confidence};
}

double p_value(const Estimate& estimate) {
    if (estimate.degrees < 1) {
        return undefined;
    }
    if (estimate.squared_error == 0.0) {
        return estimate.value == 0.0 ? 1.0 : 0.0;
    }
    return student_t_beyond(std::abs(estimate.value) / std::sqrt(estimate.squared_error),
                            estimate.degrees);
}

/// Mean of `x`, which is what is estimated, over pairs.
Estimate mean_of_pairs(const Values& x, double value) {
    return {value, variance(x) / count_of(x), x.size() - 1};
}

/// Of b − scale · a, independent of each other.
Estimate welch(const Values& a, const Values& b, double scale, double value) {
    if (a.size() < 2 || b.size() < 2) {
        return {value, undefined, 0};
    }
    const double of_a = scale * scale * variance(a) / count_of(a);
    const double of_b = variance(b) / count_of(b);
    const double sum = of_a + of_b;
    const double degrees =
        sum * sum / (of_a * of_a / (count_of(a) - 1.0) + of_b * of_b / (count_of(b) - 1.0));
    // Neither side varies: 0 / 0.
    const std::int64_t whole =
        std::isnan(degrees) ? a.size() + b.size() - 2 : static_cast<std::int64_t>(degrees);
    return {value, sum, std::max<std::int64_t>(1, whole)};
}

MetricComparison compare_one(const MetricSummary& a, const MetricSummary& b, Pairing pairing,
                             double confidence) {
    const bool paired = pairing == Pairing::by_replication;
    const auto [x, y] = defined_values(a.values, b.values, pairing);
    MetricComparison result{.name = a.name,
                            .unit = a.unit,
                            .a = interval_of(x, confidence),
                            .b = interval_of(y, confidence),
                            .difference = {undefined, undefined, 0, confidence},
                            .relative = {undefined, undefined, 0, confidence},
                            .correlation = undefined,
                            .variance_ratio = undefined,
                            .p = undefined,
                            .p_holm = undefined};
    if (x.size() == 0 || y.size() == 0) {
        return result;
    }
    const std::int64_t n = paired ? x.size() : x.size() + y.size();
    // Mean of the differences, not difference of the means: 0 where all pairs are equal.
    const Values differences = paired ? Values(y - x) : Values();
    const double mean = paired ? differences.mean() : result.b.mean - result.a.mean;
    const Estimate difference = paired ? mean_of_pairs(differences, mean) : welch(x, y, 1.0, mean);
    result.difference = interval_of(difference, n, confidence);
    result.p = p_value(difference);
    if (result.a.mean != 0.0) {
        const double ratio = result.b.mean / result.a.mean;
        const double fraction = mean / result.a.mean;
        const double scale = result.a.mean * result.a.mean;
        Estimate relative =
            paired ? mean_of_pairs(Values(y - ratio * x), fraction) : welch(x, y, ratio, fraction);
        relative.squared_error /= scale;
        result.relative = interval_of(relative, n, confidence);
    }
    if (paired) {
        const double deviations = std::sqrt(variance(x) * variance(y));
        result.correlation = deviations > 0.0 ? covariance(x, y) / deviations : undefined;
        const double remaining = variance(differences);
        result.variance_ratio =
            remaining > 0.0 ? (variance(x) + variance(y)) / remaining : undefined;
    }
    return result;
}

const MetricSummary* find(const std::vector<MetricSummary>& metrics, const std::string& name) {
    const auto found = std::ranges::find(metrics, name, &MetricSummary::name);
    return found == metrics.end() ? nullptr : &*found;
}

}  // namespace

std::int64_t RunComparison::intervals() const {
    return std::ranges::count_if(
        metrics, [](const MetricComparison& metric) { return !std::isnan(metric.p); });
}

RunComparison compare_metrics(const std::vector<MetricSummary>& a,
                              const std::vector<MetricSummary>& b, Pairing pairing,
                              double confidence) {
    RunComparison comparison{
        .pairing = pairing, .confidence = confidence, .metrics = {}, .only_a = {}, .only_b = {}};
    for (const MetricSummary& left : a) {
        if (const MetricSummary* right = find(b, left.name)) {
            comparison.metrics.push_back(compare_one(left, *right, pairing, confidence));
        } else {
            comparison.only_a.push_back(left.name);
        }
    }
    for (const MetricSummary& right : b) {
        if (find(a, right.name) == nullptr) {
            comparison.only_b.push_back(right.name);
        }
    }
    std::vector<double> p;
    for (const MetricComparison& metric : comparison.metrics) {
        p.push_back(metric.p);
    }
    const std::vector<double> adjusted = holm_adjusted(p);
    for (std::size_t i = 0; i < adjusted.size(); ++i) {
        comparison.metrics[i].p_holm = adjusted[i];
    }
    return comparison;
}

std::vector<double> holm_adjusted(const std::vector<double>& p) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (!std::isnan(p[i])) {
            order.push_back(i);
        }
    }
    std::ranges::sort(order, {}, [&p](std::size_t i) { return std::pair(p[i], i); });
    std::vector<double> adjusted(p.size(), undefined);
    double largest = 0.0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        const double factor = static_cast<double>(order.size() - rank);
        largest = std::max(largest, std::min(1.0, factor * p[order[rank]]));
        adjusted[order[rank]] = largest;
    }
    return adjusted;
}

}  // namespace lagsim::sim
