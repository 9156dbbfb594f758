#include "sim/study/sweep_points.h"

#include <algorithm>
#include <numeric>

#include "core/check.h"
#include "models/random/philox.h"

namespace lagsim::sim {
namespace {

/// Above the purposes that replications draw for, so that the design and they never share a block.
constexpr std::uint16_t design_purpose = 0xFFFF;

std::vector<SweepValues> grid(const std::vector<SweepAxis>& axes) {
    std::vector<SweepValues> points{{}};
    for (const SweepAxis& axis : axes) {
        std::vector<SweepValues> longer;
        longer.reserve(points.size() * axis.values.size());
        for (const SweepValues& point : points) {
            for (const std::string& value : axis.values) {
                longer.push_back(point);
                longer.back().push_back(value);
            }
        }
        points = std::move(longer);
    }
    return points;
}

std::vector<SweepValues> zip(const std::vector<SweepAxis>& axes) {
    std::vector<SweepValues> points(axes.empty() ? 0 : axes.front().values.size());
    for (const SweepAxis& axis : axes) {
        LAGSIM_CHECK(axis.values.size() == points.size(), "the reader checks the lengths");
        for (std::size_t i = 0; i < points.size(); ++i) {
            points[i].push_back(axis.values[i]);
        }
    }
    return points;
}

/// Fisher and Yates: one draw a place, from the last.
std::vector<std::uint64_t> shuffled(std::uint64_t count, std::uint32_t axis,
                                    const models::RandomStreams& streams) {
    std::vector<std::uint64_t> order(count);
    std::iota(order.begin(), order.end(), std::uint64_t{0});
    for (std::uint64_t i = count; i-- > 1;) {
        const std::uint64_t word = streams.block(i, axis, design_purpose)[0];
        std::swap(order[i], order[(word * (i + 1)) >> 32]);
    }
    return order;
}

std::vector<SweepValues> latin_hypercube(const std::vector<SweepAxis>& axes, std::uint64_t count,
                                         std::uint64_t seed) {
    const models::RandomStreams streams(seed, 0);
    std::vector<SweepValues> points(count);
    for (std::uint32_t a = 0; a < axes.size(); ++a) {
        const std::vector<std::uint64_t> part = shuffled(count, a, streams);
        const SweepAxis& axis = axes[a];
        for (std::uint64_t i = 0; i < count; ++i) {
            const double within = models::probability_of(streams.block(i, a, design_purpose)[1]);
            const double x = (static_cast<double>(part[i]) + within) / static_cast<double>(count);
            const auto values = static_cast<double>(axis.values.size());
            points[i].push_back(axis.range ? value_at(*axis.range, x)
                                           : axis.values[static_cast<std::size_t>(x * values)]);
        }
    }
    return points;
}

}  // namespace

std::vector<SweepValues> sweep_points(const std::vector<SweepAxis>& axes, const SweepDesign& design,
                                      std::uint64_t seed) {
    switch (design.method) {
        case SweepMethod::grid:
            return grid(axes);
        case SweepMethod::zip:
            return zip(axes);
        case SweepMethod::latin_hypercube:
            break;
    }
    return latin_hypercube(axes, static_cast<std::uint64_t>(design.points), seed);
}

}  // namespace lagsim::sim
