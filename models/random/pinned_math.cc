#include "models/random/pinned_math.h"

#include <array>
#include <cmath>
#include <cstddef>

// Of <cmath> only sqrt and abs are used: IEEE 754 rounds sqrt correctly, so both are the same
// everywhere.

namespace lagsim::models::pinned {

namespace {

/// c₀ + c₁x + c₂x² + …
template <std::size_t size>
double polynomial(const std::array<double, size>& coefficients, double x) {
    double value = coefficients[size - 1];
    for (std::size_t i = size - 1; i-- > 0;) {
        value = value * x + coefficients[i];
    }
    return value;
}

/// ln(1 − eˣ) for x < 0, without losing digits where eˣ is tiny or near 1.
double log_one_minus_exp(double x) {
    if (x < -1e-5) {
        return log(1.0 - exp(x));
    }
    return log(-x) + 0.5 * x;  // 1 − eˣ = −x(1 + x/2 + …)
}

/// Σ xⁿ / ((a+1)(a+2)…(a+n)): P = x^a e^-x / Γ(a+1) times this. Converges fast for x < a + 1.
double lower_series(double shape, double x) {
    double term = 1.0;
    double sum = 1.0;
    for (double n = 1.0; term > sum * 1e-17; n += 1.0) {
        term *= x / (shape + n);
        sum += term;
    }
    return sum;
}

/// Continued fraction of Q / (x^a e^-x / Γ(a)) by modified Lentz, for x >= a + 1.
double upper_fraction(double shape, double x) {
    constexpr double tiny = 1e-300;
    double b = x + 1.0 - shape;
    double c = 1.0 / tiny;
    double d = 1.0 / b;
    double value = d;
    for (int i = 1; i < 100'000; ++i) {
        const double a = -i * (i - shape);
        b += 2.0;
        d = a * d + b;
        d = 1.0 / (std::abs(d) < tiny ? tiny : d);
        c = b + a / c;
        c = std::abs(c) < tiny ? tiny : c;
        const double change = d * c;
        value *= change;
        if (std::abs(change - 1.0) < 1e-16) {
            break;
        }
    }
    return value;
}

}  // namespace

double lgamma(double x) {
    // Stirling's series is good to the last digit from 10 on; below, Γ(x) = Γ(x+n) / (x…(x+n−1)).
    constexpr std::array<double, 8> stirling{1.0 / 12.0,    -1.0 / 360.0,       1.0 / 1260.0,
                                             -1.0 / 1680.0, 1.0 / 1188.0,       -691.0 / 360'360.0,
                                             1.0 / 156.0,   -3617.0 / 122'400.0};
    constexpr double half_log_two_pi = 0.91893853320467274178;
    double product = 1.0;
    while (x < 10.0) {
        product *= x;
        x += 1.0;
    }
    const double inverse = 1.0 / x;
    return (x - 0.5) * log(x) - x + half_log_two_pi +
           inverse * polynomial(stirling, inverse * inverse) - log(product);
}

double normal_quantile(double p) {
    constexpr std::array<double, 8> centre_over{3.3871328727963666080e+0, 1.3314166789178437745e+2,
                                                1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                                4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                                3.3430575583588128105e+4, 2.5090809287301226727e+3};
    constexpr std::array<double, 8> centre_under{1.0,
                                                 4.2313330701600911252e+1,
                                                 6.8718700749205790830e+2,
                                                 5.3941960214247511077e+3,
                                                 2.1213794301586595867e+4,
                                                 3.9307895800092710610e+4,
                                                 2.8729085735721942674e+4,
                                                 5.2264952788528545610e+3};
    constexpr std::array<double, 8> tail_over{1.42343711074968357734e+0, 4.63033784615654529590e+0,
                                              5.76949722146069140550e+0, 3.64784832476320460504e+0,
                                              1.27045825245236838258e+0, 2.41780725177450611770e-1,
                                              2.27238449892691845833e-2, 7.74545014278341407640e-4};
    constexpr std::array<double, 8> tail_under{1.0,
                                               2.05319162663775882187e+0,
                                               1.67638483018380384940e+0,
                                               6.89767334985100004550e-1,
                                               1.48103976427480074590e-1,
                                               1.51986665636164571966e-2,
                                               5.47593808499534494600e-4,
                                               1.05075007164441684324e-9};
    constexpr std::array<double, 8> far_over{6.65790464350110377720e+0, 5.46378491116411436990e+0,
                                             1.78482653991729133580e+0, 2.96560571828504891230e-1,
                                             2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                             2.71155556874348757815e-5, 2.01033439929228813265e-7};
    constexpr std::array<double, 8> far_under{1.0,
                                              5.99832206555887937690e-1,
                                              1.36929880922735805310e-1,
                                              1.48753612908506148525e-2,
                                              7.86869131145613259100e-4,
                                              1.84631831751005468180e-5,
                                              1.42151175831644588870e-7,
                                              2.04426310338993978564e-15};

    const double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(centre_over, r) / polynomial(centre_under, r);
    }
    const double r = std::sqrt(-log(q < 0.0 ? p : 1.0 - p));
    const double magnitude = r <= 5.0
                                 ? polynomial(tail_over, r - 1.6) / polynomial(tail_under, r - 1.6)
                                 : polynomial(far_over, r - 5.0) / polynomial(far_under, r - 5.0);
    return q < 0.0 ? -magnitude : magnitude;
}

IncompleteGamma incomplete_gamma(double shape, double log_x, double lgamma_shape) {
    const double x = exp(log_x);
    IncompleteGamma result;
    result.log_density = shape * log_x - x - lgamma_shape;
    if (x < shape + 1.0) {
        result.log_lower = result.log_density + log(lower_series(shape, x) / shape);
        result.log_upper = log_one_minus_exp(result.log_lower);
    } else {
        result.log_upper = result.log_density + log(upper_fraction(shape, x));
        result.log_lower = log_one_minus_exp(result.log_upper);
    }
    return result;
}

}  // namespace lagsim::models::pinned
