/// Events in: who owns what, and what the clock says.
#include "production/worker/worker_adapter.h"

#include <algorithm>

#include "core/check.h"

namespace lagsim::production {

using core::Instant;
using core::PartitionId;

WorkerAdapter::WorkerAdapter(WorkerSettings settings, Instant now)
    : settings_(std::move(settings)), schedule_(settings_.commit, now) {
    LAGSIM_CHECK(settings_.records_at_once > 0 && settings_.buffer > 0,
                 "a worker takes at least one record at once");
}

void WorkerAdapter::on(const Event& what, Instant now) {
    on_record_timers(now);
    // A commit by the clock comes after everything else of its instant, as in the simulator.
    on_commit_timers(now - core::Duration{1});
    std::visit([&](const auto& event) { handle(event, now); }, what);
    advance_handovers(now);
    if (stopping_ && !left_ && partitions_.empty() && handovers_.empty()) {
        left_ = true;
        commands_.push_back(command::Leave{});
    }
}

std::optional<Command> WorkerAdapter::next_command() {
    if (commands_.empty()) {
        return std::nullopt;
    }
    Command next = std::move(commands_.front());
    commands_.pop_front();
    return next;
}

Instant WorkerAdapter::next_wakeup() const {
    Instant next = std::min(schedule_.next_wakeup(), commit_again_);
    if (!record_timers_.empty()) {
        next = std::min(next, record_timers_.begin()->due);
    }
    for (const Handover& handover : handovers_) {
        next = std::min(next, handover.deadline);
    }
    return next;
}

std::vector<WorkerAdapter::PartitionView> WorkerAdapter::partitions() const {
    std::vector<PartitionView> views;
    for (const auto& [id, partition] : partitions_) {
        PartitionView& view = views.emplace_back();
        view.partition = id;
        if (partition.lease) {
            view.committed = partition.lease->acknowledged();
            view.low_watermark = partition.lease->tracker().low_watermark();
        }
        view.in_hand = partition.in_hand.size();
        view.buffered = partition.buffered.size();
        view.paused = partition.paused;
    }
    return views;
}

void WorkerAdapter::handle(const event::Assigned& what, Instant /*now*/) {
    std::vector<PartitionId> unwanted;
    for (const event::Assigned::Partition& assigned : what.partitions) {
        if (stopping_) {
            unwanted.push_back(assigned.partition);
            continue;
        }
        LAGSIM_CHECK(!partitions_.contains(assigned.partition),
                     "a partition is assigned once before it is released");
        Partition& partition = partitions_[assigned.partition];
        partition.lease_id = LeaseId{++leases_};
        partition.expected = assigned.committed;
        if (assigned.committed) {
            partition.lease.emplace(*assigned.committed, assigned.committed);
        }
    }
    if (!unwanted.empty()) {
        commands_.push_back(command::Release{std::move(unwanted)});
    }
}

void WorkerAdapter::handle(const event::Fetched& what, Instant /*now*/) {
    const auto found = partitions_.find(what.partition);
    if (found == partitions_.end() || found->second.revoked) {
        return;  // On its way when the partition was given up: its next owner reads it.
    }
    Partition& partition = found->second;
    if (partition.expected && what.offset < *partition.expected) {
        begin_again_at(*found, what.offset);
    }
    if (partition.lease && !partition.lease->live()) {
        return;
    }
    partition.expected = what.offset.next();
    partition.buffered.push_back({what.offset, what.arrived});
    ++counters_.fetched;
    feed(*found);
    review_pause(*found);
}

/// The log has gone back: truncated by an unclean leader election, or its committed offset was out
/// of range. What is read from here on are other records, and the old lease says nothing of them.
void WorkerAdapter::begin_again_at(PartitionEntry& entry, core::Offset offset) {
    Partition& partition = entry.second;
    cut(entry);
    partition.in_hand.clear();
    partition.buffered.clear();
    partition.lease_id = LeaseId{++leases_};
    partition.lease.emplace(offset, std::nullopt);
    partition.wanted = false;
}

void WorkerAdapter::handle(const event::Revoked& what, Instant now) {
    counters_.revocations += static_cast<std::int64_t>(what.partitions.size());
    give_up(what.partitions, settings_.revoke_drain, now);
}

void WorkerAdapter::handle(const event::Lost& what, Instant /*now*/) {
    counters_.losses_of_partitions += static_cast<std::int64_t>(what.partitions.size());
    for (Handover& handover : handovers_) {
        std::erase_if(handover.partitions, [&](PartitionId partition) {
            return std::ranges::find(what.partitions, partition) != what.partitions.end();
        });
    }
    std::erase_if(handovers_, [](const Handover& handover) { return handover.partitions.empty(); });
    release(what.partitions);
}

void WorkerAdapter::handle(const event::StopAsked& /*what*/, Instant now) {
    stop(now);
}

void WorkerAdapter::handle(const event::Tick& /*what*/, Instant now) {
    on_commit_timers(now);
}

}  // namespace lagsim::production
