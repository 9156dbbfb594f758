#include "sim/calibrate/calibration_report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/results/sparkline.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json estimate_json(const Estimate& estimate) {
    return {{"mean", number(estimate.mean)},
            {"half_width", number(estimate.half_width)},
            {"n", estimate.n},
            {"confidence", 0.95}};
}

const char* server(ServedBy served_by) {
    return served_by == ServedBy::pod ? "pod" : "partition";
}

Json arrival_json(const ArrivalFit& fit) {
    Json weights = Json::array();
    for (const double weight : fit.weights) {
        weights.push_back(number(weight));
    }
    return {{"topic", fit.topic},
            {"records", number(fit.records)},
            {"mean_rate", number(fit.mean_rate)},
            {"weights", weights},
            {"even", fit.even},
            {"dispersion", number(fit.dispersion)},
            {"steadiness", number(fit.steadiness)}};
}

std::string in_seconds(double seconds) {
    return seconds < 1.0 ? fmt::format("{:.4g} ms", seconds * 1e3)
                         : fmt::format("{:.4g} s", seconds);
}

std::string with_width(const Estimate& estimate) {
    return std::isnan(estimate.half_width)
               ? in_seconds(estimate.mean)
               : fmt::format("{} ± {}", in_seconds(estimate.mean), in_seconds(estimate.half_width));
}

double peak(const ArrivalFit& fit) {
    double most = 0.0;
    for (const RateRow& row : fit.rate) {
        most = std::fmax(most, row.rate);
    }
    return most;
}

std::string arrival_words(const ArrivalFit& fit) {
    const auto [low, high] = std::ranges::minmax_element(fit.weights);
    const std::string shares =
        fit.even ? std::string("even")
                 : fmt::format("{:.2f} % to {:.2f} % each", *low * 100.0, *high * 100.0);
    return fmt::format(
        "{}: mean {}/s, peak {}/s; {} partitions, {}; spread {:.3g} of independent "
        "records",
        fit.topic, readable_number(fit.mean_rate), readable_number(peak(fit)), fit.weights.size(),
        shares, fit.dispersion);
}

std::string service_words(const ServiceFit& fit) {
    if (std::isnan(fit.seconds.mean)) {
        return "unknown: nothing was committed";
    }
    if (!fit.busy) {
        return fmt::format(
            "at most {} a record of a {}: no partition was ever busy, so the "
            "recording shows no more than that",
            in_seconds(fit.seconds.mean), server(fit.served_by));
    }
    return fmt::format("{} a record of a {}, cv at most {:.2g}", with_width(fit.seconds),
                       server(fit.served_by), fit.cv);
}

std::string server_words(const ServiceFit& fit) {
    const std::string seen =
        std::isnan(fit.exponent.mean)
            ? std::string("the recording cannot tell")
            : fmt::format("a busy partition's speed goes with pods^{:.2f} ± {:.2f}",
                          fit.exponent.mean, fit.exponent.half_width);
    return fmt::format("{} ({}; {})", server(fit.served_by),
                       fit.asked        ? "as asked"
                       : fit.told_apart ? "as seen"
                                        : "assumed",
                       seen);
}

std::string startup_words(const StartupFit& fit, double step) {
    if (fit.seconds.n == 0) {
        return "unknown: no pod was seen to start";
    }
    return fmt::format(
        "{} from {} starts, cv {:.2g}, known to {} (the samples' distance); "
        "distance from gamma {:.2f}",
        with_width(fit.seconds), fit.seconds.n, fit.cv, in_seconds(step), fit.distance);
}

}  // namespace

std::string calibration_words(const Calibration& calibration) {
    const Recording& recording = calibration.recording;
    std::string text;
    const auto line = [&](std::string_view label, const std::string& value) {
        text += fmt::format("{:<14}{}\n", label, value);
    };
    line("Group", recording.group);
    line("Recording",
         fmt::format("{} in steps of {}",
                     short_seconds(recording.step * static_cast<double>(recording.instants - 1)),
                     in_seconds(recording.step)));
    for (const ArrivalFit& fit : calibration.arrivals) {
        line("Arrivals", arrival_words(fit));
    }
    line("Service time", service_words(calibration.service));
    line("Server", server_words(calibration.service));
    if (calibration.service.busy) {
        line("Fit", fmt::format("{} busy steps; a step's count is off by {:.2g} % on average; "
                                "distance from normal {:.2f}; {} steps stopped, {} left out",
                                calibration.service.steps, calibration.service.error * 100.0,
                                calibration.service.distance, calibration.service.stopped,
                                calibration.service.left_out));
    }
    line("Pod start-up", startup_words(calibration.startup, recording.step));
    for (const std::string& note : recording.notes) {
        line("Note", note);
    }
    return text;
}

std::string calibration_json(const Calibration& calibration) {
    const ServiceFit& service = calibration.service;
    Json arrivals = Json::array();
    for (const ArrivalFit& fit : calibration.arrivals) {
        arrivals.push_back(arrival_json(fit));
    }
    const Json object = {{"schema", "lagsim.calibrate/1"},
                         {"group", calibration.recording.group},
                         {"step_s", calibration.recording.step},
                         {"steps", calibration.recording.instants - 1},
                         {"arrivals", arrivals},
                         {"service",
                          {{"seconds", estimate_json(service.seconds)},
                           {"upper_bound_only", !service.busy},
                           {"served_by", server(service.served_by)},
                           {"told_apart", service.told_apart},
                           {"exponent", estimate_json(service.exponent)},
                           {"cv_at_most", number(service.cv)},
                           {"steps", service.steps},
                           {"stopped", service.stopped},
                           {"left_out", service.left_out},
                           {"mean_absolute_error", number(service.error)},
                           {"distance", number(service.distance)}}},
                         {"startup",
                          {{"seconds", estimate_json(calibration.startup.seconds)},
                           {"cv", number(calibration.startup.cv)},
                           {"distance", number(calibration.startup.distance)}}},
                         {"notes", calibration.recording.notes}};
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lagsim::sim
