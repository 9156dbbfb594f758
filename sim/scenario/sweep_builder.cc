#include <cmath>
#include <functional>

#include <fmt/core.h>

#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/units.h"
#include "sim/scenario/values.h"
#include "sim/scenario/yaml_writer.h"

namespace lagsim::sim {
namespace {

constexpr std::int64_t most_values = 100'000;

/// `from`, `to` and `step` as whole multiples of one unit, and back to text.
struct Scale {
    std::function<std::optional<std::int64_t>(const std::string&)> read;
    std::function<std::string(std::int64_t)> write;
};

Scale whole_numbers() {
    return {.read = [](const std::string& text) -> std::optional<std::int64_t> {
                const auto value = parse_integer(text);
                return value ? std::optional(*value) : std::nullopt;
            },
            .write = [](std::int64_t value) { return fmt::format("{}", value); }};
}
Scale durations() {
    return {.read = [](const std::string& text) -> std::optional<std::int64_t> {
                const auto value = parse_duration(text);
                return value ? std::optional(core::nanoseconds(*value)) : std::nullopt;
            },
            .write = [](std::int64_t value) { return format_duration(core::Duration{value}); }};
}

/// Numbers with a common suffix ("%", "/s", "" ...): from + i * step, to nine decimals.
std::vector<std::string> decimal_range(std::string from, std::string to, std::string step) {
    const auto suffix_of = [](const std::string& text) {
        const std::size_t at = text.find_last_of("0123456789.");
        return at == std::string::npos ? text : text.substr(at + 1);
    };
    const std::string suffix = suffix_of(from);
    if (suffix_of(to) != suffix || suffix_of(step) != suffix) {
        return {};
    }
    for (std::string* text : {&from, &to, &step}) {
        text->erase(text->size() - suffix.size());
    }
    const auto first = parse_number(from);
    const auto last = parse_number(to);
    const auto width = parse_number(step);
    if (!first || !last || !width || !(*width > 0.0) || *last < *first) {
        return {};
    }
    const double count = std::floor((*last - *first) / *width + 1e-9);
    std::vector<std::string> values;
    for (double i = 0.0; i <= count && i < static_cast<double>(most_values); i += 1.0) {
        const double value = std::round((*first + i * *width) * 1e9) / 1e9;
        values.push_back(format_number(value) + suffix);
    }
    return values;
}

std::vector<std::string> range_values(const YamlNode& range) {
    const std::string from = text_of(range, "from").value_or("");
    const std::string to = text_of(range, "to").value_or("");
    const std::string step = text_of(range, "step").value_or("");
    for (const Scale& scale : {whole_numbers(), durations()}) {
        const auto first = scale.read(from);
        const auto last = scale.read(to);
        const auto width = scale.read(step);
        if (!first || !last || !width) {
            continue;
        }
        std::vector<std::string> values;
        if (*width < 1 || *last < *first) {
            return values;
        }
        for (std::int64_t value = *first; static_cast<std::int64_t>(values.size()) < most_values;
             value += *width) {
            values.push_back(scale.write(value));
            if (*last - value < *width) {
                break;
            }
        }
        return values;
    }
    return decimal_range(from, to, step);
}

}  // namespace

std::vector<SweepAxis> build_sweep(Report& report, const Documents& documents) {
    std::vector<SweepAxis> axes;
    const YamlNode* spec = value_of(documents.scenario, "spec");
    const YamlNode* sweep = spec == nullptr ? nullptr : value_of(*spec, "sweep");
    if (sweep == nullptr) {
        return axes;
    }
    for (const YamlEntry& entry : sweep->entries) {
        if (entry.value.invalid) {
            continue;
        }
        const std::string path = child_path("spec.sweep", entry.key);
        if (resolve_field(documents, entry.key, entry.mark, report) == nullptr) {
            continue;
        }
        SweepAxis axis{.path = entry.key, .values = {}};
        if (entry.value.is_map()) {
            axis.values = range_values(entry.value);
        }
        for (const YamlNode& item : entry.value.items) {
            axis.values.push_back(write_yaml_line(item));
        }
        if (axis.values.empty() || static_cast<std::int64_t>(axis.values.size()) >= most_values) {
            report.error(entry.value.mark,
                         {.code = "bad-value",
                          .message = entry.value.is_map()
                                         ? "from, to and step do not make a range: they need one "
                                           "unit, step > 0, from <= to"
                                         : "a sweep needs at least one value",
                          .path = path});
        }
        axes.push_back(std::move(axis));
    }
    return axes;
}

}  // namespace lagsim::sim
