/// Expected numbers of records: what producers have sent to each partition, and when a partition's
/// n-th record came.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"
#include "sim/scenario/lanes.h"
#include "sim/scenario/scenario.h"

namespace lagsim::sim::flow {

class Traffic {
  public:
    Traffic(const Scenario& scenario, const LaneMap& map);

    /// [records] expected by the rates to be sent to every log between two instants, added to
    /// `sent` [log]. Instants in order; no change (see below) between them.
    void add_sent(core::Instant from, core::Instant to, std::vector<double>& sent);
    /// Publications at exactly `now`; false where there are none.
    [[nodiscard]] bool publish(core::Instant now, std::vector<double>& sent) const;

    /// The next instant after `now` at which the rates are not what they were.
    [[nodiscard]] core::Instant next_change(core::Instant now) const;

    /// Variance of the number that arrives in a long time over its mean [1], of one log and of one
    /// whole topic: 1 = Poisson.
    [[nodiscard]] double dispersion(std::int32_t log) const {
        return dispersion_[static_cast<std::size_t>(log)];
    }
    [[nodiscard]] double topic_dispersion(std::size_t topic) const {
        return topic_dispersion_[topic];
    }

  private:
    /// What a producer knows of its topic from an instant on.
    struct Stage {
        core::Instant from;
        std::vector<double> shares;
    };
    struct Source {
        const Producer* producer = nullptr;
        std::int32_t first_log = 0;
        std::vector<Stage> stages;
        std::size_t segment = 0;  ///< where the last integral ended
    };
    [[nodiscard]] static const std::vector<double>& shares_at(const Source& source,
                                                              core::Instant time);
    [[nodiscard]] static double rate_integral(Source& source, core::Instant from, core::Instant to);
    static void deal(const Source& source, const Publication& publication,
                     std::vector<double>& sent);
    void find_changes(const Scenario& scenario);
    void find_dispersions(const Scenario& scenario, const LaneMap& map);

    std::vector<Source> sources_;
    std::vector<core::Instant> changes_;  ///< ascending
    std::vector<double> dispersion_;      ///< by log
    std::vector<double> topic_dispersion_;
};

/// A log's end over time, linear between what was noted: when its n-th record came.
class ArrivalTimes {
  public:
    void note(core::Instant time, double end);
    /// When the log's end reached `offset`; non-decreasing arguments are amortised O(1).
    [[nodiscard]] double seconds_at(double offset, std::size_t& hint) const;
    /// Nothing below `offset` will be asked for any more.
    void forget_below(double offset);

  private:
    struct Point {
        double seconds = 0.0;
        double end = 0.0;
    };
    std::vector<Point> points_;  ///< from `first_` on
    std::size_t first_ = 0;      ///< of those that may still be asked for
    std::size_t forgotten_ = 0;  ///< points before points_[0]
};

}  // namespace lagsim::sim::flow
