#include "sim/report/envelope.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lagsim::sim::report {

std::vector<Stretch> stretches(std::size_t samples, std::size_t most) {
    const std::size_t count = std::min(samples, most);
    std::vector<Stretch> parts;
    for (std::size_t i = 0; i < count; ++i) {
        parts.push_back({i * samples / count, (i + 1) * samples / count - 1});
    }
    return parts;
}

Extremes extremes(std::span<const double> values, std::span<const Stretch> parts) {
    Extremes result;
    for (const Stretch& part : parts) {
        double low = std::numeric_limits<double>::quiet_NaN();
        double high = low;
        for (const double value : values.subspan(part.first, part.last - part.first + 1)) {
            low = std::fmin(low, value);  // ignores NaN
            high = std::fmax(high, value);
        }
        result.low.push_back(low);
        result.high.push_back(high);
    }
    return result;
}

std::vector<double> line_times(std::span<const double> times, std::span<const Stretch> parts) {
    std::vector<double> all;
    for (const Stretch& part : parts) {
        all.push_back(times[part.first]);
        if (part.last > part.first) {
            all.push_back(times[(part.first + part.last + 1) / 2]);
        }
    }
    return all;
}

std::vector<double> line_values(std::span<const double> values, std::span<const Stretch> parts) {
    std::vector<double> all;
    for (const Stretch& part : parts) {
        const auto samples = values.subspan(part.first, part.last - part.first + 1);
        if (samples.size() == 1) {
            all.push_back(samples[0]);
            continue;
        }
        // NaN is neither: it compares false with everything.
        const auto [low, high] = std::ranges::minmax_element(samples);
        all.push_back(low <= high ? *low : *high);
        all.push_back(low <= high ? *high : *low);
    }
    return all;
}

}  // namespace lagsim::sim::report
