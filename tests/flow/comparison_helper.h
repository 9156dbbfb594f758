/// Every shipped scenario by records and by expected numbers, side by side. The exact figures take
/// minutes, so they are kept in exact.json; LAGSIM_UPDATE_EXACT=1 computes them anew.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/scenario/reader.h"

namespace lagsim::flow_tests {

inline constexpr std::uint32_t replications = 5;

/// By metric: one value a replication.
using Figures = std::map<std::string, std::vector<double>>;

[[nodiscard]] const std::vector<std::string>& scenario_names();
[[nodiscard]] const std::vector<std::string>& compared_metrics();

/// Reads scenarios/NAME.yaml with a resolution; what is refused says so in `error`.
struct Reading {
    sim::ScenarioFile file;
    std::string error;  ///< of the first complaint; empty where it was read
};
[[nodiscard]] Reading read(const std::string& name, const std::string& resolution);

/// Runs the first `count` replications; checks that every record has one fate.
[[nodiscard]] Figures run(const sim::Scenario& scenario, std::uint32_t count);

/// exact.json, by scenario.
[[nodiscard]] std::map<std::string, Figures> exact_figures();
void write_exact_figures(const std::map<std::string, Figures>& figures);

/// How far the mean over replications may be from the exact one.
struct Bound {
    double relative = 0.0;  ///< of the exact mean
    double absolute = 0.0;  ///< or this much, whichever is more
    std::string why;        ///< said on the page where it is not the common bound
};
[[nodiscard]] Bound bound_of(const std::string& scenario, const std::string& metric);

/// One line of the table.
struct Row {
    std::string scenario;
    std::string metric;
    double exact = 0.0;
    double exact_low = 0.0;
    double exact_high = 0.0;
    double flow = 0.0;
    Bound bound;
    [[nodiscard]] double error() const { return flow - exact; }
    [[nodiscard]] bool inside() const;
};

/// The section of docs/validation.md.
[[nodiscard]] std::string page_section(const std::vector<Row>& rows,
                                       const std::map<std::string, std::string>& refused);

}  // namespace lagsim::flow_tests
