/// Faults of the logs themselves, and how a group finds partitions that were added.
#include <algorithm>
#include <numeric>

#include "sim/engine/control/control_plane.h"

namespace lagsim::sim {

using core::Duration;
using core::Instant;

void ControlPlane::on_log_fault(const Fault& fault, std::int64_t cause) {
    if (fault.kind == FaultKind::add_partitions) {
        add_partitions(fault);
    } else {
        truncate(fault, cause);
    }
}

void ControlPlane::set_leaderless(const Fault& fault, bool leaderless) {
    for (const std::int32_t partition : fault.partitions) {
        const std::int32_t log = map_.first_log[fault.topic] + partition;
        std::int32_t& in_force = leaderless_[static_cast<std::size_t>(log)];
        in_force += leaderless ? 1 : -1;
        if (in_force == (leaderless ? 1 : 0)) {
            records_.set_leaderless(log, leaderless, now_);
        }
    }
}

/// The new leader has a shorter log than the old one had.
void ControlPlane::truncate(const Fault& fault, std::int64_t cause) {
    const bool is_election = fault.kind == FaultKind::unclean_election;
    const std::int32_t log = map_.first_log[fault.topic] + fault.partition;
    const core::Offset before = records_.log_end(log);
    const core::Offset end =
        is_election ? records_.last_records(log, fault.lose) : core::Offset{fault.to};
    records_.truncate(log, end, is_election ? LossCause::unclean_election : LossCause::truncated,
                      now_);
    if (records_.log_end(log) == before) {
        return;
    }
    for (const std::int32_t lane : map_.logs[static_cast<std::size_t>(log)].lanes) {
        note(sim::EventKind::log_end_moved, map_.lanes[static_cast<std::size_t>(lane)].group, -1,
             lane, records_.log_end(log).value(), cause);
    }
    // What retention and the cleaner were going to see to may have become shorter.
    for (Segment& segment : segments_) {
        if (segment.log == log) {
            segment.end = std::min(segment.end, records_.log_end(log));
        }
    }
}

void ControlPlane::add_partitions(const Fault& fault) {
    const auto count = static_cast<std::int32_t>(fault.to);
    partitions_[fault.topic] = std::max(partitions_[fault.topic], count);
    records_.add_partitions(fault.topic, count, now_);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        if (std::ranges::find(groups_[g].spec->topics, fault.topic) !=
            groups_[g].spec->topics.end()) {
            groups_[g].grown_at = now_;
            look_for_partitions(static_cast<std::int32_t>(g));
        }
    }
}

/// Who assigns learns of new partitions: the broker at once, a leader by its own metadata, which it
/// asks for every so often since its process started.
/// Source: Kafka 4.0.0 ConsumerCoordinator.rejoinNeededOrPending; Sarama loopCheckPartitionNumbers.
void ControlPlane::look_for_partitions(std::int32_t index) {
    Group& group = group_at(index);
    std::vector<std::int32_t> present = partitions_of(*group.spec);
    if (present == group.known_partitions) {
        return;
    }
    if (const auto leader = group.coordinator->leader()) {
        const Pod* const pod = pod_of(*leader);
        if (pod == nullptr) {
            return;  // it is dead: the next leader will look
        }
        const Duration refresh = std::max(group.spec->metadata_refresh, Duration{1});
        const Instant last = now_ - (now_ - pod->started) % refresh;
        if (last < group.grown_at) {
            at(last + refresh, metadata_refreshed, index);
            return;
        }
    }
    note(sim::EventKind::partitions_found, index, -1, -1,
         std::accumulate(present.begin(), present.end(), std::int64_t{0}),
         group.last_rebalance_event);
    group.known_partitions = present;
    group.coordinator->set_partitions(std::move(present), now_);
}

std::vector<std::int32_t> ControlPlane::partitions_of(const ConsumerGroup& spec) const {
    std::vector<std::int32_t> partitions;
    for (const std::size_t topic : spec.topics) {
        partitions.push_back(partitions_[topic]);
    }
    return partitions;
}

/// The coordinator numbers partitions over the topics as it knows them, lanes leave room for all.
std::int32_t ControlPlane::lane_of(std::int32_t index, std::int32_t partition) const {
    const Group& group = groups_[static_cast<std::size_t>(index)];
    std::int32_t first = map_.first_lane[static_cast<std::size_t>(index)];
    for (std::size_t t = 0; partition >= group.known_partitions[t]; ++t) {
        partition -= group.known_partitions[t];
        first += scenario_.most_partitions(group.spec->topics[t]);
    }
    return first + partition;
}

}  // namespace lagsim::sim
