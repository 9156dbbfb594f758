/// Arrivals, from how log end offsets rise.
#include <cmath>
#include <limits>

#include "sim/calibrate/estimate.h"

namespace lagsim::sim {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// Records that came to a partition within step k; a partition that appears late got none before.
double came(const RecordedPartition& partition, std::size_t k) {
    const double count = partition.log_end_offset[k + 1] - partition.log_end_offset[k];
    return std::isnan(count) ? 0.0 : count;
}

/// Pearson's statistic over steps with enough records, by its degrees of freedom.
double dispersion_of(const RecordedTopic& topic, const std::vector<double>& sums,
                     const std::vector<double>& weights) {
    constexpr double least = 5.0;  // where the statistic's distribution is what it should be
    double statistic = 0.0;
    double degrees = 0.0;
    for (std::size_t k = 0; k < sums.size(); ++k) {
        double cells = 0.0;
        for (std::size_t p = 0; p < weights.size(); ++p) {
            const double expected = sums[k] * weights[p];
            if (expected >= least) {
                const double off = came(topic.partitions[p], k) - expected;
                statistic += off * off / expected;
                cells += 1.0;
            }
        }
        degrees += cells > 0.0 ? cells - 1.0 : 0.0;
    }
    return degrees > 0.0 ? statistic / degrees : none;
}

double steadiness_of(const std::vector<double>& sums) {
    double sum = 0.0;
    double steps = 0.0;
    for (std::size_t k = 1; k < sums.size(); ++k) {
        if (sums[k] + sums[k - 1] > 0.0) {
            const double change = sums[k] - sums[k - 1];
            sum += change * change / (sums[k] + sums[k - 1]);
            steps += 1.0;
        }
    }
    return steps > 0.0 ? sum / steps : none;
}

/// Do the partitions' totals differ by chance only (up to four deviations)?
bool is_even(const std::vector<double>& totals, double all, double dispersion) {
    const double even = all / static_cast<double>(totals.size());
    double statistic = 0.0;
    for (const double total : totals) {
        statistic += (total - even) * (total - even) / even;
    }
    const double degrees = static_cast<double>(totals.size()) - 1.0;
    const double clumps = std::isnan(dispersion) ? 1.0 : std::fmax(1.0, dispersion);
    return statistic <= clumps * (degrees + 4.0 * std::sqrt(2.0 * degrees));
}

ArrivalFit fit_topic(const Recording& recording, const RecordedTopic& topic) {
    ArrivalFit fit;
    fit.topic = topic.name;
    std::vector<double> totals(topic.partitions.size(), 0.0);
    std::vector<double> sums(recording.instants - 1, 0.0);
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
        for (std::size_t k = 0; k < sums.size(); ++k) {
            const double count = came(topic.partitions[p], k);
            totals[p] += count;
            sums[k] += count;
        }
        fit.records += totals[p];
        const double waiting =
            topic.partitions[p].log_end_offset[0] - topic.partitions[p].committed_offset[0];
        fit.backlog.push_back(waiting > 0.0 ? std::round(waiting) : 0.0);
    }
    for (std::size_t k = 0; k < sums.size(); ++k) {
        fit.rate.push_back(
            {.seconds = recording.step * static_cast<double>(k), .rate = sums[k] / recording.step});
    }
    fit.mean_rate = fit.records / (recording.step * static_cast<double>(sums.size()));
    for (const double total : totals) {
        fit.weights.push_back(fit.records > 0.0 ? total / fit.records
                                                : 1.0 / static_cast<double>(totals.size()));
    }
    fit.dispersion = dispersion_of(topic, sums, fit.weights);
    fit.steadiness = steadiness_of(sums);
    fit.even = fit.records <= 0.0 || is_even(totals, fit.records, fit.dispersion);
    return fit;
}

}  // namespace

std::vector<ArrivalFit> fit_arrivals(const Recording& recording) {
    std::vector<ArrivalFit> fits;
    for (const RecordedTopic& topic : recording.topics) {
        fits.push_back(fit_topic(recording, topic));
    }
    return fits;
}

}  // namespace lagsim::sim
