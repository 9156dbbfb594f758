#include "sim/autoscale/recorded.h"

#include <algorithm>
#include <set>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/scaling/autoscaler.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr core::Duration sync_period{15'000'000'000};

/// [records] A whole number where it is one.
[[nodiscard]] Json records_of(const std::optional<std::int64_t>& milli) {
    if (!milli) {
        return {};
    }
    if (*milli % 1000 == 0) {
        return *milli / 1000;
    }
    return static_cast<double>(*milli) / 1000.0;
}

/// [s] Divided, not multiplied by 1e-9: 15 s must read 15.0.
[[nodiscard]] double time_of(core::Instant now) {
    return static_cast<double>(core::nanoseconds(now)) / 1e9;
}

class Recording {
  public:
    Recording(const core::ScaledObjectParameters& parameters, const core::HpaParameters& hpa,
              const LagSeries& series, const RecordedOptions& options)
        : autoscaler_(parameters, hpa, core::Instant{} + options.keda_phase),
          playback_(series),
          spec_(options.replicas.value_or(parameters.min_replica_count.value_or(0))) {}

    [[nodiscard]] Json poll(core::Instant now) {
        playback_.advance(now);
        const core::PollOutcome outcome = autoscaler_.poll(now, observe(), playback_.state());
        Json json{{"t", time_of(now)}, {"who", "keda"}, {"active", outcome.active}};
        json["lag"] = outcome.metric_milli ? Json(outcome.lag) : Json();
        json["metric"] = records_of(outcome.metric_milli);
        write(outcome.replicas, json);
        json["action"] = core::to_string(outcome.action);
        return json;
    }

    [[nodiscard]] Json sync(core::Instant now) {
        playback_.advance(now);
        const core::SyncOutcome outcome = autoscaler_.sync(now, observe(), playback_.state());
        Json json{{"t", time_of(now)}, {"who", "hpa"}};
        json["metric"] = records_of(outcome.metric_milli);
        json["raw"] = outcome.proposal ? Json(*outcome.proposal) : Json();
        write(outcome.replicas, json);
        json["limited_by"] = outcome.limited_by;
        return json;
    }

  private:
    [[nodiscard]] core::ScaleObservation observe() const {
        const core::Replicas replicas{spec_};
        return {.spec = replicas,
                .status = replicas,
                .listed = replicas,
                .ready = replicas,
                .pods = {}};
    }

    void write(const std::optional<core::Replicas>& replicas, Json& json) {
        json["before"] = spec_;
        spec_ = replicas ? replicas->value() : spec_;
        json["replicas"] = spec_;
    }

    core::Autoscaler autoscaler_;
    LagPlayback playback_;
    std::int32_t spec_;
};

}  // namespace

std::vector<Diagnostic> not_modelled(const ScaledObjectManifest& manifest) {
    std::vector<Diagnostic> diagnostics;
    const auto complain = [&](std::string path, std::string message) {
        const auto found = manifest.header.positions.find(path);
        const Position& at =
            found == manifest.header.positions.end() ? manifest.header.position : found->second;
        diagnostics.push_back({.file = at.file,
                               .line = at.line,
                               .column = at.column,
                               .path = std::move(path),
                               .severity = Severity::error,
                               .code = "not-modelled",
                               .message = std::move(message),
                               .suggestion = {},
                               .source_line = at.source_line,
                               .width = 1});
    };
    for (std::size_t i = 0; i < manifest.parameters.triggers.size(); ++i) {
        if (!std::holds_alternative<core::KafkaTriggerParameters>(
                manifest.parameters.triggers[i].spec)) {
            complain(fmt::format("spec.triggers[{}].type", i),
                     "a lag series drives kafka triggers only; cpu, memory and cron need more than "
                     "this file, a simulation (`lagsim run`) has it");
        }
    }
    if (manifest.scaling_modifiers) {
        complain("spec.advanced.scalingModifiers", "scaling modifiers are not modelled");
    }
    return diagnostics;
}

std::string only_topic(const core::ScaledObjectParameters& parameters) {
    std::set<std::string> topics;
    for (const core::TriggerParameters& trigger : parameters.triggers) {
        if (const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&trigger.spec)) {
            topics.insert(kafka->topic);
        }
    }
    return topics.size() == 1 ? *topics.begin() : "";
}

void play_recorded(const core::ScaledObjectParameters& parameters, const core::HpaParameters& hpa,
                   const LagSeries& series, const RecordedOptions& options,
                   const std::function<void(std::string_view)>& line) {
    Recording recording(parameters, hpa, series, options);
    const core::Duration poll_period{std::int64_t{parameters.polling_interval_seconds} *
                                     1'000'000'000};
    const core::Instant end =
        options.until ? core::Instant{} + *options.until : series.rows.back().at;
    core::Instant poll = core::Instant{} + options.keda_phase;
    core::Instant sync = core::Instant{} + options.hpa_phase;
    while (std::min(poll, sync) <= end) {
        if (poll <= sync) {
            line(recording.poll(poll).dump());
            poll += poll_period;
        } else {
            line(recording.sync(sync).dump());
            sync += sync_period;
        }
    }
}

}  // namespace lagsim::sim
