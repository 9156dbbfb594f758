#include "sim/autoscale/replay_stack.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/scaling/autoscaler.h"
#include "core/scaling/scaled_object.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t sync_ms = 15'000;

[[nodiscard]] core::Instant instant_of(std::int64_t milliseconds) {
    return core::at_nanoseconds(milliseconds * 1'000'000);
}

[[nodiscard]] Json condition_json(const core::Condition& condition) {
    return {{"status", core::to_string(condition.status)}, {"reason", condition.reason}};
}

/// What the recorder leaves out: conditions never set, or Unknown without a reason.
void put_condition(Json& to, const char* type, const core::Condition& condition) {
    const bool blank =
        condition.status == core::ConditionStatus::unknown && condition.reason.empty();
    if (condition.status != core::ConditionStatus::absent && !blank) {
        to[type] = condition_json(condition);
    }
}

/// What happens when; at equal times in this order.
enum class InstantKind : std::uint8_t { step, poll, create_hpa, sync };
struct VectorInstant {
    std::int64_t at_ms = 0;
    InstantKind kind = InstantKind::step;
    std::size_t step = 0;
};

[[nodiscard]] std::vector<VectorInstant> instants_of(const StackVector& vector) {
    std::vector<VectorInstant> instants;
    const std::int64_t end = vector.phase_ms + vector.duration_ms;
    for (std::size_t i = 0; i < vector.steps.size(); ++i) {
        instants.push_back({.at_ms = vector.steps[i].at_ms, .kind = InstantKind::step, .step = i});
    }
    if (vector.scaled_object) {
        const std::int64_t period = vector.scaled_object->polling_interval_seconds * 1000LL;
        for (std::int64_t t = vector.phase_ms; t <= end; t += std::max<std::int64_t>(period, 1)) {
            instants.push_back({.at_ms = t, .kind = InstantKind::poll});
        }
    }
    if (vector.with_hpa) {
        const std::int64_t created =
            vector.phase_ms + (vector.scaled_object ? vector.hpa_offset_ms : 0);
        instants.push_back({.at_ms = created, .kind = InstantKind::create_hpa});
        for (std::int64_t t = created + sync_ms; t <= end; t += sync_ms) {
            instants.push_back({.at_ms = t, .kind = InstantKind::sync});
        }
    }
    std::ranges::stable_sort(instants, {}, &VectorInstant::at_ms);
    return instants;
}

/// spec and status of the scale target; status follows spec late, or is fixed.
class ScaleTarget {
  public:
    ScaleTarget(std::int32_t replicas, std::int64_t delay_ms)
        : spec_(replicas), status_(replicas), delay_ms_(delay_ms) {}

    void set_spec(std::int32_t replicas, std::int64_t now_ms) {
        spec_ = replicas;
        if (pinned_) {
            return;
        }
        if (delay_ms_ == 0) {
            status_ = replicas;
        } else {
            pending_.push_back({.at_ms = now_ms + delay_ms_, .replicas = replicas});
        }
    }

    /// -1: follow spec again.
    void set_status(std::int32_t replicas) {
        pinned_ = replicas >= 0;
        status_ = pinned_ ? replicas : spec_;
    }

    void advance(std::int64_t now_ms) {
        while (!pending_.empty() && pending_.front().at_ms <= now_ms) {
            status_ = pinned_ ? status_ : pending_.front().replicas;
            pending_.erase(pending_.begin());
        }
    }

    [[nodiscard]] std::int32_t spec() const { return spec_; }
    [[nodiscard]] std::int32_t status() const { return status_; }

  private:
    struct Pending {
        std::int64_t at_ms = 0;
        std::int32_t replicas = 0;
    };
    std::int32_t spec_;
    std::int32_t status_;
    std::int64_t delay_ms_;
    bool pinned_ = false;
    std::vector<Pending> pending_;
};

/// The HPA as the API server will hold it; executor vectors have none and get a stand-in.
[[nodiscard]] core::HpaParameters hpa_for(const StackVector& vector) {
    if (!vector.scaled_object) {
        return vector.hpa.value_or(core::HpaParameters{});
    }
    core::ScaledObjectParameters plain = *vector.scaled_object;
    plain.annotations.clear();  // the reconciler's part of them is not run
    return core::hpa_of(plain);
}

class Player {
  public:
    explicit Player(const StackVector& vector)
        : vector_(vector),
          hpa_(hpa_for(vector)),
          autoscaler_(vector.scaled_object, hpa_, instant_of(vector.phase_ms - 20),
                      {.reconcile_pause = false, .keda_sees_pods = false}),
          target_(vector.start_replicas, vector.status_delay_ms) {
        autoscaler_.set_hpa_exists(false);
    }

    [[nodiscard]] Json play() {
        for (const VectorInstant& instant : instants_of(vector_)) {
            target_.advance(instant.at_ms);
            switch (instant.kind) {
                case InstantKind::step:
                    apply(vector_.steps[instant.step]);
                    break;
                case InstantKind::poll:
                    polls_.push_back(poll(instant.at_ms));
                    break;
                case InstantKind::create_hpa:
                    if (!create_hpa()) {
                        return result();
                    }
                    break;
                case InstantKind::sync:
                    syncs_.push_back(sync(instant.at_ms));
                    break;
            }
        }
        return result();
    }

  private:
    [[nodiscard]] bool create_hpa() {
        if (!vector_.refused.empty()) {
            head_["buildError"] = vector_.refused;
            return false;
        }
        autoscaler_.set_hpa_exists(true);
        head_["hpaName"] = hpa_.name;
        head_["hpaMin"] = hpa_.min_replicas;
        head_["hpaMax"] = hpa_.max_replicas;
        return true;
    }

    [[nodiscard]] Json result() {
        Json json = head_.is_null() ? Json::object() : head_;
        if (!syncs_.empty()) {
            json["syncs"] = std::move(syncs_);
        }
        if (!polls_.empty()) {
            json["polls"] = std::move(polls_);
        }
        return json;
    }

    void apply(const VectorStep& step) {
        if (step.broker) {
            broker_ = *step.broker;
        }
        if (step.pods) {
            pods_ = *step.pods;
        }
        external_ = &step.external;
        if (step.status_replicas) {
            target_.set_status(*step.status_replicas);
        }
        if (step.set_replicas) {
            target_.set_spec(*step.set_replicas, step.at_ms);
        }
        for (const auto& [key, value] : step.annotations) {
            autoscaler_.annotate(key, value);
        }
    }

    [[nodiscard]] core::ScaleObservation observe() {
        given_.clear();
        for (const core::HpaMetric& metric : hpa_.metrics) {
            core::ExternalMetric values;
            if (external_ != nullptr) {
                const auto found = external_->find(metric.name);
                if (found != external_->end()) {
                    values = {.values = found->second.milli, .failed = found->second.error};
                }
            }
            given_.push_back(values);
        }
        const auto ready = std::ranges::count_if(pods_, [](const core::PodObservation& pod) {
            return pod.phase == core::PodPhase::running && pod.ready == core::ReadyCondition::yes;
        });
        return {.spec = core::Replicas{target_.spec()},
                .status = core::Replicas{target_.status()},
                .listed = core::Replicas{static_cast<std::int32_t>(pods_.size())},
                .ready = core::Replicas{static_cast<std::int32_t>(ready)},
                .pods = pods_,
                .external = given_};
    }

    [[nodiscard]] std::string metric_name(std::size_t trigger) const {
        return core::metric_name(vector_.scaled_object->triggers[trigger], trigger);
    }

    [[nodiscard]] Json poll(std::int64_t at_ms) {
        Json json{{"t", at_ms}, {"before", target_.spec()}};
        const core::PollOutcome outcome =
            autoscaler_.poll(instant_of(at_ms), observe(), broker_.state());
        if (outcome.replicas) {
            target_.set_spec(outcome.replicas->value(), at_ms);
        }
        json["after"] = target_.spec();
        json["queries"] = outcome.queries;
        json["lastActive"] = outcome.last_active
                                 ? Json(core::nanoseconds(*outcome.last_active) / 1'000'000)
                                 : Json();
        json["cond"] = conditions_json(outcome.conditions);
        for (std::size_t i = 0; i < outcome.failures.size(); ++i) {
            if (outcome.failures[i] > 0) {
                json["failures"][metric_name(i)] = outcome.failures[i];
            }
        }
        add_events(outcome, json);
        return json;
    }

    [[nodiscard]] static Json conditions_json(const core::ScaledObjectConditions& conditions) {
        Json json = Json::object();
        put_condition(json, "Active", conditions.active);
        put_condition(json, "Fallback", conditions.fallback);
        put_condition(json, "HPAActive", conditions.hpa_active);
        put_condition(json, "Paused", conditions.paused);
        put_condition(json, "Ready", conditions.ready);
        return json;
    }

    static void add_events(const core::PollOutcome& outcome, Json& json) {
        if (outcome.fallback_started) {
            json["events"].push_back("ScaledObjectFallbackActivated");
        }
        if (outcome.fallback_ended) {
            json["events"].push_back("ScaledObjectFallbackDeactivated");
        }
        if (outcome.activated) {
            json["events"].push_back("KEDAScaleTargetActivated");
        }
        if (outcome.deactivated) {
            json["events"].push_back("KEDAScaleTargetDeactivated");
        }
    }

    [[nodiscard]] Json sync(std::int64_t at_ms) {
        Json json{{"t", at_ms}, {"spec", target_.spec()}, {"status", target_.status()}};
        const core::SyncOutcome outcome =
            autoscaler_.sync(instant_of(at_ms), observe(), broker_.state());
        if (vector_.scaled_object && outcome.metrics_read) {
            add_external(outcome, json);
        }
        if (outcome.queries > 0) {
            json["queries"] = outcome.queries;
        }
        if (outcome.proposal) {
            json["proposal"] = *outcome.proposal;
        }
        if (outcome.replicas) {
            target_.set_spec(outcome.replicas->value(), at_ms);
        }
        json["result"] = target_.spec();
        json["desired"] = outcome.desired;
        json["cond"] = Json::object();
        put_condition(json["cond"], "AbleToScale", outcome.conditions.able_to_scale);
        put_condition(json["cond"], "ScalingActive", outcome.conditions.scaling_active);
        put_condition(json["cond"], "ScalingLimited", outcome.conditions.scaling_limited);
        return json;
    }

    void add_external(const core::SyncOutcome& outcome, Json& json) const {
        for (std::size_t i = 0; i < outcome.readings.size(); ++i) {
            const core::TriggerReading& reading = outcome.readings[i];
            if (metric_name(i).empty()) {
                continue;
            }
            json["external"][metric_name(i)] =
                reading.error == core::TriggerError::none
                    ? Json{{"milli", Json::array({reading.metric_milli})}}
                    : Json{{"error", true}};
        }
    }

    const StackVector& vector_;
    core::HpaParameters hpa_;
    core::Autoscaler autoscaler_;
    ScaleTarget target_;
    BrokerImage broker_;
    std::vector<core::PodObservation> pods_;
    const std::map<std::string, ExternalValues>* external_ = nullptr;
    std::vector<core::ExternalMetric> given_;
    Json head_;
    Json polls_ = Json::array();
    Json syncs_ = Json::array();
};

}  // namespace

Json play_stack(const StackVector& vector) {
    if (vector.scaled_object) {
        const auto errors = core::validate(*vector.scaled_object);
        if (!errors.empty()) {
            return {{"buildError", errors.front().message}};
        }
    }
    return Player(vector).play();
}

}  // namespace lagsim::sim
