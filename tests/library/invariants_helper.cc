#include "tests/library/invariants_helper.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "core/scaling/horizontal_pod_autoscaler.h"

namespace lagsim::library {
namespace {

using sim::EventKind;

std::int64_t offsets_in(const std::vector<sim::LedgerInterval>& intervals) {
    std::int64_t sum = 0;
    for (const sim::LedgerInterval& interval : intervals) {
        sum += interval.last - interval.first + 1;
    }
    return sum;
}

/// Produced = finished + dead-lettered + waiting + lost; what is lost or done twice is named.
void expect_every_offset_accounted_for(const Outcome& outcome) {
    const auto& result = outcome.result;
    std::int64_t lost = 0;
    std::int64_t duplicates = 0;
    for (const sim::GroupTotals& totals : result.totals) {
        const sim::LedgerCounts& ledger = totals.ledger;
        EXPECT_EQ(ledger.produced,
                  ledger.finished + ledger.dead_lettered + ledger.waiting + ledger.lost);
        EXPECT_GE(ledger.waiting, 0);
        lost += ledger.lost;
        duplicates += ledger.duplicates;
    }
    EXPECT_EQ(offsets_in(result.lost), lost);
    EXPECT_EQ(offsets_in(result.duplicates), duplicates);

    const auto& groups = result.groups;
    for (std::size_t i = 0; i < groups.produced.size(); ++i) {
        const std::int64_t settled = groups.finished[i] + groups.dead_lettered[i] + groups.lost[i];
        ASSERT_LE(settled, groups.produced[i])
            << "at " << core::seconds(result.sample_times[i / result.totals.size()]) << " s";
    }
}

bool commits_only_what_is_done(const sim::ConsumerGroup& group) {
    return group.commit.when == core::CommitWhen::after_success ||
           group.commit.when == core::CommitWhen::mark_only;
}

/// committed <= position <= log end; a correct policy never commits past what is done.
void expect_offsets_in_order(const Outcome& outcome) {
    const auto& lanes = outcome.result.lanes;
    const bool ordered =
        std::ranges::all_of(outcome.scenario().consumers, commits_only_what_is_done);
    for (std::size_t i = 0; i < lanes.position.size(); ++i) {
        ASSERT_LE(lanes.position[i], lanes.log_end_offset[i]);
        ASSERT_EQ(lanes.backlog[i], lanes.log_end_offset[i] - lanes.position[i]);
        if (ordered) {
            ASSERT_LE(lanes.committed_offset[i], lanes.position[i]);
        }
    }
}

void expect_replicas_within_bounds(const Outcome& outcome) {
    const std::size_t groups = outcome.result.totals.size();
    for (std::size_t g = 0; g < groups; ++g) {
        const auto& autoscaler = outcome.group(g).autoscaler;
        if (!autoscaler) {
            continue;
        }
        std::int32_t least = autoscaler->hpa.min_replicas;
        if (autoscaler->scaled_object) {
            least = std::min(autoscaler->scaled_object->min_replica_count.value_or(0),
                             autoscaler->scaled_object->idle_replica_count.value_or(least));
        }
        for (std::size_t i = g; i < outcome.result.groups.desired_replicas.size(); i += groups) {
            const std::int32_t replicas = outcome.result.groups.desired_replicas[i];
            ASSERT_GE(replicas, least);
            ASSERT_LE(replicas, autoscaler->hpa.max_replicas);
        }
    }
}

void expect_one_owner_a_partition(const Outcome& outcome) {
    std::map<std::int32_t, std::int32_t> owner;
    for (const sim::Event& event : outcome.result.events) {
        if (event.kind == EventKind::partition_assigned) {
            const auto [held, is_new] = owner.emplace(event.lane, event.pod);
            ASSERT_TRUE(is_new || held->second == event.pod)
                << "partition " << event.lane << " of pod " << held->second << " goes to pod "
                << event.pod << " at " << core::seconds(event.time) << " s";
        } else if (event.kind == EventKind::partition_revoked ||
                   event.kind == EventKind::partition_lost) {
            const auto held = owner.find(event.lane);
            if (held != owner.end() && held->second == event.pod) {
                owner.erase(held);
            }
        }
    }
}

/// The one metric as it was logged.
class LoggedMetric : public core::ExternalMetricSource {
  public:
    explicit LoggedMetric(const sim::Decision& decision)
        : milli_{decision.error ? 0 : std::llround(decision.metric * 1000.0)},
          failed_(decision.error) {}
    [[nodiscard]] core::ExternalMetric read(std::size_t /*index*/) override {
        return {.values = milli_, .failed = failed_};
    }

  private:
    std::array<std::int64_t, 1> milli_;
    bool failed_;
};

/// Every HPA decision follows from the metric, the replicas and the history that were logged.
void expect_decisions_to_follow_from_the_log(const Outcome& outcome, std::size_t index) {
    const core::HpaParameters& parameters = outcome.group(index).autoscaler->hpa;
    if (parameters.metrics.size() != 1 ||
        parameters.metrics[0].source != core::HpaMetric::Source::external) {
        return;
    }
    core::HorizontalPodAutoscaler controller(parameters);
    for (const sim::Decision& logged : outcome.syncs()) {
        if (logged.group != static_cast<std::int32_t>(index)) {
            continue;
        }
        LoggedMetric metric(logged);
        const auto decision = controller.sync(logged.time,
                                              {.spec = core::Replicas{logged.replicas_before},
                                               .status = core::Replicas{logged.status_replicas},
                                               .listed = core::Replicas{logged.status_replicas},
                                               .ready = core::Replicas{logged.ready_replicas},
                                               .pods = {}},
                                              metric);
        const auto when = testing::Message() << "at " << core::seconds(logged.time) << " s";
        ASSERT_EQ(decision.proposal.value_or(-1), logged.proposed) << when;
        ASSERT_EQ(decision.stabilized.value_or(-1), logged.stabilized) << when;
        ASSERT_EQ(decision.rescale.value_or(logged.replicas_before), logged.replicas_after) << when;
        ASSERT_EQ(decision.limited_by, logged.reason) << when;
    }
}

/// Pods of a group that run a process, integrated over time.
class RunningPods {
  public:
    RunningPods(const Outcome& outcome, std::int32_t group) {
        std::map<std::int32_t, bool> running;
        for (const sim::Event& event : outcome.result.events) {
            if (event.group != group) {
                continue;
            }
            const bool starts =
                event.kind == EventKind::pod_started || event.kind == EventKind::pod_restarted;
            const bool ends =
                event.kind == EventKind::pod_crashed || event.kind == EventKind::pod_gone;
            if (starts || (ends && running[event.pod])) {
                running[event.pod] = starts;
                changes_.push_back({event.time, starts ? 1 : -1});
            }
        }
    }
    /// [pod s] since the last call; calls in order of time.
    double until(core::Instant time) {
        double pod_seconds = 0.0;
        while (next_ < changes_.size() && changes_[next_].first <= time) {
            pod_seconds += count_ * core::seconds(changes_[next_].first - since_);
            since_ = changes_[next_].first;
            count_ += changes_[next_].second;
            ++next_;
        }
        pod_seconds += count_ * core::seconds(time - since_);
        since_ = time;
        return pod_seconds;
    }

  private:
    std::vector<std::pair<core::Instant, int>> changes_;
    std::size_t next_ = 0;
    int count_ = 0;
    core::Instant since_;
};

/// Records that one running pod can do at once, where its cores or workers say so.
double servers_of_a_pod(const sim::ConsumerGroup& group) {
    double servers = std::numeric_limits<double>::infinity();
    if (group.cpu.limit && group.cpu.share > 0.0) {
        servers = *group.cpu.limit / group.cpu.share;
    }
    if (group.concurrency.kind == sim::Concurrency::Kind::workers) {
        servers = std::min(servers, static_cast<double>(group.concurrency.count));
    }
    return servers;
}

/// No more work is done in a window than pods or partitions allow; in hand at its start is at most
/// one record a server.
void expect_no_free_lunch(const Outcome& outcome, std::size_t index) {
    const sim::ConsumerGroup& group = outcome.group(index);
    const auto& groups = outcome.result.groups;
    const std::size_t count = outcome.result.totals.size();
    RunningPods running(outcome, static_cast<std::int32_t>(index));
    for (std::size_t i = 0; i < outcome.result.sample_times.size(); ++i) {
        const double pod_seconds = running.until(outcome.result.sample_times[i]);
        // Progress is counted in whole nanoseconds, so up to one a partition belongs to the window
        // before.
        const double rounded = 1e-9 * static_cast<double>(outcome.lanes());
        const double excess = pod_seconds > 0.0 ? rounded / pod_seconds : 0.0;
        ASSERT_LE(groups.utilization[i * count + index], 1.0 + 1e-9 + excess);
    }
    if (group.service_time.kind != models::DistributionKind::constant || count != 1) {
        return;
    }
    const double service = core::seconds(group.service_time.mean);
    const double a_lane = group.concurrency.kind == sim::Concurrency::Kind::workers_per_partition
                              ? group.concurrency.count
                              : 1.0;
    const double servers = a_lane * static_cast<double>(outcome.lanes());
    RunningPods pods(outcome, static_cast<std::int32_t>(index));
    std::int64_t before = 0;
    core::Instant since;
    for (std::size_t i = 0; i < outcome.result.sample_times.size(); ++i) {
        const core::Instant now = outcome.result.sample_times[i];
        const double by_pods = servers_of_a_pod(group) * pods.until(now);
        const double by_lanes = servers * core::seconds(now - since);
        const std::int64_t done =
            groups.finished[i] + groups.duplicates[i] + groups.dead_lettered[i];
        ASSERT_LE(
            static_cast<double>(done - before),
            (std::isnan(by_pods) ? by_lanes : std::min(by_pods, by_lanes)) / service + servers)
            << "until " << core::seconds(now) << " s";
        before = done;
        since = now;
    }
}

/// Pod time is the integral of the pods from creation until gone, to the nanosecond.
void expect_pods_to_be_paid_for(const Outcome& outcome, std::size_t index) {
    const core::Instant end{outcome.scenario().duration};
    std::map<std::int32_t, core::Instant> created;
    core::int128 pod_time = 0;
    for (const sim::Event& event : outcome.result.events) {
        if (event.group != static_cast<std::int32_t>(index)) {
            continue;
        }
        if (event.kind == EventKind::pod_created) {
            created.emplace(event.pod, event.time);
        } else if (event.kind == EventKind::pod_gone) {
            pod_time += core::nanoseconds(event.time - created.at(event.pod));
            created.erase(event.pod);
        }
    }
    for (const auto& [pod, since] : created) {
        pod_time += core::nanoseconds(end - since);
    }
    EXPECT_TRUE(pod_time == outcome.totals(index).pod_time);
}

}  // namespace

void expect_global_invariants(const Outcome& outcome) {
    expect_every_offset_accounted_for(outcome);
    expect_offsets_in_order(outcome);
    expect_replicas_within_bounds(outcome);
    expect_one_owner_a_partition(outcome);
    for (std::size_t index = 0; index < outcome.scenario().consumers.size(); ++index) {
        if (outcome.group(index).autoscaler) {
            expect_decisions_to_follow_from_the_log(outcome, index);
        }
        expect_no_free_lunch(outcome, index);
        expect_pods_to_be_paid_for(outcome, index);
    }
}

double lag_integral_over_waiting_times(const Outcome& outcome) {
    const sim::GroupTotals& totals = outcome.totals();
    const double waited =
        totals.latency.mean() * static_cast<double>(totals.latency.total());  // [record s]
    return static_cast<double>(totals.lag_integral) / 1e9 / waited;
}

}  // namespace lagsim::library
