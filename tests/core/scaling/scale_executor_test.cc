#include "core/scaling/scale_executor.h"

#include <gtest/gtest.h>

#include "core/scaling/scaled_object.h"
#include "tests/core/scaling/broker_helper.h"

namespace lagsim::core {
namespace {

ScaledObjectParameters scaled_object(std::optional<std::int32_t> min = 0) {
    ScaledObjectParameters parameters;
    parameters.name = "so";
    TriggerParameters trigger;
    trigger.spec = article_trigger();
    parameters.triggers.push_back(trigger);
    parameters.min_replica_count = min;
    return parameters;
}

ScaleRequest request(std::int32_t replicas, bool active, bool error = false) {
    ScaleRequest result;
    result.now = at_ms(1'000'250);
    result.replicas = replicas;
    result.active = active;
    result.error = error;
    result.created = at_s(0);
    return result;
}

TEST(Executor, ActivatesFromZeroToTheMinimumOrOne) {
    EXPECT_EQ(request_scale(scaled_object(0), request(0, true)).replicas, 1);
    EXPECT_EQ(request_scale(scaled_object(std::nullopt), request(0, true)).replicas, 1);
    EXPECT_EQ(request_scale(scaled_object(6), request(0, true)).replicas, 6);
    EXPECT_EQ(request_scale(scaled_object(6), request(3, true)).replicas, std::nullopt)
        << "the HPA's business";
}

TEST(Executor, ActivatesFromIdleToTheMinimum) {
    ScaledObjectParameters parameters = scaled_object(6);
    parameters.idle_replica_count = 2;

    EXPECT_EQ(request_scale(parameters, request(2, true)).replicas, 6);
    EXPECT_EQ(request_scale(parameters, request(5, true)).replicas, 6);
    EXPECT_EQ(request_scale(parameters, request(6, true)).replicas, std::nullopt);
}

TEST(Executor, APartialErrorDoesNotRefreshLastActive) {
    const ScaleResult result = request_scale(scaled_object(), request(3, true, true));

    EXPECT_FALSE(result.was_active);
    EXPECT_EQ(result.conditions.ready,
              (Condition{.status = ConditionStatus::unknown, .reason = "PartialTriggerError"}));
    EXPECT_TRUE(request_scale(scaled_object(), request(0, true, true)).was_active)
        << "but activating does";
}

TEST(Executor, CoolsDownStrictlyAndInWholeSeconds) {
    ScaledObjectParameters parameters = scaled_object();
    parameters.cooldown_period_seconds = 60;
    ScaleRequest after = request(30, false);
    after.last_active = at_s(940);

    after.now = at_s(1000);
    EXPECT_EQ(request_scale(parameters, after).replicas, std::nullopt) << "not strictly later";
    EXPECT_EQ(request_scale(parameters, after).conditions.active.reason, "ScalerCooldown");
    after.now = at_ms(1'000'001);
    const ScaleResult result = request_scale(parameters, after);
    EXPECT_EQ(result.replicas, 0) << "from whatever count";
    EXPECT_EQ(result.action, ScaleAction::scale_to_zero);
}

TEST(Executor, UntilTheFirstActivationTheInitialCooldownHolds) {
    ScaledObjectParameters parameters = scaled_object();
    parameters.initial_cooldown_period_seconds = 1000;
    ScaleRequest idle = request(1, false);

    idle.now = at_s(1000);
    EXPECT_EQ(request_scale(parameters, idle).replicas, std::nullopt);
    idle.now = at_ms(1'000'001);
    EXPECT_EQ(request_scale(parameters, idle).replicas, 0);
}

TEST(Executor, ScalesToIdleWhereThereIsOne) {
    ScaledObjectParameters parameters = scaled_object(6);
    parameters.idle_replica_count = 2;

    const ScaleResult result = request_scale(parameters, request(9, false));

    EXPECT_EQ(result.replicas, 2);
    EXPECT_EQ(result.action, ScaleAction::scale_to_idle);
    EXPECT_EQ(request_scale(parameters, request(2, false)).replicas, std::nullopt);
    EXPECT_EQ(request_scale(parameters, request(1, false)).replicas, std::nullopt);
}

TEST(Executor, LiftsToTheMinimumWithoutCooldown) {
    EXPECT_EQ(request_scale(scaled_object(6), request(5, false)).replicas, 6);
    EXPECT_EQ(request_scale(scaled_object(6), request(0, false)).replicas, 6);
    EXPECT_EQ(request_scale(scaled_object(6), request(6, false)).replicas, std::nullopt);
    EXPECT_EQ(request_scale(scaled_object(6), request(40, false)).replicas, std::nullopt);
}

TEST(Executor, LeavesReplicasAloneOnErrorsUnlessTheFallbackIsZero) {
    ScaledObjectParameters parameters = scaled_object();
    const ScaleResult without = request_scale(parameters, request(3, false, true));
    EXPECT_EQ(without.replicas, std::nullopt);
    EXPECT_EQ(without.conditions.ready,
              (Condition{.status = ConditionStatus::no, .reason = "TriggerError"}));

    parameters.fallback = FallbackParameters{.failure_threshold = 3, .replicas = 9};
    EXPECT_EQ(request_scale(parameters, request(3, false, true)).replicas, std::nullopt);

    parameters.fallback->replicas = 0;
    EXPECT_EQ(request_scale(parameters, request(3, false, true)).replicas, 0);
}

TEST(Executor, HonoursTheAnnotations) {
    ScaledObjectParameters parameters = scaled_object();
    parameters.annotations[paused_scale_in_annotation] = "true";
    EXPECT_EQ(request_scale(parameters, request(3, false)).replicas, std::nullopt);

    parameters.annotations = {{paused_scale_out_annotation, "what"}};
    const ScaleResult held = request_scale(parameters, request(0, true));
    EXPECT_EQ(held.replicas, std::nullopt) << "not a boolean counts as true";
    EXPECT_FALSE(held.was_active);

    parameters.annotations = {{force_activation_annotation, "true"}};
    EXPECT_EQ(request_scale(parameters, request(0, false)).replicas, 1);

    parameters.annotations = {{paused_annotation, "true"}};
    const ScaleResult paused = request_scale(parameters, request(0, true));
    EXPECT_EQ(paused.replicas, std::nullopt);
    EXPECT_EQ(paused.conditions.paused.reason, "ScaledObjectPaused");
    EXPECT_EQ(paused.conditions.active.status, ConditionStatus::absent);

    parameters.annotations = {{paused_annotation, "false"}};
    EXPECT_EQ(request_scale(parameters, request(0, true)).replicas, 1);
    parameters.annotations = {{paused_replicas_annotation, ""}};
    EXPECT_EQ(request_scale(parameters, request(0, true)).replicas, std::nullopt)
        << "present is enough";
}

TEST(Executor, MirrorsTheHpasScalingActive) {
    ScaleRequest active = request(3, true);
    EXPECT_EQ(request_scale(scaled_object(), active).conditions.hpa_active.status,
              ConditionStatus::absent);

    active.hpa_scaling_active =
        Condition{.status = ConditionStatus::no, .reason = "ScalingDisabled"};
    EXPECT_EQ(request_scale(scaled_object(), active).conditions.hpa_active,
              (Condition{.status = ConditionStatus::yes, .reason = "ScalingDisabled"}));

    active.hpa_scaling_active =
        Condition{.status = ConditionStatus::no, .reason = "FailedGetExternalMetric"};
    EXPECT_EQ(request_scale(scaled_object(), active).conditions.hpa_active,
              (Condition{.status = ConditionStatus::no, .reason = "FailedGetExternalMetric"}));
}

TEST(ScaledObject, IsRefusedForImpossibleBounds) {
    ScaledObjectParameters parameters = scaled_object(6);
    EXPECT_TRUE(validate(parameters).empty());

    parameters.max_replica_count = 5;
    EXPECT_EQ(validate(parameters).front().path, "minReplicaCount");

    parameters = scaled_object(0);
    parameters.idle_replica_count = 0;
    EXPECT_TRUE(validate(parameters).empty()) << "an explicit minimum of 0 counts as 1 here";
    parameters.min_replica_count.reset();
    EXPECT_EQ(validate(parameters).front().path, "idleReplicaCount");
}

TEST(ScaledObject, IsRefusedForTriggersThatCannotBe) {
    ScaledObjectParameters parameters = scaled_object();
    parameters.triggers.clear();
    EXPECT_EQ(validate(parameters).front().path, "triggers");

    TriggerParameters cpu;
    cpu.name = "same";
    cpu.use_cached_metrics = true;
    cpu.spec = ResourceTriggerParameters{};
    parameters.triggers = {cpu, cpu};
    parameters.fallback = FallbackParameters{};
    std::vector<std::string> paths;
    for (const ScaledObjectError& error : validate(parameters)) {
        paths.push_back(error.path);
    }
    EXPECT_EQ(paths,
              (std::vector<std::string>{"fallback", "triggers[0].useCachedMetrics",
                                        "triggers[1].useCachedMetrics", "triggers[1].name"}));
}

TEST(ScaledObject, BecomesAnHpaThatNeverHearsOfZero) {
    ScaledObjectParameters parameters = scaled_object(0);
    TriggerParameters cpu;
    cpu.target_type = MetricTargetType::utilization;
    cpu.spec = ResourceTriggerParameters{.target = 60, .container_name = {}};
    parameters.triggers.insert(parameters.triggers.begin(), cpu);

    const HpaParameters hpa = hpa_of(parameters);

    EXPECT_EQ(hpa.name, "keda-hpa-so");
    EXPECT_EQ(hpa.min_replicas, 1);
    EXPECT_EQ(hpa.max_replicas, 100);
    EXPECT_FALSE(hpa.behavior.has_value());
    ASSERT_EQ(hpa.metrics.size(), 2U);
    EXPECT_EQ(hpa.metrics[0].name, "s1-kafka-orders") << "External sorts before Resource";
    EXPECT_EQ(hpa.metrics[0].target, 1'000'000);
    EXPECT_EQ(hpa.metrics[1].name, "cpu");
    EXPECT_EQ(hpa.metrics[1].target, 60);
}

TEST(ScaledObject, PauseAnnotationsDisableADirectionOfTheHpa) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.annotations[paused_scale_in_annotation] = "true";

    const HpaParameters hpa = hpa_of(parameters);

    ASSERT_TRUE(hpa.behavior.has_value());
    EXPECT_EQ(hpa.behavior->scale_down.select_policy, SelectPolicy::disabled);
    EXPECT_EQ(hpa.behavior->scale_up.select_policy, SelectPolicy::max);
}

TEST(MetricName, NormalisesTheTopic) {
    TriggerParameters trigger;
    KafkaTriggerParameters kafka = article_trigger();
    kafka.topic = "a.b/c:d%e(f)";
    trigger.spec = kafka;
    EXPECT_EQ(metric_name(trigger, 7), "s7-kafka-a-b-c-d-e-f-");
    kafka.topic = "";
    trigger.spec = kafka;
    EXPECT_EQ(metric_name(trigger, 0), "s0-kafka-g-topics");
    trigger.spec = CronTriggerParameters{
        .timezone = "Etc/UTC", .start = "0 8 * * 1,3", .end = "*/5 ? * * *", .desired_replicas = 1};
    EXPECT_EQ(metric_name(trigger, 1), "s1-cron-Etc-UTC-08xx1Cm3-xSl5Qmxxx");
}

}  // namespace
}  // namespace lagsim::core
