/// Numbers with what is not known of them, as people write them: 3.1 ± 0.4.
#pragma once

#include <string>

namespace lagsim::sim {

/// How to write one.
struct NumberStyle {
    bool sign = false;    ///< a plus before what is positive
    bool unicode = true;  ///< ±, else +-
};

/// The half-width has two digits that count, one from 3 up (0.12, 0.4), and the value as many
/// decimals; no more than six, and whole numbers from 10 up. Without the half-width where it is 0,
/// NaN, or no more than rounding. `-` if the value is NaN.
[[nodiscard]] std::string uncertain_number(double value, double half_width,
                                           const NumberStyle& style = {});

}  // namespace lagsim::sim
