#include "core/scaling/keda_operator.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/scaling/kubernetes_quantity.h"
#include "core/scaling/scaled_object.h"

namespace lagsim::core {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

/// metav1.Time through the API server.
[[nodiscard]] Instant whole_seconds(Instant instant) {
    return std::chrono::floor<std::chrono::seconds>(instant);
}

[[nodiscard]] FallbackTarget fallback_target(const TriggerParameters& trigger) {
    const auto* kafka = std::get_if<KafkaTriggerParameters>(&trigger.spec);
    return {.value = kafka != nullptr ? static_cast<double>(kafka->lag_threshold) : 1.0,
            .type = trigger.target_type};
}

}  // namespace

KedaOperator::KedaOperator(ScaledObjectParameters parameters, Instant created, std::int64_t epoch_s)
    : parameters_(std::move(parameters)),
      created_(whole_seconds(created)),
      epoch_s_(epoch_s),
      scalers_(parameters_.triggers.size()),
      records_(parameters_.triggers.size()) {
    for (std::size_t i = 0; i < scalers_.size(); ++i) {
        const auto* kafka = std::get_if<KafkaTriggerParameters>(&parameters_.triggers[i].spec);
        if (kafka != nullptr) {
            scalers_[i].emplace(*kafka, parameters_.keda_version);
        }
    }
    server_.health.resize(scalers_.size());
    loop_copy_ = server_;
    reconcile();
}

void KedaOperator::reconcile() {
    if (cache_object_ != CacheObject::none) {
        return;
    }
    forget_progress();
    cache_object_ = CacheObject::own;
    cache_copy_ = {};
    cache_copy_.health.resize(scalers_.size());
}

void KedaOperator::forget_progress() {
    for (std::optional<KafkaTrigger>& scaler : scalers_) {
        if (scaler) {
            scaler->forget();
        }
    }
}

void KedaOperator::annotate(const std::string& key, const std::optional<std::string>& value) {
    if (value) {
        parameters_.annotations.insert_or_assign(key, *value);
    } else {
        parameters_.annotations.erase(key);
    }
}

void KedaOperator::drop_scalers() {
    cache_object_ = CacheObject::none;
}

void KedaOperator::stop() {
    drop_scalers();
    std::ranges::fill(records_, std::nullopt);
}

void KedaOperator::set_paused(bool paused) {
    server_.conditions.paused =
        paused ? Condition{.status = ConditionStatus::yes, .reason = "ScaledObjectPaused"}
               : Condition{.status = ConditionStatus::no, .reason = ""};
}

bool KedaOperator::is_external(std::size_t trigger) const {
    return !std::holds_alternative<ResourceTriggerParameters>(parameters_.triggers[trigger].spec);
}

/// performGetScalersCache: one scaler that cannot be built fails them all.
bool KedaOperator::build_scalers(const World& world, CacheObject object) {
    if (cache_object_ != CacheObject::none) {
        return true;
    }
    const bool needs_broker =
        std::ranges::any_of(scalers_, &std::optional<KafkaTrigger>::has_value);
    if (needs_broker && world.broker.unreachable) {
        return false;
    }
    forget_progress();
    cache_object_ = object;
    cache_copy_ = server_;
    return true;
}

/// cronScaler.GetMetricsAndActivity; time zones other than UTC are not known here.
TriggerRecord KedaOperator::evaluate_cron(const CronTriggerParameters& cron, Instant now) const {
    const std::optional<CronSchedule> start = parse_cron_schedule(cron.start);
    const std::optional<CronSchedule> end = parse_cron_schedule(cron.end);
    const bool utc = cron.timezone == "UTC" || cron.timezone == "Etc/UTC";
    TriggerRecord record;
    if (!start || !end || !utc) {
        record.error = TriggerError::not_modelled;
        return record;
    }
    const std::int64_t now_s = epoch_s_ + nanoseconds(whole_seconds(now)) / second_ns;
    record.active = inside_cron_interval(*start, *end, now_s);
    record.milli = record.active ? std::max(0, cron.desired_replicas) * std::int64_t{1000} : 0;
    record.transmitted_milli = record.milli;
    return record;
}

/// GetMetricsAndActivityForScaler: a failing scaler is rebuilt and asked once more.
TriggerRecord KedaOperator::evaluate(std::size_t trigger, const World& world,
                                     std::int32_t& queries) {
    const TriggerParameters& parameters = parameters_.triggers[trigger];
    if (const auto* cron = std::get_if<CronTriggerParameters>(&parameters.spec)) {
        return evaluate_cron(*cron, world.now);
    }
    KafkaTrigger& scaler = *scalers_[trigger];
    LagReading reading = scaler.evaluate(world.broker);
    queries += reading.queries;
    if (reading.error != TriggerError::none && reading.error != TriggerError::unreachable) {
        scaler.forget();
        reading = scaler.evaluate(world.broker);
        queries += reading.queries;
    }
    TriggerRecord record{.error = reading.error};
    if (reading.error == TriggerError::none) {
        record.lag = reading.total_lag;
        record.milli = reported_milli(reading.lag);
        record.transmitted_milli = transmitted_milli(reading.lag);
        record.active = reading.active;
    }
    return record;
}

TriggerRecord KedaOperator::observe(std::size_t trigger, const TriggerRecord& raw,
                                    const World& world, ScaledObjectStatus& copy) {
    return with_fallback(parameters_, raw, trigger, fallback_target(parameters_.triggers[trigger]),
                         world.replicas, {.server = server_, .copy = copy});
}

TriggerRecord KedaOperator::observe(std::size_t trigger, const World& world,
                                    ScaledObjectStatus& copy, std::int32_t& queries) {
    return observe(trigger, evaluate(trigger, world, queries), world, copy);
}

/// getScaledObjectState.
void KedaOperator::collect_state(const World& world, bool hpa_observations_usable, Poll& poll) {
    bool any_external = false;
    for (std::size_t i = 0; i < parameters_.triggers.size(); ++i) {
        if (!is_external(i)) {
            continue;
        }
        any_external = true;
        poll.reused[i] = hpa_observations_usable && records_[i];
        poll.records[i] =
            poll.reused[i] ? *records_[i] : observe(i, world, loop_copy_, poll.queries);
        const TriggerRecord& record = poll.records[i];
        poll.fallback_active = poll.fallback_active || record.fallback_active;
        poll.error = poll.error || record.error != TriggerError::none;
        poll.active = poll.active || (record.error == TriggerError::none &&
                                      (record.active || record.fallback_active));
    }
    if (poll.error) {
        drop_scalers();
    }
    if (!any_external) {
        poll.active = true;  // cpu and memory alone could never leave zero
    }
}

/// handleResult, and the records for useCachedMetrics.
void KedaOperator::store_result(const World& world, const Poll& poll) {
    apply(poll.scale.conditions, server_.conditions);
    if (poll.scale.was_active) {
        server_.last_active = whole_seconds(world.now);
    }
    for (std::size_t i = 0; i < parameters_.triggers.size(); ++i) {
        if (parameters_.triggers[i].use_cached_metrics && is_external(i)) {
            records_[i] = poll.records[i];
        }
    }
}

KedaOperator::Poll KedaOperator::poll(const World& world,
                                      const std::optional<Condition>& hpa_scaling_active) {
    Poll poll;
    poll.records.resize(parameters_.triggers.size());
    poll.reused.resize(parameters_.triggers.size());
    loop_copy_ = server_;
    const bool fallback_before = loop_copy_.conditions.fallback.status == ConditionStatus::yes;
    poll.built = build_scalers(world, CacheObject::of_loop);
    if (!poll.built) {
        return poll;
    }
    const bool hpa_queries =
        hpa_scaling_active && hpa_scaling_active->status == ConditionStatus::yes;
    collect_state(world, uses_hpa_observations(parameters_) && hpa_queries, poll);
    poll.fallback_started = poll.fallback_active && !fallback_before;
    poll.fallback_ended = !poll.fallback_active && fallback_before;
    poll.scale = request_scale(parameters_, {.now = world.now,
                                             .replicas = world.replicas.current,
                                             .active = poll.active,
                                             .error = poll.error,
                                             .created = created_,
                                             .last_active = loop_copy_.last_active,
                                             .hpa_scaling_active = hpa_scaling_active});
    store_result(world, poll);
    return poll;
}

KedaOperator::Answer KedaOperator::answer(std::size_t trigger, const World& world) {
    Answer answer;
    if (!build_scalers(world, CacheObject::own)) {
        answer.failed = true;
        answer.record.error = TriggerError::unreachable;
        return answer;
    }
    ScaledObjectStatus& copy = cache_object_ == CacheObject::of_loop ? loop_copy_ : cache_copy_;
    const TriggerParameters& parameters = parameters_.triggers[trigger];
    answer.reused = parameters.use_cached_metrics && records_[trigger];
    answer.record = answer.reused ? observe(trigger, *records_[trigger], world, copy)
                                  : observe(trigger, world, copy, answer.queries);
    if (uses_hpa_observations(parameters_)) {
        records_[trigger] = answer.record;
    }
    answer.failed = answer.record.error != TriggerError::none;
    if (answer.failed) {
        drop_scalers();
    }
    return answer;
}

}  // namespace lagsim::core
