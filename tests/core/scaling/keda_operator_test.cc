/// Poll and HPA request together: fallback, records, the scalers' lifetime.
#include <gtest/gtest.h>

#include "core/scaling/autoscaler.h"
#include "core/scaling/cron_schedule.h"
#include "core/scaling/scaled_object.h"
#include "tests/core/scaling/broker_helper.h"

namespace lagsim::core {
namespace {

ScaledObjectParameters scaled_object(std::optional<std::int32_t> min) {
    ScaledObjectParameters parameters;
    parameters.name = "so";
    parameters.min_replica_count = min;
    parameters.max_replica_count = 30;
    TriggerParameters trigger;
    trigger.spec = article_trigger();
    parameters.triggers.push_back(trigger);
    return parameters;
}

/// One target driven by hand.
class Target {
  public:
    explicit Target(const ScaledObjectParameters& parameters, std::int32_t replicas = 1,
                    AutoscalerOptions options = {})
        : autoscaler(parameters, hpa_of(parameters), at_s(0), options), replicas_(replicas) {}

    PollOutcome poll(std::int64_t ms, const BrokerState& broker) {
        PollOutcome outcome = autoscaler.poll(at_ms(ms), scale(), broker);
        replicas_ = outcome.replicas ? outcome.replicas->value() : replicas_;
        return outcome;
    }
    SyncOutcome sync(std::int64_t ms, const BrokerState& broker) {
        SyncOutcome outcome = autoscaler.sync(at_ms(ms), scale(), broker);
        replicas_ = outcome.replicas ? outcome.replicas->value() : replicas_;
        return outcome;
    }
    [[nodiscard]] std::int32_t replicas() const { return replicas_; }

    Autoscaler autoscaler;

  private:
    [[nodiscard]] ScaleObservation scale() const {
        const Replicas count{replicas_};
        return {.spec = count, .status = count, .listed = count, .ready = count, .pods = {}};
    }
    std::int32_t replicas_;
};

BrokerState failing(const TopicTable& table) {
    BrokerState state = table.state();
    state.group_error = 30;
    return state;
}

TEST(ScaleLoop, WithMinimumAboveZeroReusesWhatTheHpaSaw) {
    Target target(scaled_object(6), 6);
    const TopicTable lag = TopicTable::with_lag(9000, 24);

    EXPECT_EQ(target.poll(250, lag.state()).queries, 1) << "the HPA is not yet active";
    EXPECT_EQ(target.sync(7550, lag.state()).queries, 1);
    const PollOutcome poll = target.poll(30250, TopicTable::with_lag(1, 24).state());

    EXPECT_EQ(poll.queries, 0);
    EXPECT_TRUE(poll.readings[0].reused);
    EXPECT_EQ(poll.lag, 9000) << "the reused record's";
}

TEST(ScaleLoop, OfKeda220AlwaysAsksTheBroker) {
    ScaledObjectParameters parameters = scaled_object(6);
    parameters.keda_version = KedaVersion::v2_20;
    Target target(parameters, 6);
    const TopicTable lag = TopicTable::with_lag(9000, 24);
    std::ignore = target.sync(7550, lag.state());

    EXPECT_EQ(target.poll(30250, lag.state()).queries, 1);
}

TEST(ScaleLoop, WithIdleOrCachedMetricsOrMinimumZeroAsksTheBroker) {
    for (int i = 0; i < 3; ++i) {
        ScaledObjectParameters parameters = scaled_object(i == 2 ? 0 : 6);
        if (i == 0) {
            parameters.idle_replica_count = 2;
        }
        parameters.triggers[0].use_cached_metrics = i == 1;
        Target target(parameters, 6);
        const TopicTable lag = TopicTable::with_lag(9000, 24);
        std::ignore = target.sync(7550, lag.state());
        EXPECT_EQ(target.poll(30250, lag.state()).queries, 1) << i;
    }
}

TEST(ScaleLoop, WithCachedMetricsLetsTheHpaReadThePollsRecord) {
    ScaledObjectParameters parameters = scaled_object(6);
    parameters.triggers[0].use_cached_metrics = true;
    Target target(parameters, 6);
    std::ignore = target.poll(250, TopicTable::with_lag(9000, 24).state());

    const SyncOutcome sync = target.sync(7550, TopicTable::with_lag(1, 24).state());

    EXPECT_EQ(sync.queries, 0);
    EXPECT_EQ(sync.metric_milli, 9'000'000);
}

TEST(ScaleLoop, AFailingEvaluationAsksTwice) {
    Target target(scaled_object(0));

    const PollOutcome poll = target.poll(250, failing(TopicTable::with_lag(9000, 24)));

    EXPECT_EQ(poll.queries, 2);
    EXPECT_EQ(poll.action, PollAction::error);
    EXPECT_EQ(poll.readings[0].error, TriggerError::list_group_offsets);
    EXPECT_EQ(poll.metric_milli, std::nullopt);
}

TEST(ScaleLoop, EndsAtOnceWhereNoScalerCanBeBuilt) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.fallback = FallbackParameters{.failure_threshold = 0, .replicas = 9};
    Target target(parameters);
    const TopicTable lag = TopicTable::with_lag(0, 24);
    BrokerState gone = lag.state();
    gone.unreachable = true;

    EXPECT_TRUE(target.poll(250, gone).readings[0].fallback_active)
        << "the old scaler fails, the fallback covers it, so the scaler stays";
    std::ignore = target.poll(30250, failing(lag));
    target.autoscaler.restart_keda();
    const PollOutcome poll = target.poll(60250, gone);

    EXPECT_FALSE(poll.built) << "a new one cannot be built: no cooldown, no fallback";
    EXPECT_EQ(poll.action, PollAction::error);
    EXPECT_EQ(poll.replicas, std::nullopt);
    EXPECT_EQ(target.sync(67550, gone).conditions.scaling_active.reason, "FailedGetExternalMetric");
}

TEST(Fallback, IsReachedByCallsOfEitherSide) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.fallback = FallbackParameters{.failure_threshold = 3, .replicas = 9};
    Target target(parameters);
    const TopicTable lag = TopicTable::with_lag(9000, 24);
    const BrokerState broken = failing(lag);

    EXPECT_EQ(target.poll(250, broken).failures[0], 1);
    EXPECT_EQ(target.sync(7550, broken).readings[0].error, TriggerError::list_group_offsets);
    const PollOutcome third = target.poll(30250, broken);
    EXPECT_EQ(third.failures[0], 3);
    EXPECT_FALSE(third.readings[0].fallback_active) << "3 is not above the threshold of 3";
    const SyncOutcome sync = target.sync(37550, broken);

    EXPECT_TRUE(sync.readings[0].fallback_active);
    EXPECT_EQ(sync.metric_milli, 9'000'000);
    EXPECT_EQ(sync.proposal, 9);
}

TEST(Fallback, AnySuccessStartsTheCountAnew) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.fallback = FallbackParameters{.failure_threshold = 3, .replicas = 9};
    Target target(parameters);
    const TopicTable lag = TopicTable::with_lag(9000, 24);
    std::ignore = target.poll(250, failing(lag));
    std::ignore = target.poll(30250, failing(lag));

    EXPECT_EQ(target.poll(60250, lag.state()).failures[0], 0);
}

TEST(Fallback, CountsAsActiveAndSaysWhenItBeginsAndEnds) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.fallback = FallbackParameters{.failure_threshold = 0, .replicas = 9};
    Target target(parameters, 0);
    const TopicTable lag = TopicTable::with_lag(0, 24);

    const PollOutcome begun = target.poll(250, failing(lag));
    EXPECT_TRUE(begun.fallback_started);
    EXPECT_EQ(begun.action, PollAction::activate);
    EXPECT_EQ(begun.conditions.fallback.reason, "FallbackExists");
    EXPECT_EQ(target.poll(30250, failing(lag)).action, PollAction::fallback);
    const PollOutcome ended = target.poll(60250, lag.state());
    EXPECT_TRUE(ended.fallback_ended);
    EXPECT_EQ(ended.conditions.fallback.reason, "NoFallbackFound");
}

struct BehaviorCase {
    FallbackParameters::Behavior behavior;
    std::int64_t at_5;   ///< replicas meant with 5 running
    std::int64_t at_20;  ///< with 20
};

TEST(Fallback, BehavioursChooseTheReplicas) {
    using Behavior = FallbackParameters::Behavior;
    const BehaviorCase cases[]{{Behavior::static_replicas, 9, 9},
                               {Behavior::current_replicas, 5, 20},
                               {Behavior::current_replicas_if_higher, 9, 20},
                               {Behavior::current_replicas_if_lower, 5, 9}};
    for (const BehaviorCase& c : cases) {
        for (const auto& [running, meant] : {std::pair{5, c.at_5}, std::pair{20, c.at_20}}) {
            ScaledObjectParameters parameters = scaled_object(0);
            parameters.fallback =
                FallbackParameters{.behavior = c.behavior, .failure_threshold = 0, .replicas = 9};
            Target target(parameters, running);
            const TopicTable lag = TopicTable::with_lag(0, 24);
            EXPECT_EQ(target.sync(7550, failing(lag)).metric_milli, meant * 1'000'000);
        }
    }
}

TEST(Fallback, ForMetricTypeValueDividesByTheReadyPods) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.fallback = FallbackParameters{.failure_threshold = 0, .replicas = 9};
    parameters.triggers[0].target_type = MetricTargetType::value;
    const TopicTable lag = TopicTable::with_lag(0, 24);

    Target target(parameters, 4);
    const SyncOutcome sync = target.sync(7550, failing(lag));
    EXPECT_EQ(sync.metric_milli, 2'250'000);
    EXPECT_EQ(sync.proposal, 9);

    Target without(parameters, 0);
    EXPECT_EQ(without.poll(250, failing(lag)).readings[0].error, TriggerError::fallback);
}

TEST(PersistentLag, TwoCallsInAMomentLookLikeNoProgress) {
    ScaledObjectParameters parameters = scaled_object(0);
    auto kafka = article_trigger();
    kafka.exclude_persistent_lag = true;
    parameters.triggers[0].spec = kafka;
    Target target(parameters, 3);
    const TopicTable busy = TopicTable::with_lag(9000, 24);

    EXPECT_EQ(target.poll(30000, busy.state()).metric_milli, 9'000'000);
    const SyncOutcome sync = target.sync(30000, busy.state());
    EXPECT_EQ(sync.metric_milli, 0) << "poll and HPA share one scaler and its memory";
    EXPECT_EQ(sync.lag, 9000);
}

TEST(PersistentLag, IsForgottenAfterAnError) {
    ScaledObjectParameters parameters = scaled_object(0);
    auto kafka = article_trigger();
    kafka.exclude_persistent_lag = true;
    parameters.triggers[0].spec = kafka;
    Target target(parameters, 3);
    const TopicTable busy = TopicTable::with_lag(9000, 24);
    std::ignore = target.poll(0, busy.state());
    std::ignore = target.poll(30000, failing(busy));

    EXPECT_EQ(target.poll(60000, busy.state()).metric_milli, 9'000'000);
}

TEST(PersistentLag, IsForgottenAfterAnErrorThatTheFallbackCovers) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.fallback = FallbackParameters{.failure_threshold = 0, .replicas = 9};
    auto kafka = article_trigger();
    kafka.exclude_persistent_lag = true;
    parameters.triggers[0].spec = kafka;
    Target target(parameters, 3);
    const TopicTable busy = TopicTable::with_lag(9000, 24);
    std::ignore = target.poll(0, busy.state());
    ASSERT_TRUE(target.poll(30000, failing(busy)).readings[0].fallback_active);

    EXPECT_EQ(target.poll(60000, busy.state()).metric_milli, 9'000'000)
        << "the scaler was rebuilt for its second try";
}

TEST(CpuTriggers, AloneKeepTheTargetActive) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.triggers[0].target_type = MetricTargetType::utilization;
    parameters.triggers[0].spec = ResourceTriggerParameters{.target = 60, .container_name = {}};
    Target target(parameters, 0);

    EXPECT_EQ(target.poll(250, {}).action, PollAction::activate);
}

TEST(Pause, OfTheReconcilerStopsBothSidesAndSetsTheCount) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.annotations[paused_replicas_annotation] = "3";
    Target target(parameters, 7);
    const TopicTable lag = TopicTable::with_lag(9000, 24);

    const PollOutcome poll = target.poll(250, lag.state());
    EXPECT_EQ(poll.replicas, Replicas{3});
    EXPECT_EQ(poll.queries, 0);
    EXPECT_EQ(poll.conditions.paused.reason, "ScaledObjectPaused");
    EXPECT_FALSE(target.sync(7550, lag.state()).metrics_read);

    target.autoscaler.annotate(paused_replicas_annotation, std::nullopt);
    EXPECT_EQ(target.poll(30250, lag.state()).conditions.paused.status, ConditionStatus::no);
    EXPECT_TRUE(target.sync(37550, lag.state()).metrics_read);
}

TEST(Cron, FiresAtTheNextMatchingMinute) {
    const auto weekdays_at_8 = parse_cron_schedule("0 8 * * 1-5");
    ASSERT_TRUE(weekdays_at_8.has_value());
    constexpr std::int64_t saturday = 946'684'800;  // 2000-01-01T00:00:00Z

    EXPECT_EQ(next_match(*weekdays_at_8, saturday), saturday + 2 * 86'400 + 8 * 3600);
    EXPECT_EQ(next_match(*weekdays_at_8, saturday + 2 * 86'400 + 8 * 3600),
              saturday + 3 * 86'400 + 8 * 3600)
        << "strictly after";
    EXPECT_EQ(next_match(*parse_cron_schedule("0 0 30 2 *"), saturday), std::nullopt);
}

TEST(Cron, ReadsNamesListsRangesAndSteps) {
    EXPECT_EQ(parse_cron_schedule("*/15 8-10 1,15 jan-MAR sun")->minutes,
              1U | 1ULL << 15 | 1ULL << 30 | 1ULL << 45);
    EXPECT_EQ(parse_cron_schedule("5/20 * * * *")->minutes, 1ULL << 5 | 1ULL << 25 | 1ULL << 45);
    for (const char* text :
         {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
          "* * * * 7", "5-3 * * * *", "a * * * *", "*/0 * * * *"}) {
        EXPECT_FALSE(parse_cron_schedule(text).has_value()) << text;
    }
}

TEST(Cron, TriggerReportsItsReplicasInsideTheInterval) {
    ScaledObjectParameters parameters = scaled_object(0);
    parameters.triggers[0].spec = CronTriggerParameters{
        .timezone = "UTC", .start = "0 8 * * *", .end = "0 18 * * *", .desired_replicas = 5};
    Target target(parameters, 1);

    EXPECT_FALSE(target.poll(0, {}).active);
    const SyncOutcome inside = target.sync(9 * 3'600'000, {});
    EXPECT_EQ(inside.metric_milli, 5000);
    EXPECT_EQ(inside.proposal, 5);
    EXPECT_FALSE(target.poll(18 * 3'600'000, {}).active);

    parameters.triggers[0].spec = CronTriggerParameters{.timezone = "Europe/Oslo",
                                                        .start = "0 8 * * *",
                                                        .end = "0 18 * * *",
                                                        .desired_replicas = 5};
    EXPECT_EQ(Target(parameters).poll(0, {}).readings[0].error, TriggerError::not_modelled);
}

}  // namespace
}  // namespace lagsim::core
