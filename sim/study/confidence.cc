#include "sim/study/confidence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <Eigen/Core>

#include "core/check.h"

namespace lagsim::sim {
namespace {

/// P(|T| <= t), a finite sum for a whole number of degrees.
/// Source: Abramowitz & Stegun 26.7.3 (odd) and 26.7.4 (even), with θ = atan(t / √ν).
double two_sided_probability(double t, std::int64_t degrees) {
    const double nu = static_cast<double>(degrees);
    const double cosine_squared = nu / (nu + t * t);
    const double sine = t / std::sqrt(nu + t * t);
    const bool odd = degrees % 2 != 0;
    double term = odd ? std::sqrt(cosine_squared) : 1.0;
    double sum = degrees == 1 ? 0.0 : term;
    for (std::int64_t k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
        const double j = static_cast<double>(k);
        term *= cosine_squared * (j - 1.0) / j;
        sum += term;
    }
    return odd ? 2.0 / std::numbers::pi * (std::atan(t / std::sqrt(nu)) + sine * sum) : sine * sum;
}

}  // namespace

double student_t_two_sided(double confidence, std::int64_t degrees) {
    LAGSIM_CHECK(confidence > 0.0 && confidence < 1.0 && degrees >= 1,
                 "a t quantile needs 0 < confidence < 1 and at least one degree of freedom");
    double low = 0.0;
    double high = 1.0;
    while (two_sided_probability(high, degrees) < confidence && high < 1e300) {
        low = high;
        high *= 2.0;
    }
    for (int step = 0; step < 200 && high - low > 1e-14 * high; ++step) {
        const double middle = 0.5 * (low + high);
        (two_sided_probability(middle, degrees) < confidence ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

double student_t_beyond(double t, std::int64_t degrees) {
    LAGSIM_CHECK(t >= 0.0 && degrees >= 1, "a t probability needs t >= 0 and a degree of freedom");
    return std::isinf(t) ? 0.0 : std::max(0.0, 1.0 - two_sided_probability(t, degrees));
}

MeanInterval mean_interval(std::span<const double> values, double confidence) {
    std::vector<double> defined;
    defined.reserve(values.size());
    for (const double value : values) {
        if (!std::isnan(value)) {
            defined.push_back(value);
        }
    }
    constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
    const auto n = static_cast<std::int64_t>(defined.size());
    if (n == 0) {
        return {undefined, undefined, 0, confidence};
    }
    const Eigen::Map<const Eigen::ArrayXd> x(defined.data(), n);
    const double mean = x.mean();
    if (n == 1) {
        return {mean, undefined, 1, confidence};
    }
    const double count = static_cast<double>(n);
    const double deviation = std::sqrt((x - mean).square().sum() / (count - 1.0));
    return {mean, student_t_two_sided(confidence, n - 1) * deviation / std::sqrt(count), n,
            confidence};
}

}  // namespace lagsim::sim
