/// Durations drawn from a distribution by its quantile function, one 32-bit random word each.
///
/// Inversion for every kind: one word gives one duration, larger words give longer ones, so that
/// two scenarios meet the same luck (common random numbers) and a record's work can be made again
/// from its offset alone. Algorithms are pinned here and use only models/random/pinned_math.h: same
/// bits on every CPU and compiler.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/time.h"

namespace lagsim::models {

enum class DistributionKind : std::uint8_t {
    constant,
    exponential,
    lognormal,
    gamma,
    uniform,
    weibull,
    pareto
};

struct DistributionParameters {
    DistributionKind kind = DistributionKind::constant;
    core::Duration mean{0};
    double cv = 0.0;  ///< [1] standard deviation / mean; ignored by constant, 1 for exponential
    friend bool operator==(const DistributionParameters&, const DistributionParameters&) = default;
};

/// Why parameters make no distribution (nullptr = they do): e.g. a uniform one with cv > 1/sqrt(3)
/// would be negative. A cv of 0 is allowed and makes any kind constant.
[[nodiscard]] const char* invalid_distribution(const DistributionParameters& parameters);

class Distribution {
  public:
    /// Parameters must be valid (`invalid_distribution` is null).
    explicit Distribution(const DistributionParameters& parameters);

    /// Quantile at (word + 0.5) / 2^32, rounded to whole nanoseconds; in [0, 2^62) ns and
    /// non-decreasing in the word. Relative error before rounding: < 1e-7
    /// (measured: 1e-8 at worst).
    [[nodiscard]] core::Duration at(std::uint32_t word) const;

    /// Exact mean of the distribution [s]; and of its square [s^2] (for queueing theory in tests).
    [[nodiscard]] double mean_seconds() const { return mean_ns_ * 1e-9; }
    [[nodiscard]] double second_moment() const;
    [[nodiscard]] bool is_constant() const { return kind_ == DistributionKind::constant; }

    /// What `at` calculates with, for code that does the same to many words at once.
    struct Terms {
        DistributionKind kind;          ///< constant where there is no variation
        double mean_ns;                 ///< constant, exponential
        double location;                ///< [ns] uniform: lowest value
        double scale;                   ///< [ns] uniform: width
        std::span<const double> table;  ///< others: see models/random/quantile_table.h
    };
    [[nodiscard]] Terms terms() const { return {kind_, mean_ns_, location_, scale_, table_}; }

  private:
    DistributionKind kind_;
    double mean_ns_ = 0.0;
    double cv_ = 0.0;
    double location_ = 0.0;      ///< [ns] uniform: lowest value
    double scale_ = 0.0;         ///< [ns] uniform: width
    std::vector<double> table_;  ///< ln of the quantiles in ns; see models/random/quantile_table.h
};

}  // namespace lagsim::models
