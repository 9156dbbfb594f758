#include "models/random/gamma_quantile.h"

#include <cmath>

#include "models/random/pinned_math.h"

namespace lagsim::models {

namespace {

/// From here on the expansion is more exact than needed, and sums of √shape terms would be slow.
constexpr double large_shape = 1e4;

double guess_log_median(double shape) {
    if (shape < 0.5) {  // P(x) ≈ x^a / Γ(a + 1) for small x
        return (pinned::log(0.5) + pinned::lgamma(shape + 1.0)) / shape;
    }
    const double root = 1.0 - 1.0 / (9.0 * shape);  // Wilson and Hilferty
    return pinned::log(shape * root * root * root);
}

/// Cornish-Fisher expansion of the quantile in powers of shape^-1/2, and its derivative by z.
/// Source: Abramowitz and Stegun 26.2.49 with the gamma distribution's cumulants.
LogQuantile expansion(double shape, Tail tail, double p) {
    constexpr double root_two_pi = 2.50662827463100050242;
    const double sign = tail == Tail::lower ? 1.0 : -1.0;
    const double z = sign * pinned::normal_quantile(p);
    const double z2 = z * z;
    const double root = std::sqrt(shape);
    const double above_shape = z * root + (z2 - 1.0) / 3.0 + z * (z2 - 7.0) / (36.0 * root) -
                               (3.0 * z2 * z2 + 7.0 * z2 - 16.0) / (810.0 * shape);
    const double by_z = root + 2.0 * z / 3.0 + (3.0 * z2 - 7.0) / (36.0 * root) -
                        z * (12.0 * z2 + 14.0) / (810.0 * shape);
    const double z_by_p = sign * root_two_pi * pinned::exp(0.5 * z2);
    return {pinned::log(shape) + pinned::log(1.0 + above_shape / shape),
            p * z_by_p * by_z / (shape + above_shape)};
}

}  // namespace

GammaQuantile::GammaQuantile(double shape)
    : shape_(shape),
      lgamma_(pinned::lgamma(shape)),
      log_median_(guess_log_median(shape)),
      log_x_(log_median_) {}

LogQuantile GammaQuantile::operator()(Tail tail, double p) {
    return shape_ >= large_shape ? expansion(shape_, tail, p) : solve(tail, p);
}

LogQuantile GammaQuantile::solve(Tail tail, double p) {
    constexpr int steps_max = 60;  // 3 or 4 are taken
    if (p == 0.5) {
        log_x_ = log_median_;
    }
    const double target = pinned::log(p);
    double slope = 0.0;
    for (int i = 0; i < steps_max; ++i) {
        const auto gamma = pinned::incomplete_gamma(shape_, log_x_, lgamma_);
        const double log_p = tail == Tail::lower ? gamma.log_lower : gamma.log_upper;
        const double magnitude = pinned::exp(log_p - gamma.log_density);
        slope = tail == Tail::lower ? magnitude : -magnitude;
        const double step = (target - log_p) * slope;
        log_x_ += step;
        if (std::abs(step) < 1e-13) {
            break;
        }
    }
    return {log_x_, slope};
}

}  // namespace lagsim::models
