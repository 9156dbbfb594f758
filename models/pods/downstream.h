/// A dependency that all pods of a group call: the more records in progress, the slower each.
#pragma once

#include <cstdint>
#include <vector>

namespace lagsim::models {

struct DownstreamParameters {
    std::int64_t capacity = 1;  ///< [records in progress] up to which nothing is slowed down
    double exponent = 2.0;
    friend bool operator==(const DownstreamParameters&, const DownstreamParameters&) = default;
};

/// An attempt that begins as the c-th of those in progress takes 1 + max(0, (c - C)/C)^exponent
/// times its service time. What begins or ends later does not change it: the factor then needs
/// nothing but a count at one instant, and an attempt's end is known when it begins.
class Downstream {
  public:
    explicit Downstream(DownstreamParameters parameters) : parameters_(parameters) {}

    /// [1] `in_progress` counts the attempt that begins.
    [[nodiscard]] double slow_down(std::int64_t in_progress);

  private:
    DownstreamParameters parameters_;
    std::vector<double> factors_;  ///< by records in progress above the capacity
};

}  // namespace lagsim::models
