/// Commits on their way, and the order of giving partitions up.
#include <algorithm>

#include "production/worker/worker_adapter.h"

namespace lagsim::production {

using core::Instant;
using core::PartitionId;

void WorkerAdapter::count(PartitionEntry& entry, bool delivery) {
    if (core::CommitSchedule::counts_deliveries(settings_.commit.when) != delivery) {
        return;
    }
    mark_dirty(entry);
    if (schedule_.counted(core::Records{1})) {
        commit_all();
    }
}

void WorkerAdapter::mark_dirty(PartitionEntry& entry) {
    if (!entry.second.dirty) {
        entry.second.dirty = true;
        dirty_.push_back(entry.first);
    }
}

/// One OffsetCommit for all partitions with something new.
void WorkerAdapter::commit_all() {
    std::vector<PartitionOffset> offsets;
    std::erase_if(dirty_, [&](PartitionId id) {
        PartitionEntry& entry = *partitions_.find(id);
        entry.second.dirty = !commit_one(entry, offsets);
        return !entry.second.dirty;
    });
    if (!offsets.empty()) {
        commands_.push_back(command::Commit{std::move(offsets)});
    }
}

/// True when the partition has nothing more to commit for now.
bool WorkerAdapter::commit_one(PartitionEntry& entry, std::vector<PartitionOffset>& offsets) {
    Partition& partition = entry.second;
    if (!partition.lease) {
        return true;
    }
    if (partition.lease->in_flight()) {
        partition.wanted = true;
        return false;
    }
    if (const auto value = partition.lease->committable(settings_.commit.when)) {
        partition.lease->commit_sent(*value);
        offsets.push_back({entry.first, *value});
    }
    return true;
}

void WorkerAdapter::handle(const event::CommitAnswered& what, Instant now) {
    const auto found = partitions_.find(what.committed.partition);
    counters_.commits += what.error ? 0 : 1;
    counters_.commit_failures += what.error ? 1 : 0;
    if (found == partitions_.end() || !found->second.lease ||
        found->second.lease->in_flight() != what.committed.offset) {
        return;  // Of a lease that has ended, or overtaken by the last commit.
    }
    Partition& partition = found->second;
    if (!what.error) {
        partition.lease->commit_acknowledged(what.committed.offset);
    } else {
        partition.lease->commit_failed(*what.error);
        if (partition.revoked && *what.error == core::CommitError::stale_member) {
            partition.lease->end();  // It will not be this worker's after the rebalance.
        }
        if (!partition.lease->live()) {
            // The group has thrown this member out; the client will say so of the partition, too.
            cut(*found);
            partition.buffered.clear();
            return;
        }
        mark_dirty(*found);
        commit_again_ = std::min(commit_again_, now + settings_.commit_again);
    }
    if (partition.wanted) {
        partition.wanted = false;
        std::vector<PartitionOffset> offsets;
        if (commit_one(*found, offsets) && partition.dirty) {
            partition.dirty = false;
            std::erase(dirty_, found->first);
        }
        if (!offsets.empty()) {
            commands_.push_back(command::Commit{std::move(offsets)});
        }
    }
}

void WorkerAdapter::on_commit_timers(Instant now) {
    if (schedule_.next_wakeup() <= now) {
        schedule_.on_time(now);
        commit_all();
    }
    if (commit_again_ <= now) {
        commit_again_ = core::never;
        commit_all();
    }
}

/// From here on nothing more is taken of them; what is in hand is finished until the deadline.
void WorkerAdapter::give_up(std::vector<PartitionId> partitions, core::Duration drain,
                            Instant now) {
    std::erase_if(partitions, [&](PartitionId id) {
        const auto found = partitions_.find(id);
        return found == partitions_.end() || found->second.revoked;
    });
    if (partitions.empty()) {
        return;
    }
    for (const PartitionId id : partitions) {
        PartitionEntry& entry = *partitions_.find(id);
        entry.second.revoked = true;
        entry.second.buffered.clear();
        cut(entry);
    }
    handovers_.push_back({.partitions = std::move(partitions), .deadline = now + drain});
    if (settings_.servers > 0) {
        feed_servers();
    }
}

bool WorkerAdapter::drained(const Handover& handover) const {
    return std::ranges::all_of(handover.partitions,
                               [&](PartitionId id) { return partitions_.at(id).in_hand.empty(); });
}

void WorkerAdapter::advance_handovers(Instant now) {
    std::vector<std::vector<PartitionId>> done;
    for (Handover& handover : handovers_) {
        if (!handover.committing) {
            if (!drained(handover) && now < handover.deadline) {
                continue;
            }
            handover.committing = true;
            handover.deadline = now + settings_.last_commit;
            commit_finally(handover);
        }
        if (has_last_answers(handover) || now >= handover.deadline) {
            done.push_back(std::move(handover.partitions));
            handover.partitions.clear();
        }
    }
    std::erase_if(handovers_, [](const Handover& handover) { return handover.partitions.empty(); });
    for (const std::vector<PartitionId>& partitions : done) {
        release(partitions);
    }
}

/// Behind whatever was in flight: the coordinator answers in order.
void WorkerAdapter::commit_finally(const Handover& handover) {
    std::vector<PartitionOffset> offsets;
    for (const PartitionId id : handover.partitions) {
        PartitionEntry& entry = *partitions_.find(id);
        if (!entry.second.lease) {
            continue;
        }
        if (entry.second.lease->in_flight()) {
            entry.second.lease->commit_failed(core::CommitError::retriable);
        }
        (void)commit_one(entry, offsets);
    }
    if (!offsets.empty()) {
        commands_.push_back(command::Commit{std::move(offsets), true});
    }
}

/// Whether nothing is left to commit: all is answered, or the lease has ended meanwhile. What has
/// failed is sent again by the commit timer.
bool WorkerAdapter::has_last_answers(const Handover& handover) const {
    return std::ranges::none_of(handover.partitions, [&](PartitionId id) {
        const Partition& partition = partitions_.at(id);
        return partition.lease && partition.lease->live() &&
               (partition.lease->in_flight() ||
                partition.lease->committable(settings_.commit.when));
    });
}

/// The leases end with whatever is still in hand.
void WorkerAdapter::release(const std::vector<PartitionId>& partitions) {
    for (const PartitionId id : partitions) {
        forget(id);
    }
    commands_.push_back(command::Release{partitions});
    if (settings_.servers > 0) {
        feed_servers();
    }
}

void WorkerAdapter::forget(PartitionId id) {
    const auto found = partitions_.find(id);
    if (found == partitions_.end()) {
        return;
    }
    for (const InHand& record : found->second.in_hand) {
        if (record.state != RecordState::running) {
            free_server(
                id_of(*found, record.offset));  // A handler keeps its server until it returns.
        }
    }
    std::erase(dirty_, id);
    partitions_.erase(found);
}

void WorkerAdapter::stop(Instant now) {
    if (stopping_) {
        return;
    }
    stopping_ = true;
    std::vector<PartitionId> all;
    for (const auto& [id, partition] : partitions_) {
        all.push_back(id);
    }
    give_up(std::move(all), settings_.stop_drain, now);
}

}  // namespace lagsim::production
