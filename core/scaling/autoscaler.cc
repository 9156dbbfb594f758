#include "core/scaling/autoscaler.h"

#include <cstddef>
#include <span>
#include <utility>

#include "core/check.h"
#include "core/scaling/go_arithmetic.h"
#include "core/scaling/go_text.h"
#include "core/scaling/horizontal_pod_autoscaler.h"
#include "core/scaling/keda_operator.h"
#include "core/scaling/scaled_object.h"

namespace lagsim::core {
namespace {

/// The HPA without KEDA: the caller hands the external metrics in.
class GivenMetrics final : public ExternalMetricSource {
  public:
    explicit GivenMetrics(const ScaleObservation& scale) : scale_(scale) {}
    [[nodiscard]] ExternalMetric read(std::size_t index) override {
        return index < scale_.external.size() ? scale_.external[index]
                                              : ExternalMetric{.values = {}, .failed = true};
    }

  private:
    const ScaleObservation& scale_;
};

/// The HPA that KEDA created: every metric is one of its triggers.
class TriggerMetrics final : public ExternalMetricSource {
  public:
    TriggerMetrics(KedaOperator& keda, const KedaOperator::World& world,
                   const std::vector<std::size_t>& triggers, SyncOutcome& outcome)
        : keda_(keda), world_(world), triggers_(triggers), outcome_(outcome) {}

    [[nodiscard]] ExternalMetric read(std::size_t index) override {
        const std::size_t trigger = triggers_[index];
        const KedaOperator::Answer answer = keda_.answer(trigger, world_);
        outcome_.queries += answer.queries;
        outcome_.readings[trigger] = {.lag = answer.record.lag,
                                      .metric_milli = answer.record.milli,
                                      .active = answer.record.active,
                                      .fallback_active = answer.record.fallback_active,
                                      .reused = answer.reused,
                                      .error = answer.record.error};
        value_ = answer.record.transmitted_milli;
        failed_ = failed_ || answer.failed;
        if (!answer.failed) {
            outcome_.lag = wrapping_add(outcome_.lag, answer.record.lag);
            sum_ = wrapping_add(sum_, answer.record.milli);
        }
        any_ = true;
        return {.values = std::span(&value_, 1), .failed = answer.failed};
    }

    [[nodiscard]] std::optional<std::int64_t> sum() const {
        return any_ && !failed_ ? std::optional(sum_) : std::nullopt;
    }

  private:
    KedaOperator& keda_;
    const KedaOperator::World& world_;
    const std::vector<std::size_t>& triggers_;
    SyncOutcome& outcome_;
    std::int64_t value_ = 0;
    std::int64_t sum_ = 0;
    bool any_ = false;
    bool failed_ = false;
};

[[nodiscard]] std::optional<std::int64_t> given_sum(const ScaleObservation& scale) {
    std::int64_t sum = 0;
    for (const ExternalMetric& metric : scale.external) {
        if (metric.failed) {
            return std::nullopt;
        }
        for (const std::int64_t value : metric.values) {
            sum = wrapping_add(sum, value);
        }
    }
    return scale.external.empty() ? std::nullopt : std::optional(sum);
}

/// For each metric of the HPA the trigger it came from, by name.
[[nodiscard]] std::vector<std::size_t> triggers_behind(const HpaParameters& hpa,
                                                       const ScaledObjectParameters& keda) {
    std::vector<std::size_t> triggers(hpa.metrics.size(), 0);
    for (std::size_t m = 0; m < hpa.metrics.size(); ++m) {
        for (std::size_t t = 0; t < keda.triggers.size(); ++t) {
            if (hpa.metrics[m].source == HpaMetric::Source::external &&
                hpa.metrics[m].name == metric_name(keda.triggers[t], t)) {
                triggers[m] = t;
            }
        }
    }
    return triggers;
}

[[nodiscard]] PollAction action_of(const KedaOperator::Poll& poll) {
    switch (poll.scale.action) {
        case ScaleAction::activate:
            return PollAction::activate;
        case ScaleAction::scale_to_zero:
            return PollAction::scale_to_zero;
        case ScaleAction::scale_to_idle:
            return PollAction::scale_to_idle;
        case ScaleAction::scale_to_min:
            return PollAction::scale_to_min;
        case ScaleAction::none:
            break;
    }
    if (poll.error || !poll.built) {
        return PollAction::error;
    }
    return poll.fallback_active ? PollAction::fallback : PollAction::none;
}

void copy_records(const KedaOperator::Poll& poll, const ScaledObjectParameters& parameters,
                  PollOutcome& outcome) {
    std::int64_t sum = 0;
    bool any = false;
    outcome.readings.resize(poll.records.size());
    for (std::size_t i = 0; i < poll.records.size(); ++i) {
        const TriggerRecord& record = poll.records[i];
        outcome.readings[i] = {.lag = record.lag,
                               .metric_milli = record.milli,
                               .active = record.active,
                               .fallback_active = record.fallback_active,
                               .reused = poll.reused[i],
                               .error = record.error};
        const bool resource =
            std::holds_alternative<ResourceTriggerParameters>(parameters.triggers[i].spec);
        if (poll.built && !resource && record.error == TriggerError::none) {
            outcome.lag = wrapping_add(outcome.lag, record.lag);
            sum = wrapping_add(sum, record.milli);
            any = true;
        }
    }
    outcome.metric_milli = any ? std::optional(sum) : std::nullopt;
}

}  // namespace

std::string_view to_string(PollAction action) {
    switch (action) {
        case PollAction::none:
            break;
        case PollAction::activate:
            return "activate";
        case PollAction::scale_to_zero:
            return "scale-to-zero";
        case PollAction::scale_to_idle:
            return "scale-to-idle";
        case PollAction::scale_to_min:
            return "scale-to-min";
        case PollAction::fallback:
            return "fallback";
        case PollAction::error:
            return "error";
    }
    return "none";
}

struct Autoscaler::State {
    std::optional<KedaOperator> keda;
    HorizontalPodAutoscaler hpa;
    std::vector<std::size_t> triggers;  ///< by metric of the HPA
    AutoscalerOptions options;
    bool hpa_exists = true;
    bool paused = false;  ///< by the reconciler

    [[nodiscard]] KedaOperator::World world(Instant now, const ScaleObservation& scale,
                                            const BrokerState& broker) const {
        return {.now = now,
                .broker = broker,
                .replicas = {.current = scale.spec.value(),
                             .ready = options.keda_sees_pods ? scale.ready.value() : 0}};
    }

    /// The reconciler's part of the pause annotations: no loop and no HPA, so their memory goes.
    [[nodiscard]] bool reconcile_pause() {
        const bool wanted =
            keda && options.reconcile_pause && paused_by_annotation(keda->parameters());
        if (wanted != paused) {
            paused = wanted;
            keda->set_paused(paused);
            keda->stop();
            hpa = HorizontalPodAutoscaler(hpa.parameters());
        }
        return paused;
    }

    [[nodiscard]] std::optional<std::int32_t> paused_replicas() const {
        const auto& annotations = keda->parameters().annotations;
        const auto found = annotations.find(paused_replicas_annotation);
        return found == annotations.end() ? std::nullopt : parse_go_int32(found->second);
    }

    [[nodiscard]] PollOutcome paused_poll(const ScaleObservation& scale) const {
        PollOutcome outcome;
        const std::optional<std::int32_t> wanted = paused_replicas();
        if (wanted && *wanted != scale.spec.value()) {
            outcome.replicas = Replicas{*wanted};
        }
        outcome.conditions = keda->status().conditions;
        outcome.last_active = keda->status().last_active;
        outcome.readings.resize(keda->parameters().triggers.size());
        outcome.failures.resize(keda->parameters().triggers.size());
        return outcome;
    }
};

Autoscaler::Autoscaler(std::optional<ScaledObjectParameters> scaled_object, HpaParameters hpa,
                       Instant created, AutoscalerOptions options)
    : state_(std::make_unique<State>(State{.keda = std::nullopt,
                                           .hpa = HorizontalPodAutoscaler(std::move(hpa)),
                                           .triggers = {},
                                           .options = options})) {
    if (scaled_object) {
        state_->triggers = triggers_behind(state_->hpa.parameters(), *scaled_object);
        state_->keda.emplace(*std::move(scaled_object), created, options.epoch_s);
    }
}

Autoscaler::~Autoscaler() = default;
Autoscaler::Autoscaler(Autoscaler&&) noexcept = default;
Autoscaler& Autoscaler::operator=(Autoscaler&&) noexcept = default;

PollOutcome Autoscaler::poll(Instant now, const ScaleObservation& scale,
                             const BrokerState& broker) {
    LAGSIM_CHECK(state_->keda.has_value(), "only a ScaledObject is polled");
    if (state_->reconcile_pause()) {
        return state_->paused_poll(scale);
    }
    KedaOperator& keda = *state_->keda;
    const std::optional<Condition> scaling_active =
        state_->hpa_exists ? std::optional(state_->hpa.conditions().scaling_active) : std::nullopt;
    const KedaOperator::Poll poll = keda.poll(state_->world(now, scale, broker), scaling_active);
    PollOutcome outcome;
    outcome.action = action_of(poll);
    outcome.active = poll.active;
    outcome.error = poll.error || !poll.built;
    outcome.built = poll.built;
    outcome.activated = poll.scale.action == ScaleAction::activate;
    outcome.deactivated = poll.scale.action == ScaleAction::scale_to_zero ||
                          poll.scale.action == ScaleAction::scale_to_idle;
    outcome.fallback_started = poll.fallback_started;
    outcome.fallback_ended = poll.fallback_ended;
    outcome.queries = poll.queries;
    if (poll.scale.replicas) {
        outcome.replicas = Replicas{*poll.scale.replicas};
    }
    copy_records(poll, keda.parameters(), outcome);
    outcome.conditions = keda.status().conditions;
    outcome.last_active = keda.status().last_active;
    for (const TriggerHealth& health : keda.status().health) {
        outcome.failures.push_back(health.failures.value_or(0));
    }
    return outcome;
}

SyncOutcome Autoscaler::sync(Instant now, const ScaleObservation& scale,
                             const BrokerState& broker) {
    SyncOutcome outcome;
    if (state_->reconcile_pause() || !state_->hpa_exists) {
        return outcome;
    }
    HorizontalPodAutoscaler::Decision decision;
    if (state_->keda) {
        outcome.readings.resize(state_->keda->parameters().triggers.size());
        const KedaOperator::World world = state_->world(now, scale, broker);
        TriggerMetrics metrics(*state_->keda, world, state_->triggers, outcome);
        decision = state_->hpa.sync(now, scale, metrics);
        outcome.metric_milli = metrics.sum();
    } else {
        GivenMetrics metrics(scale);
        decision = state_->hpa.sync(now, scale, metrics);
        outcome.metric_milli = decision.metrics_read ? given_sum(scale) : std::nullopt;
    }
    if (decision.rescale) {
        outcome.replicas = Replicas{*decision.rescale};
    }
    outcome.proposal = decision.proposal;
    outcome.stabilized = decision.stabilized;
    outcome.metrics_read = decision.metrics_read;
    outcome.limited_by = decision.limited_by;
    outcome.desired = state_->hpa.desired_replicas();
    outcome.conditions = state_->hpa.conditions();
    return outcome;
}

void Autoscaler::set_hpa_exists(bool exists) {
    if (exists && !state_->hpa_exists && state_->keda) {
        state_->keda->reconcile();
    }
    state_->hpa_exists = exists;
}

void Autoscaler::annotate(const std::string& key, const std::optional<std::string>& value) {
    if (state_->keda) {
        state_->keda->annotate(key, value);
    }
}

void Autoscaler::restart_hpa_controller() {
    state_->hpa.forget();
}

void Autoscaler::restart_keda() {
    if (state_->keda) {
        state_->keda->stop();
    }
}

}  // namespace lagsim::core
