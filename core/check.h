/// LAGSIM_CHECK: a condition that only a bug of ours can break. On in every build; ends the
/// program.
#pragma once

namespace lagsim::core {

[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               const char* explanation);

}  // namespace lagsim::core

#define LAGSIM_CHECK(condition, explanation)                                           \
    do {                                                                               \
        if (!(condition)) {                                                            \
            ::lagsim::core::check_failed(#condition, __FILE__, __LINE__, explanation); \
        }                                                                              \
    } while (false)
