#include "models/random/distribution.h"

#include <cmath>

#include "core/check.h"
#include "models/random/gamma_quantile.h"
#include "models/random/philox.h"
#include "models/random/pinned_math.h"
#include "models/random/quantile_table.h"

// u = (word + 0.5) / 2^32:
//   constant     mean
//   exponential  −mean ln(1 − u)
//   uniform      location + scale u    with scale = 2√3 cv mean, location = mean − scale/2
// The others are exp(ln x) with ln x from a table of both tails:
//   lognormal    ln x = ln mean − σ²/2 + σ z(u)              with σ² = ln(1 + cv²)
//   gamma        ln x = ln(mean / a) + ln q(u)               with shape a = 1/cv²
//   weibull      ln x = ln(mean / Γ(1 + e)) + e ln(−ln(1−u)) with e = 1/k found from cv
//   pareto       ln x = ln(mean (α−1)/α) − ln(1 − u)/α       with α = 1 + √(1 + 1/cv²)

namespace lagsim::models {

namespace {

constexpr double root_three = 1.73205080756887729353;

/// 1 − probability_of(word), exactly.
double survival(std::uint32_t word) {
    return probability_of(~word);
}

/// ln(1 + x) for x = cv², which may be far below 2^-53.
double log_of_one_plus(double x) {
    return x < 1e-10 ? x : pinned::log(1.0 + x);
}

/// ln of E[X²] / E[X]² for a Weibull distribution with shape 1/e: ln Γ(1 + 2e) − 2 ln Γ(1 + e).
double weibull_log_moment_ratio(double e) {
    if (e > 0.01) {
        return pinned::lgamma(1.0 + 2.0 * e) - 2.0 * pinned::lgamma(1.0 + e);
    }
    // The difference would cancel: Σ ζ(n) (2ⁿ − 2) (−e)ⁿ / n from n = 2.
    constexpr double zeta_2 = 1.64493406684822643647;
    constexpr double zeta_3 = 1.20205690315959428540;
    constexpr double zeta_4 = 1.08232323371113819152;
    constexpr double zeta_5 = 1.03692775514336992633;
    constexpr double zeta_6 = 1.01734306198444913971;
    constexpr double zeta_7 = 1.00834927738192282684;
    return e * e *
           (zeta_2 -
            e * (2.0 * zeta_3 - e * (3.5 * zeta_4 - e * (6.0 * zeta_5 - e * (62.0 / 6.0 * zeta_6 -
                                                                             e * 18.0 * zeta_7)))));
}

/// 1/k of the Weibull distribution with this coefficient of variation, by bisection.
double weibull_inverse_shape(double cv) {
    const double target = log_of_one_plus(cv * cv);
    double low = 0.0;
    double high = 16.0;
    for (int i = 0; i < 200 && low < high; ++i) {
        const double middle = 0.5 * (low + high);
        if (middle == low || middle == high) {
            break;
        }
        (weibull_log_moment_ratio(middle) < target ? low : high) = middle;
    }
    return high;
}

std::vector<double> lognormal_table(double log_mean, double cv) {
    constexpr double root_two_pi = 2.50662827463100050242;
    const double variance = log_of_one_plus(cv * cv);
    const double sigma = std::sqrt(variance);
    const double location = log_mean - 0.5 * variance;
    return tabulate([=](Tail tail, double p) -> LogQuantile {
        const double sign = tail == Tail::lower ? 1.0 : -1.0;
        const double z = pinned::normal_quantile(p);
        const double z_by_p = root_two_pi * pinned::exp(0.5 * z * z);
        return {location + sign * sigma * z, sign * sigma * p * z_by_p};
    });
}

std::vector<double> gamma_table(double log_mean, double cv) {
    const double shape = 1.0 / (cv * cv);
    const double location = log_mean - pinned::log(shape);
    return tabulate([=, quantile = GammaQuantile(shape)](Tail tail, double p) mutable {
        LogQuantile q = quantile(tail, p);
        q.log_x += location;
        return q;
    });
}

std::vector<double> weibull_table(double log_mean, double cv) {
    const double e = weibull_inverse_shape(cv);
    const double location = log_mean - pinned::lgamma(1.0 + e);
    return tabulate([=](Tail tail, double p) -> LogQuantile {
        const double survival = tail == Tail::lower ? 1.0 - p : p;
        const double unit = -pinned::log(survival);
        const double unit_by_log_p = tail == Tail::lower ? p / survival : -1.0;
        return {location + e * pinned::log(unit), e * unit_by_log_p / unit};
    });
}

std::vector<double> pareto_table(double log_mean, double cv) {
    const double alpha = 1.0 + std::sqrt(1.0 + 1.0 / (cv * cv));
    const double location = log_mean + pinned::log((alpha - 1.0) / alpha);
    return tabulate([=](Tail tail, double p) -> LogQuantile {
        const double survival = tail == Tail::lower ? 1.0 - p : p;
        const double slope = tail == Tail::lower ? p / survival : -1.0;
        return {location - pinned::log(survival) / alpha, slope / alpha};
    });
}

core::Duration rounded(double ns) {
    constexpr double limit = 0x1p62;
    if (!(ns < limit)) {
        return core::Duration{(std::int64_t{1} << 62) - 1};
    }
    return core::Duration{static_cast<std::int64_t>(ns + 0.5)};
}

}  // namespace

const char* invalid_distribution(const DistributionParameters& parameters) {
    using enum DistributionKind;
    if (parameters.mean.count() < 0) {
        return "the mean of a duration cannot be negative";
    }
    if (parameters.kind == constant) {
        return nullptr;
    }
    if (parameters.mean.count() == 0) {
        return "a distribution needs a mean above 0 (write 0s alone for no time at all)";
    }
    if (parameters.kind == exponential) {
        return nullptr;
    }
    if (!(parameters.cv >= 0.0)) {
        return "cv, the standard deviation divided by the mean, cannot be negative";
    }
    if (parameters.kind == uniform && parameters.cv > 1.0 / root_three + 1e-12) {
        return "a uniform distribution with cv above 0.577 (1/sqrt(3)) would be negative";
    }
    if (!(parameters.cv <= 100.0)) {
        return "cv above 100 would rest on values rarer than one in 2^32, which are never drawn";
    }
    return nullptr;
}

Distribution::Distribution(const DistributionParameters& parameters)
    : kind_(parameters.kind),
      mean_ns_(static_cast<double>(parameters.mean.count())),
      cv_(parameters.kind == DistributionKind::exponential ? 1.0 : parameters.cv) {
    using enum DistributionKind;
    LAGSIM_CHECK(invalid_distribution(parameters) == nullptr, "parameters are validated before");
    if (kind_ == constant || cv_ == 0.0) {
        kind_ = constant;
        cv_ = 0.0;
        return;
    }
    const double log_mean = pinned::log(mean_ns_);
    switch (kind_) {
        case constant:
        case exponential:
            break;
        case uniform:
            scale_ = 2.0 * root_three * cv_ * mean_ns_;
            location_ = mean_ns_ - 0.5 * scale_;
            break;
        case lognormal:
            table_ = lognormal_table(log_mean, cv_);
            break;
        case gamma:
            table_ = gamma_table(log_mean, cv_);
            break;
        case weibull:
            table_ = weibull_table(log_mean, cv_);
            break;
        case pareto:
            table_ = pareto_table(log_mean, cv_);
            break;
    }
}

core::Duration Distribution::at(std::uint32_t word) const {
    using enum DistributionKind;
    switch (kind_) {
        case constant:
            return rounded(mean_ns_);
        case exponential:
            return rounded(-mean_ns_ * pinned::log_of_normal(survival(word)));
        case uniform: {
            const double ns = location_ + scale_ * probability_of(word);
            return rounded(ns > 0.0 ? ns : 0.0);
        }
        case lognormal:
        case gamma:
        case weibull:
        case pareto:
            return rounded(pinned::exp(log_quantile(table_, word)));
    }
    return core::Duration{0};
}

double Distribution::second_moment() const {
    return mean_seconds() * mean_seconds() * (1.0 + cv_ * cv_);
}

}  // namespace lagsim::models
