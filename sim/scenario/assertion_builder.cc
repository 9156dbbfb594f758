#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "sim/results/summary.h"
#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/units.h"
#include "sim/scenario/values.h"

namespace lagsim::sim {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

/// The operator at the start of `text`, the longest that fits.
std::optional<std::pair<Comparison, std::size_t>> operator_at(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Comparison>, 5> operators{
        {{"<=", Comparison::less_equal},
         {">=", Comparison::greater_equal},
         {"==", Comparison::equal},
         {"<", Comparison::less},
         {">", Comparison::greater}}};
    for (const auto& [word, comparison] : operators) {
        if (text.starts_with(word)) {
            return std::pair{comparison, word.size()};
        }
    }
    return std::nullopt;
}

/// A number in the metric's unit: `200k`, `0.5`; for seconds a duration, for parts a percentage.
Parsed<double> parse_value(std::string_view text, std::string_view unit) {
    if (const auto number = parse_number(text)) {
        return *number;
    }
    if (const auto whole = parse_integer(text)) {
        return static_cast<double>(*whole);
    }
    if (const auto duration = parse_duration(text); duration && (unit == "s" || unit == "h")) {
        return core::seconds(*duration) / (unit == "h" ? 3600.0 : 1.0);
    }
    if (const auto rate = parse_rate(text); rate && unit == "s-1") {
        return *rate;
    }
    if (const auto part = parse_percentage(text); part && unit == "1") {
        return *part;
    }
    return std::unexpected(fmt::format("'{}' is not a number{}", text,
                                       unit == "s" || unit == "h" ? " or a duration"
                                       : unit == "s-1"            ? " or a rate"
                                                                  : ""));
}

class AssertionReader {
  public:
    AssertionReader(Build& build, const YamlNode& node, std::string path)
        : build_(build), node_(node), path_(std::move(path)) {}

    std::optional<Assertion> read() {
        Assertion assertion;
        assertion.text = node_.text;
        std::string_view rest = trimmed(assertion.text);
        constexpr std::string_view prefix = "every replication:";
        if (rest.starts_with(prefix)) {
            assertion.every_replication = true;
            rest = trimmed(rest.substr(prefix.size()));
        }
        const std::size_t at = rest.find_first_of("<>=!");
        const auto comparison =
            at == std::string_view::npos ? std::nullopt : operator_at(rest.substr(at));
        if (!comparison) {
            complain("bad-value", "an assertion is 'metric op value', op one of < <= > >= ==");
            return std::nullopt;
        }
        const std::string_view metric = trimmed(rest.substr(0, at));
        const std::string_view value = trimmed(rest.substr(at + comparison->second));
        const MetricDefinition* definition = find_metric(metric, assertion.metric);
        if (definition == nullptr) {
            return std::nullopt;
        }
        const auto number = parse_value(value, definition->unit);
        if (!number) {
            complain("bad-value", number.error());
            return std::nullopt;
        }
        assertion.comparison = comparison->first;
        assertion.value = *number;
        return assertion;
    }

  private:
    void complain(std::string_view code, std::string message, std::string_view suggestion = {}) {
        build_.report.error(node_.mark, {.code = code,
                                         .message = std::move(message),
                                         .path = path_,
                                         .suggestion = suggestion,
                                         .width = width_of(node_)});
    }
    /// With one group bare or prefixed, with several prefixed; `canonical` as the summary names it.
    const MetricDefinition* find_metric(std::string_view metric, std::string& canonical) {
        const auto& consumers = build_.scenario.consumers;
        std::vector<std::string> names;
        for (const ConsumerGroup& consumer : consumers) {
            for (const MetricDefinition& definition : metric_definitions()) {
                const std::string prefixed = fmt::format("{}.{}", consumer.group, definition.name);
                const bool bare = consumers.size() == 1 && metric == definition.name;
                if (bare || metric == prefixed) {
                    canonical = consumers.size() == 1 ? std::string(definition.name) : prefixed;
                    return &definition;
                }
                names.push_back(consumers.size() == 1 ? std::string(definition.name) : prefixed);
            }
        }
        const bool prefix_missing =
            consumers.size() > 1 &&
            std::ranges::count(metric_definitions(), metric, &MetricDefinition::name) > 0;
        const std::vector<std::string_view> candidates(names.begin(), names.end());
        complain("unknown-metric",
                 prefix_missing ? fmt::format("with several groups write GROUP.{}", metric)
                                : fmt::format("there is no metric '{}'", metric),
                 did_you_mean(metric, candidates));
        return nullptr;
    }

    Build& build_;
    const YamlNode& node_;
    std::string path_;
};

}  // namespace

void build_assertions(Build& build, const YamlNode& spec) {
    const YamlNode* assertions = value_of(spec, "assertions");
    if (assertions == nullptr) {
        return;
    }
    for (std::size_t i = 0; i < assertions->items.size(); ++i) {
        const YamlNode& node = assertions->items[i];
        if (!node.is_scalar() || node.invalid) {
            continue;
        }
        if (const auto assertion =
                AssertionReader(build, node, fmt::format("spec.assertions[{}]", i)).read()) {
            build.scenario.assertions.push_back(*assertion);
        }
    }
}

}  // namespace lagsim::sim
