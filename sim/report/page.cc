#include "sim/report/page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sim/report/assets.h"
#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/results/sparkline.h"
#include "sim/results/summary.h"

namespace lagsim::sim::report {
namespace {

using Section = std::string (*)(const Place&);

constexpr std::array<Section, 7> of_a_group{timeline,   heat_map, latency, decisions,
                                            rebalances, flapping, owners};

std::string heading(const ReportInput& input) {
    const StoredResult& result = input.run.result;
    std::string text = fmt::format(
        "<header>\n<h1>{}</h1>\n<p class=\"note\">{} · seed {} · fingerprint {} · lagsim {}</p>\n",
        escaped(result.scenario), escaped(input.file), escaped(result.seed),
        fingerprint_text(result.fingerprint), escaped(result.version));
    if (input.scenario && !input.scenario->scenario.description.empty()) {
        text += paragraph(escaped(input.scenario->scenario.description));
    }
    return text + "</header>\n";
}

/// One report; `id` begins every id in it.
std::string report(const ReportInput& input, const std::string& id) {
    const Place whole{input, 0, id};
    std::string text = heading(input) + answer(whole);
    for (std::size_t group = 0; group < input.groups.size(); ++group) {
        const Place place{input, group, fmt::format("{}g{}-", id, group)};
        if (input.groups.size() > 1) {
            text += fmt::format("<h2 class=\"group\">Consumer group {}</h2>\n",
                                escaped(input.groups[group].name));
        }
        for (const Section make : of_a_group) {
            text += make(place);
        }
    }
    return text + ledger(whole) + lint_findings(whole) + all_metrics(whole) +
           scenario_and_command(whole);
}

std::string mean_and_width(const MetricSummary& metric) {
    if (!std::isfinite(metric.interval.mean)) {
        return "–";
    }
    const std::string mean = readable_number(metric.interval.mean);
    return std::isfinite(metric.interval.half_width)
               ? escaped(mean + " ± " + readable_number(metric.interval.half_width))
               : escaped(mean);
}

/// What both files measured, one line a metric.
std::string side_by_side(const ReportInput& a, const ReportInput& b) {
    Table table{.caption = "Means over replications with the half-widths of their 95 % intervals",
                .head = {"metric", "unit", "1: " + a.file, "2: " + b.file, "2 is"},
                .rows = {},
                .kind = "numbers both"};
    for (const MetricSummary& first : a.run.result.metrics) {
        const auto& others = b.run.result.metrics;
        const auto second = std::ranges::find(others, first.name, &MetricSummary::name);
        if (second == others.end()) {
            continue;
        }
        const double change = 100.0 * (second->interval.mean / first.interval.mean - 1.0);
        table.rows.push_back({escaped(first.name), escaped(first.unit), mean_and_width(first),
                              mean_and_width(*second),
                              std::isfinite(change) ? fmt::format("{:+.1f} %", change) : "–"});
    }
    return section(
        "both", "Side by side",
        paragraph(
            "Each file's own means: their difference is not paired, so replications "
            "of the same traffic are not set off against each other; lagsim compare does that.",
            "note") +
            html(table));
}

/// Each `{{name}}` of the template once, in its order.
std::string filled(std::string_view form,
                   std::span<const std::pair<std::string_view, std::string_view>> parts) {
    std::string text;
    for (const auto& [name, value] : parts) {
        const std::size_t at = form.find(name);
        text.append(form.substr(0, at)).append(value);
        form.remove_prefix(at + name.size());
    }
    return text.append(form);
}

}  // namespace

std::string page(std::span<const ReportInput> inputs) {
    std::string title;
    std::string body;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::string id = inputs.size() == 1 ? "" : fmt::format("r{}-", i);
        title += (i == 0 ? "" : " and ") + inputs[i].run.result.scenario;
        body += fmt::format("<div class=\"report\">\n{}</div>\n", report(inputs[i], id));
    }
    if (inputs.size() == 2) {
        body = "<div class=\"report whole\">\n" + side_by_side(inputs[0], inputs[1]) + "</div>\n" +
               body;
    }
    const Assets& fixed = assets();
    const std::string name = escaped(title + " – lagsim report");
    const std::string_view kind = inputs.size() == 1 ? "one" : "several";
    return filled(fixed.page, std::array<std::pair<std::string_view, std::string_view>, 7>{
                                  {{"{{script-hash}}", fixed.script_hash},
                                   {"{{style-hash}}", fixed.style_hash},
                                   {"{{title}}", name},
                                   {"{{style}}", fixed.style},
                                   {"{{kind}}", kind},
                                   {"{{body}}", body},
                                   {"{{script}}", fixed.script}}});
}

}  // namespace lagsim::sim::report
