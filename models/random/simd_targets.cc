#include "models/random/simd_targets.h"

#include <array>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/random/simd_targets.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Compiled once for each target: asks the dispatch itself where it leads.
HWY_BEFORE_NAMESPACE();
namespace lagsim::models::HWY_NAMESPACE {

std::int64_t this_target() {
    return HWY_TARGET;
}

}  // namespace lagsim::models::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lagsim::models {

HWY_EXPORT(this_target);

namespace {

struct NamedTarget {
    std::string_view name;
    std::int64_t target;  ///< Highway's bit, 0 for its fallback; a better one has a lower bit
};

constexpr std::array<NamedTarget, 5> named_targets{{{"sse2", 0},
                                                    {"ssse3", HWY_SSSE3},
                                                    {"sse4", HWY_SSE4},
                                                    {"avx2", HWY_AVX2},
                                                    {"avx3", HWY_AVX3}}};

/// Bits of all targets that are better than `target`.
std::int64_t better_than(std::int64_t target) {
    constexpr std::int64_t all = (std::int64_t{1} << (HWY_HIGHEST_TARGET_BIT + 1)) - 1;
    return target == 0 ? all : target - 1;
}

}  // namespace

bool restrict_simd(std::string_view name) {
    for (const NamedTarget& known : named_targets) {
        if (known.name == name) {
            hwy::DisableTargets(better_than(known.target));
            return true;
        }
    }
    return false;
}

std::vector<std::string_view> simd_names() {
    std::vector<std::string_view> names;
    for (const NamedTarget& known : named_targets) {
        names.push_back(known.name);
    }
    return names;
}

std::string_view chosen_simd() {
    const std::int64_t chosen = HWY_DYNAMIC_DISPATCH(this_target)();
    for (const NamedTarget& known : named_targets) {
        if (known.target == chosen) {
            return known.name;
        }
    }
    return named_targets.front().name;
}

}  // namespace lagsim::models
#endif
