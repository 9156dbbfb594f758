/// The fixed parts of the page, embedded into the program when it is built (embed_assets.cmake).
#pragma once

#include <string_view>

namespace lagsim::sim::report {

struct Assets {
    std::string_view page;         ///< assets/page.html
    std::string_view style;        ///< vendor/uplot/uPlot.min.css, then assets/report.css
    std::string_view script;       ///< vendor/uplot/uPlot.iife.min.js, then assets/*.js
    std::string_view style_hash;   ///< SHA-256, base64, of exactly `style`, for the page's policy
    std::string_view script_hash;  ///< of exactly `script`
};

[[nodiscard]] const Assets& assets();

}  // namespace lagsim::sim::report
