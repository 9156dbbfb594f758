/// Pod start-up, from what was asked for and what got ready.
#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "sim/calibrate/estimate.h"
#include "sim/calibrate/statistics.h"

namespace lagsim::sim {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// A start, and the scale-up that it belongs to.
struct Start {
    double seconds = 0.0;
    std::size_t asked_at = 0;  ///< instant of the grid
};

/// The first that was asked for is the first that gets ready; a scale-down takes the youngest of
/// those not ready, as a ReplicaSet does.
std::vector<Start> starts_of(const std::vector<double>& asked, const std::vector<double>& ready,
                             double step) {
    std::vector<Start> starts;
    std::deque<std::size_t> pending;
    for (std::size_t k = 1; k < asked.size(); ++k) {
        if (std::isnan(asked[k]) || std::isnan(asked[k - 1]) || std::isnan(ready[k]) ||
            std::isnan(ready[k - 1])) {
            pending.clear();
            continue;
        }
        const auto more = static_cast<std::int64_t>(asked[k] - asked[k - 1]);
        for (std::int64_t i = 0; i < more; ++i) {
            pending.push_back(k);
        }
        for (std::int64_t i = 0; i < -more && !pending.empty(); ++i) {
            pending.pop_back();
        }
        const auto up = static_cast<std::int64_t>(ready[k] - ready[k - 1]);
        for (std::int64_t i = 0; i < up && !pending.empty(); ++i) {
            starts.push_back({.seconds = step * static_cast<double>(k - pending.front()),
                              .asked_at = pending.front()});
            pending.pop_front();
        }
    }
    return starts;
}

/// Values tie on a grid, so the distributions are compared between its lines.
double grid_distance(const StartupFit& fit, double step) {
    double distance = 0.0;
    const double n = static_cast<double>(fit.observed.size());
    for (auto at = fit.observed.begin(); at != fit.observed.end();) {
        const double seconds = *at;
        at = std::ranges::upper_bound(fit.observed, seconds);
        const double below = static_cast<double>(at - fit.observed.begin()) / n;
        distance = std::fmax(
            distance, std::abs(below - gamma_cdf(fit.seconds.mean, fit.cv, seconds + step / 2.0)));
    }
    return distance;
}

}  // namespace

StartupFit fit_startup(const Recording& recording) {
    StartupFit fit;
    fit.cv = fit.distance = fit.seconds.mean = fit.seconds.half_width = none;
    const std::vector<double>& asked =
        !recording.desired_replicas.empty() ? recording.desired_replicas : recording.replicas;
    if (asked.empty() || recording.ready_replicas.empty()) {
        return fit;
    }
    const std::vector<Start> starts = starts_of(asked, recording.ready_replicas, recording.step);
    std::vector<Ratio> ratios;
    for (const Start& start : starts) {
        ratios.push_back({start.seconds, 1.0, start.asked_at});
        fit.observed.push_back(start.seconds);
    }
    if (starts.empty()) {
        return fit;
    }
    std::ranges::sort(fit.observed);
    fit.seconds = ratio_of(ratios);
    fit.seconds.n = static_cast<std::int64_t>(starts.size());
    double squares = 0.0;
    for (const double seconds : fit.observed) {
        squares += (seconds - fit.seconds.mean) * (seconds - fit.seconds.mean);
    }
    if (starts.size() < 2) {
        return fit;
    }
    // Both ends of a start are known to a step only: each adds step^2 / 12 (Sheppard).
    const double variance =
        squares / static_cast<double>(starts.size() - 1) - recording.step * recording.step / 6.0;
    fit.cv = fit.seconds.mean > 0.0 ? std::sqrt(std::fmax(variance, 0.0)) / fit.seconds.mean : none;
    fit.distance = grid_distance(fit, recording.step);
    return fit;
}

}  // namespace lagsim::sim
