/// Service times, from how committed offsets rise while records wait.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "sim/calibrate/estimate.h"
#include "sim/calibrate/statistics.h"

namespace lagsim::sim {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// A partition that had work during a whole step, under pods that stayed the same.
struct BusyStep {
    std::size_t lane = 0;  ///< partitions numbered over topics
    std::size_t step = 0;
    double count = 0.0;  ///< records committed
    double pods = 0.0;   ///< ready ones; NaN = unknown
};

/// Did the pods stay the same around step k? Owners may change a step before the count does, and
/// a rebalance lasts longer than the change that set it off.
bool stable(const std::vector<double>& pods, std::size_t k) {
    const std::size_t first = k == 0 ? 0 : k - 1;
    const std::size_t last = std::min(k + 2, pods.size() - 1);
    for (std::size_t i = first; i <= last; ++i) {
        if (std::isnan(pods[i]) || pods[i] != pods[first]) {
            return false;
        }
    }
    return true;
}

/// Everything committed within the step was there when it began, and half of it again: what is
/// done and not yet committed is the position's lead.
bool had_work(const RecordedPartition& lane, std::size_t k, double count) {
    constexpr double lead = 0.5;
    return lane.log_end_offset[k] >= lane.committed_offset[k + 1] + lead * count;
}

class ServiceFitter {
  public:
    ServiceFitter(const Recording& recording, std::optional<ServedBy> asked)
        : recording_(recording), asked_(asked) {
        for (const RecordedTopic& topic : recording.topics) {
            for (const RecordedPartition& partition : topic.partitions) {
                lanes_.push_back(&partition);
            }
        }
        pods_ = !recording.ready_replicas.empty() ? recording.ready_replicas : recording.replicas;
    }

    ServiceFit fit() {
        collect();
        leave_out_odd_ones();
        decide_server();
        if (fit_.served_by == ServedBy::pod) {
            fit_counts(pod_counts());
        } else {
            fit_counts(partition_counts());
        }
        if (!fit_.busy) {
            bound_by_best_step();
        }
        return fit_;
    }

  private:
    void collect() {
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
            std::vector<BusyStep> found;
            std::vector<std::size_t> stops;
            for (std::size_t k = 0; k + 1 < recording_.instants; ++k) {
                const double count =
                    lanes_[lane]->committed_offset[k + 1] - lanes_[lane]->committed_offset[k];
                if (std::isnan(count) || !had_work(*lanes_[lane], k, count) ||
                    (!pods_.empty() && !stable(pods_, k)) ||
                    (!recording_.desired_replicas.empty() &&
                     !stable(recording_.desired_replicas, k))) {
                    continue;
                }
                if (count <= 0.0) {
                    stops.push_back(k);
                } else if (pods_.empty() || pods_[k] > 0.0) {
                    found.push_back({.lane = lane,
                                     .step = k,
                                     .count = count,
                                     .pods = pods_.empty() ? none : pods_[k]});
                }
            }
            fit_.stopped += static_cast<std::int64_t>(stops.size());
            // The steps beside a stop were stopped in part.
            std::erase_if(found, [&](const BusyStep& busy) {
                return std::ranges::any_of(stops, [&](std::size_t stop) {
                    return busy.step + 1 == stop || busy.step == stop + 1;
                });
            });
            steps_.insert(steps_.end(), found.begin(), found.end());
        }
    }

    /// Of the steps under as many pods, those far from the median: a rebalance that no replica
    /// count shows, a pause of the collector, a replay.
    void leave_out_odd_ones() {
        std::map<double, std::vector<double>> kinds;
        for (const BusyStep& busy : steps_) {
            kinds[kind(busy)].push_back(busy.count);
        }
        std::map<double, std::pair<double, double>> bounds;
        for (auto& [pods, counts] : kinds) {
            const double middle = median(counts);
            for (double& count : counts) {
                count = std::abs(count - middle);
            }
            // 1.4826: a normal distribution's deviation in units of its median absolute one.
            const double deviation = std::fmax(1.4826 * median(counts), 1.0);
            bounds[pods] = {middle - 4.0 * deviation, middle + 4.0 * deviation};
        }
        fit_.left_out += static_cast<std::int64_t>(std::erase_if(steps_, [&](const BusyStep& busy) {
            const auto& [low, high] = bounds[kind(busy)];
            return busy.count < low || busy.count > high;
        }));
    }
    [[nodiscard]] static double kind(const BusyStep& busy) {
        return std::isnan(busy.pods) ? -1.0 : busy.pods;
    }

    /// Pods that have work: no more than partitions.
    [[nodiscard]] double working(double pods) const {
        return std::fmin(pods, static_cast<double>(lanes_.size()));
    }

    /// Slope of the logarithm of a busy partition's speed over that of the pods, where nearly all
    /// partitions are busy (else an idle neighbour lends its share).
    void decide_server() {
        fit_.exponent = {.mean = none, .half_width = none, .n = 0};
        std::map<std::size_t, std::vector<const BusyStep*>> by_step;
        for (const BusyStep& busy : steps_) {
            by_step[busy.step].push_back(&busy);
        }
        std::vector<std::pair<double, double>> points;
        for (const auto& [step, busy] : by_step) {
            if (static_cast<double>(busy.size()) < 0.9 * static_cast<double>(lanes_.size()) ||
                std::isnan(busy.front()->pods)) {
                continue;
            }
            double count = 0.0;
            for (const BusyStep* one : busy) {
                count += one->count;
            }
            points.emplace_back(std::log(working(busy.front()->pods)),
                                std::log(count / static_cast<double>(busy.size())));
        }
        if (const auto slope = slope_of(points)) {
            fit_.exponent = *slope;
            fit_.told_apart = std::abs(slope->mean - 0.5) > slope->half_width;
        }
        fit_.asked = asked_.has_value();
        fit_.served_by = asked_.value_or(
            fit_.told_apart && fit_.exponent.mean > 0.5 ? ServedBy::pod : ServedBy::partition);
    }

    /// A count, what it is of [server-seconds], and which counts belong together.
    struct Count {
        double records = 0.0;
        double time = 0.0;
        std::size_t run = 0;
        bool follows = false;  ///< right behind the one before, of the same server
    };

    [[nodiscard]] std::vector<Count> partition_counts() const {
        std::vector<Count> counts;
        const BusyStep* before = nullptr;
        std::size_t run = 0;
        for (const BusyStep& busy : steps_) {
            const bool follows = before != nullptr && before->lane == busy.lane &&
                                 before->step + 1 == busy.step && kind(*before) == kind(busy);
            run += before != nullptr && !follows ? 1U : 0U;
            counts.push_back({busy.count, recording_.step, run, follows});
            before = &busy;
        }
        return counts;
    }

    /// Steps in which every partition was busy, and so every pod.
    [[nodiscard]] std::vector<Count> pod_counts() const {
        std::map<std::size_t, std::pair<std::size_t, Count>> sums;
        std::map<std::size_t, double> pods;
        for (const BusyStep& busy : steps_) {
            auto& [lanes, count] = sums[busy.step];
            ++lanes;
            count.records += busy.count;
            pods[busy.step] = busy.pods;
        }
        std::vector<Count> counts;
        std::size_t before = recording_.instants;
        std::size_t run = 0;
        for (auto& [step, entry] : sums) {
            if (entry.first < lanes_.size() || std::isnan(pods[step])) {
                continue;
            }
            const bool follows = before + 1 == step && pods[before] == pods[step];
            run += !counts.empty() && !follows ? 1U : 0U;
            counts.push_back(
                {entry.second.records, recording_.step * working(pods[step]), run, follows});
            before = step;
        }
        return counts;
    }

    void fit_counts(const std::vector<Count>& counts) {
        constexpr std::size_t least = 4;
        fit_.busy = counts.size() >= least;
        fit_.steps = static_cast<std::int64_t>(counts.size());
        if (!fit_.busy) {
            return;
        }
        std::vector<Ratio> ratios;
        for (const Count& count : counts) {
            ratios.push_back({count.records, count.time, count.run});
        }
        const Estimate rate = ratio_of(ratios);
        fit_.seconds = {.mean = 1.0 / rate.mean,
                        .half_width = rate.half_width / (rate.mean * rate.mean),
                        .n = rate.n};
        const double spread = spread_of(counts, rate.mean);
        fit_.cv = std::sqrt(spread);
        judge(counts, rate.mean, spread);
    }

    /// Variance of a count by its mean, from neighbours, so that a slow drift stays out: for a
    /// renewal process it is the squared cv of the service time.
    [[nodiscard]] static double spread_of(const std::vector<Count>& counts, double rate) {
        double squares = 0.0;
        double expected = 0.0;
        for (std::size_t i = 1; i < counts.size(); ++i) {
            if (counts[i].follows) {
                const double change = counts[i].records - counts[i - 1].records;
                squares += 0.5 * change * change;
                expected += rate * counts[i].time;
            }
        }
        return expected > 0.0 ? squares / expected : 1.0;
    }

    void judge(const std::vector<Count>& counts, double rate, double spread) {
        std::vector<double> scores;
        double errors = 0.0;
        for (const Count& count : counts) {
            const double expected = rate * count.time;
            errors += std::abs(count.records - expected) / expected;
            scores.push_back((count.records - expected) /
                             std::sqrt(std::fmax(spread * expected, 0.25)));
            fit_.observed.push_back(count.records / count.time);
        }
        std::ranges::sort(fit_.observed);
        std::ranges::sort(scores);
        fit_.error = errors / static_cast<double>(counts.size());
        fit_.distance =
            distance_of(scores, [](double score) { return normal_cdf(0.0, 1.0, score); });
    }

    /// Nothing ever waited for long: a server is at least as fast as its fastest step.
    void bound_by_best_step() {
        double best = 0.0;
        for (std::size_t k = 0; k + 1 < recording_.instants; ++k) {
            double sum = 0.0;
            for (const RecordedPartition* lane : lanes_) {
                const double count = lane->committed_offset[k + 1] - lane->committed_offset[k];
                const double came = lane->log_end_offset[k + 1] - lane->log_end_offset[k];
                if (!std::isnan(count) && !std::isnan(came)) {
                    // A commit may catch up on more than a step's work.
                    sum += std::fmin(count, came);
                    best = fit_.served_by == ServedBy::partition
                               ? std::fmax(best, std::fmin(count, came))
                               : best;
                }
            }
            if (fit_.served_by == ServedBy::pod && !pods_.empty() && pods_[k] > 0.0) {
                best = std::fmax(best, sum / working(pods_[k]));
            }
        }
        fit_.seconds = {
            .mean = best > 0.0 ? recording_.step / best : none, .half_width = none, .n = 0};
        fit_.cv = none;
        fit_.distance = none;
        fit_.error = none;
    }

    const Recording& recording_;
    std::optional<ServedBy> asked_;
    std::vector<const RecordedPartition*> lanes_;
    std::vector<double> pods_;
    std::vector<BusyStep> steps_;
    ServiceFit fit_;
};

}  // namespace

ServiceFit fit_service(const Recording& recording, std::optional<ServedBy> asked) {
    return ServiceFitter(recording, asked).fit();
}

}  // namespace lagsim::sim
