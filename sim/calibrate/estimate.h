/// What a recording says about the parameters of a scenario, each with how sure it is and how well
/// it fits. The methods, and where they are wrong, are on docs/calibrate.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/calibrate/recording.h"

namespace lagsim::sim {

/// A mean with its 95 % interval.
struct Estimate {
    double mean = 0.0;
    double half_width = 0.0;  ///< NaN where it cannot be told
    std::int64_t n = 0;       ///< observations
};

struct RateRow {
    double seconds = 0.0;  ///< since the recording's first instant
    double rate = 0.0;     ///< [records/s] until the next row
};

/// How records come to one topic.
struct ArrivalFit {
    std::string topic;
    std::vector<RateRow> rate;
    double records = 0.0;         ///< in the whole recording
    double mean_rate = 0.0;       ///< [records/s]
    std::vector<double> weights;  ///< a partition, sum 1
    bool even = false;            ///< the weights do not differ by more than chance
    /// [1] Spread of the partitions' counts about the weights, in units of what independent records
    /// would have: 1 = independent, less = dealt out evenly, more = in clumps. NaN = too few.
    double dispersion = 0.0;
    /// [1] The same for the sum from step to step: 0 = like clockwork, 1 = Poisson; a changing rate
    /// adds to it.
    double steadiness = 0.0;
    std::vector<double> backlog;  ///< [records] a partition, at the first instant
};

[[nodiscard]] std::vector<ArrivalFit> fit_arrivals(const Recording& recording);

/// What serves: each partition for itself, or each pod as a whole.
enum class ServedBy : std::uint8_t { partition, pod };

/// How long a record takes. Retries, back-offs and commits that hold a worker are within it.
struct ServiceFit {
    ServedBy served_by = ServedBy::partition;
    bool told_apart = false;  ///< served_by was seen in the recording, not assumed
    bool asked = false;       ///< served_by was given by the user
    /// Power of the pods' number that a busy partition's speed goes with: 0 = none (a server a
    /// partition), 1 = the pods share it (a server a pod). NaN = not seen.
    Estimate exponent;
    bool busy = false;          ///< false: nothing ever waited; `seconds` is an upper bound
    Estimate seconds;           ///< mean service time of the servers above
    double cv = 0.0;            ///< [1] of the service time, at most (jitter of samples is in it)
    double distance = 0.0;      ///< [1] Kolmogorov-Smirnov, of the counts from the fit; NaN = few
    double error = 0.0;         ///< [1] mean absolute error of a step's predicted count
    std::int64_t steps = 0;     ///< busy steps that were used
    std::int64_t stopped = 0;   ///< busy steps without progress (a rebalance, a stall)
    std::int64_t left_out = 0;  ///< busy steps beyond four deviations of their kind's median
    std::vector<double> observed;  ///< [records/s] of the steps used, ascending
};

[[nodiscard]] ServiceFit fit_service(const Recording& recording, std::optional<ServedBy> asked);

/// From asked-for to Ready.
struct StartupFit {
    Estimate seconds;       ///< n = 0: no pod was seen to start
    double cv = 0.0;        ///< [1] without what the samples' distance adds
    double distance = 0.0;  ///< [1] Kolmogorov-Smirnov, from the gamma distribution of this cv
    std::vector<double> observed;  ///< [s], ascending
};

[[nodiscard]] StartupFit fit_startup(const Recording& recording);

/// P(X <= x) of the gamma distribution with this mean and cv; cv 0 = a step.
[[nodiscard]] double gamma_cdf(double mean, double cv, double x);
/// P(X <= x) of the normal distribution.
[[nodiscard]] double normal_cdf(double mean, double deviation, double x);

struct Calibration {
    Recording recording;
    std::vector<ArrivalFit> arrivals;
    ServiceFit service;
    StartupFit startup;
};

}  // namespace lagsim::sim
