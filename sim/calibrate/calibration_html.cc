/// calibration.html: the words, and a picture of each fit.
#include <cmath>

#include <fmt/format.h>

#include "sim/calibrate/calibration_report.h"
#include "sim/calibrate/svg_plot.h"

namespace lagsim::sim {
namespace {

constexpr const char* head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Calibration</title><style>
:root { color-scheme: light dark; --ink: #222; --one: #1664b0; --two: #c2571a; }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --one: #6db3f2; --two: #f2a36d; } }
body { font: 16px/1.4 system-ui, sans-serif; max-width: 46rem; margin: 1rem auto; padding: 0 1rem; }
pre { white-space: pre-wrap; } figure { margin: 1.5rem 0; } svg { width: 100%; height: auto; }
svg text { font-size: 11px; fill: var(--ink); stroke: none; } path { fill: none; stroke-width: 1.5; }
.axis { stroke: var(--ink); } .line0 { stroke: var(--one); } .line1 { stroke: var(--two); }
svg text.line0 { fill: var(--one); } svg text.line1 { fill: var(--two); }
</style></head><body><h1>Calibration</h1>
)";

/// Observed values as a distribution function, beside a fitted one.
template <class Cdf>
Plot distribution_plot(const std::string& title, const std::string& x_label,
                       const std::vector<double>& ascending, double scale, Cdf cdf) {
    Plot plot{.title = title,
              .x_label = x_label,
              .y_label = "share at or below",
              .lines = {{.label = "recorded", .points = {}, .stairs = true},
                        {.label = "fitted", .points = {}}}};
    if (ascending.empty()) {
        return plot;
    }
    const double n = static_cast<double>(ascending.size());
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        plot.lines[0].points.emplace_back(ascending[i] * scale, static_cast<double>(i + 1) / n);
    }
    constexpr int points = 200;
    const double margin = 0.1 * (ascending.back() - ascending.front());
    const double low = std::fmax(0.0, ascending.front() - margin);
    const double high = ascending.back() + margin;
    for (int i = 0; i <= points; ++i) {
        const double x = low + (high - low) * i / points;
        plot.lines[1].points.emplace_back(x * scale, cdf(x));
    }
    return plot;
}

std::string arrival_plots(const ArrivalFit& fit) {
    Plot rate{.title = fmt::format("Arrivals of {} [records/s]", fit.topic),
              .x_label = "time [h]",
              .y_label = "records/s",
              .lines = {{.label = "rate", .points = {}, .stairs = true}}};
    for (const RateRow& row : fit.rate) {
        rate.lines[0].points.emplace_back(row.seconds / 3600.0, row.rate);
    }
    Plot shares{.title = fmt::format("Shares of the partitions of {}", fit.topic),
                .x_label = "partition",
                .y_label = "share",
                .lines = {{.label = "share", .points = {}, .stairs = true}}};
    for (std::size_t p = 0; p < fit.weights.size(); ++p) {
        shares.lines[0].points.emplace_back(static_cast<double>(p), fit.weights[p]);
    }
    shares.lines[0].points.emplace_back(static_cast<double>(fit.weights.size()),
                                        fit.weights.empty() ? 0.0 : fit.weights.back());
    return svg_plot(rate) + svg_plot(shares);
}

std::string service_plot(const ServiceFit& fit, double step) {
    if (!fit.busy) {
        return {};
    }
    const double rate = 1.0 / fit.seconds.mean;
    // As the fit has it: a count's variance is cv^2 times its mean.
    const double deviation = std::fmax(fit.cv, 1e-3) * std::sqrt(rate / step);
    return svg_plot(distribution_plot(
        fmt::format("Speed of a busy {} within a step, and a normal distribution of the fitted "
                    "mean and spread",
                    fit.served_by == ServedBy::pod ? "pod" : "partition"),
        "records/s", fit.observed, 1.0, [&](double x) { return normal_cdf(rate, deviation, x); }));
}

std::string startup_plot(const StartupFit& fit) {
    if (fit.seconds.n < 2) {
        return {};
    }
    return svg_plot(distribution_plot(
        "Pod start-up, asked for to Ready, and the gamma distribution fitted", "seconds",
        fit.observed, 1.0, [&](double x) { return gamma_cdf(fit.seconds.mean, fit.cv, x); }));
}

}  // namespace

std::string calibration_html(const Calibration& calibration) {
    std::string page = head;
    page += fmt::format("<pre>{}</pre>\n", html_text(calibration_words(calibration)));
    for (const ArrivalFit& fit : calibration.arrivals) {
        page += arrival_plots(fit);
    }
    page += service_plot(calibration.service, calibration.recording.step);
    page += startup_plot(calibration.startup);
    return page + "</body></html>\n";
}

}  // namespace lagsim::sim
