#include <set>

#include <fmt/core.h>

#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/values.h"
#include "sim/scenario/yaml_writer.h"

namespace lagsim::sim {
namespace {

SweepDesign build_design(const YamlNode& spec, Report& report) {
    SweepDesign design;
    const YamlNode* node = value_of(spec, "sweepDesign");
    if (node == nullptr) {
        return design;
    }
    const std::string method = text_of(*node, "method").value_or("grid");
    design.method = method == "zip"               ? SweepMethod::zip
                    : method == "latin-hypercube" ? SweepMethod::latin_hypercube
                                                  : SweepMethod::grid;
    design.points = integer_of(*node, "points").value_or(0);
    const bool cube = design.method == SweepMethod::latin_hypercube;
    if (cube != (node->find("points") != nullptr)) {
        report.error(node->mark,
                     {.code = cube ? "missing-key" : "conflict",
                      .message = cube ? "latin-hypercube needs 'points', how many there shall be"
                                      : "'points' belongs to method latin-hypercube only",
                      .path = "spec.sweepDesign.points"});
    }
    return design;
}

/// What a range lacks to be one; empty = nothing, and the axis has its values.
std::string read_range(const YamlNode& node, SweepMethod method, SweepAxis& axis) {
    const std::string from = text_of(node, "from").value_or("");
    const std::string to = text_of(node, "to").value_or("");
    const auto step = text_of(node, "step");
    const bool logarithmic = text_of(node, "scale") == "log";
    const bool counted = node.find("count") != nullptr;
    if (step && (counted || logarithmic)) {
        return "a range has either 'step' or 'count' (with 'scale'), not both";
    }
    if (step) {
        axis.values = stepped_values(from, to, *step);
        return axis.values.empty() ? "from, to and step do not make a range: they need one unit, "
                                     "step > 0, from <= to"
                                   : "";
    }
    const auto range = parse_range(from, to, logarithmic);
    if (!range) {
        return logarithmic ? "from and to do not make a range: they need one unit, 0 < from <= to"
                           : "from and to do not make a range: they need one unit, from <= to";
    }
    if (counted) {
        axis.values = spaced_values(*range, integer_of(node, "count").value_or(2));
        return "";
    }
    axis.range = range;
    return method == SweepMethod::latin_hypercube
               ? ""
               : "a range needs 'step' or 'count'; without, it is for method latin-hypercube";
}

std::string repeated_value(const std::vector<std::string>& values) {
    std::set<std::string> seen;
    for (const std::string& value : values) {
        if (!seen.insert(value).second) {
            return value;
        }
    }
    return {};
}

/// Points of a grid would be the same twice, and nobody could select one of them.
std::string fault_of_values(const SweepAxis& axis, SweepMethod method) {
    if (axis.range) {
        return {};
    }
    if (axis.values.empty()) {
        return "a sweep needs at least one value";
    }
    if (static_cast<std::int64_t>(axis.values.size()) >= most_sweep_values) {
        return fmt::format("an axis has fewer than {} values", most_sweep_values);
    }
    const std::string twice =
        method == SweepMethod::grid ? repeated_value(axis.values) : std::string();
    return twice.empty() ? std::string() : fmt::format("the value {} is there twice", twice);
}

SweepAxis build_axis(const YamlEntry& entry, const Field& field, SweepMethod method,
                     Report& report) {
    SweepAxis axis{.path = entry.key, .type = field.scalar};
    std::string fault;
    if (entry.value.is_map() && !(text_of(entry.value, "from") && text_of(entry.value, "to"))) {
        return axis;  // the table's check says what is missing
    }
    if (entry.value.is_map()) {
        fault = read_range(entry.value, method, axis);
        axis.places.push_back(position_of(entry.value.mark));
    }
    for (const YamlNode& item : entry.value.items) {
        axis.values.push_back(write_yaml_line(item));
        axis.places.push_back(position_of(item.mark));
    }
    fault = fault.empty() ? fault_of_values(axis, method) : fault;
    if (!fault.empty()) {
        report.error(
            entry.value.mark,
            {.code = "bad-value", .message = fault, .path = child_path("spec.sweep", entry.key)});
    }
    return axis;
}

/// How many points there will be; more than can be is said here, before anybody lists them.
void check_size(const std::vector<SweepAxis>& axes, SweepMethod method, const Mark& mark,
                Report& report) {
    double points = 1.0;
    for (const SweepAxis& axis : axes) {
        points *= static_cast<double>(axis.values.size());
        if (method == SweepMethod::zip && axis.values.size() != axes.front().values.size()) {
            report.error(mark, {.code = "conflict",
                                .message = fmt::format(
                                    "method zip takes the k-th value of every axis, but {} has {} "
                                    "values and {} has {}",
                                    axes.front().path, axes.front().values.size(), axis.path,
                                    axis.values.size()),
                                .path = "spec.sweep"});
        }
    }
    if (method == SweepMethod::grid && points > static_cast<double>(most_sweep_values)) {
        report.error(mark,
                     {.code = "out-of-range",
                      .message = fmt::format("a grid of {:.0f} points; at most {}: take fewer "
                                             "values, or method latin-hypercube",
                                             points, most_sweep_values),
                      .path = "spec.sweep"});
    }
}

}  // namespace

Sweep build_sweep(Report& report, const Documents& documents) {
    Sweep study;
    const YamlNode* spec = value_of(documents.scenario, "spec");
    if (spec == nullptr) {
        return study;
    }
    study.design = build_design(*spec, report);
    const YamlNode* sweep = value_of(*spec, "sweep");
    if (sweep == nullptr) {
        return study;
    }
    const std::size_t errors = report.errors();
    for (const YamlEntry& entry : sweep->entries) {
        if (entry.value.invalid) {
            continue;
        }
        if (const Field* field = resolve_field(documents, entry.key, entry.mark, report)) {
            study.axes.push_back(build_axis(entry, *field, study.design.method, report));
        }
    }
    if (report.errors() == errors) {
        check_size(study.axes, study.design.method, sweep->mark, report);
    }
    return study;
}

}  // namespace lagsim::sim
