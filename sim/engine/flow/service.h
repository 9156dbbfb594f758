/// How long a record keeps its partition and its server, in moments: attempts, back-offs,
/// dead-letter produces and synchronous commits in one.
#pragma once

#include <vector>

#include "sim/scenario/scenario.h"

namespace lagsim::sim::flow {

/// A record's way: `attempts` attempts with probability `probability`.
struct Course {
    double probability = 0.0;
    double attempts = 1.0;
    double backoff = 0.0;        ///< [s] all back-offs in it
    bool dead_lettered = false;  ///< at the end of it
};

/// Of one record of a group; W is the work of its attempts at full speed, R the rest of the time
/// that its partition waits for it.
struct Service {
    bool never_succeeds = false;  ///< and there is no dead-letter topic: nothing moves
    double attempt = 0.0;         ///< [s] mean work of one attempt
    double attempt_square = 0.0;  ///< [s^2]
    double attempts = 1.0;
    double work = 0.0;             ///< [s] E W
    double work_square = 0.0;      ///< [s^2] E W^2
    double rest = 0.0;             ///< [s] E R
    double rest_square = 0.0;      ///< [s^2] E R^2
    double cross = 0.0;            ///< [s^2] E W R
    double held = 0.0;             ///< [s] part of E R that holds a server, too: all but back-offs
    double dead_lettered = 0.0;    ///< [1] part of the records
    double backoff_square = 0.0;   ///< [s^2] of a record's back-offs
    double longest_backoff = 0.0;  ///< [s]
    std::vector<Course> courses;

    /// Mean time [s] between two records of a partition that always has one, its work done at
    /// `speed` in (0, 1].
    [[nodiscard]] double occupancy(double speed) const { return work / speed + rest; }
    /// Squared coefficient of variation of that time [1].
    [[nodiscard]] double variation(double speed) const;
};

/// `downstream_down`: every attempt fails. `slow_down`: factor on the work.
[[nodiscard]] Service service_of(const ConsumerGroup& group, bool downstream_down,
                                 double slow_down);

}  // namespace lagsim::sim::flow
