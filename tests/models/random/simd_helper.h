/// Runs a test once with each instruction set that this CPU has.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "models/random/simd_targets.h"

namespace lagsim::models {

/// `test()` under each name that the CPU can do.
template <class Test>
void with_each_simd(Test test) {
    int seen = 0;
    for (const std::string_view name : simd_names()) {
        ASSERT_TRUE(restrict_simd(name));
        if (chosen_simd() == name) {
            SCOPED_TRACE(std::string(name));
            test();
            ++seen;
        }
    }
    EXPECT_GE(seen, 1);
    EXPECT_TRUE(restrict_simd(simd_names().back()));
}

}  // namespace lagsim::models
