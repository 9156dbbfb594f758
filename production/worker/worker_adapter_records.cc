/// Records in hand: taken, handled, tried again, dead-lettered, put down.
#include <algorithm>

#include "core/check.h"
#include "core/commit/retry.h"
#include "production/worker/worker_adapter.h"

namespace lagsim::production {

using core::Instant;
using core::Offset;
using core::OffsetRange;

InHandId WorkerAdapter::id_of(const PartitionEntry& entry, Offset offset) {
    return {entry.first, offset, entry.second.lease_id};
}

std::pair<WorkerAdapter::PartitionEntry*, WorkerAdapter::InHand*> WorkerAdapter::find(
    const InHandId& id) {
    const auto entry = partitions_.find(id.partition);
    if (entry == partitions_.end() || entry->second.lease_id != id.lease) {
        return {nullptr, nullptr};
    }
    const auto record = std::ranges::find(entry->second.in_hand, id.offset, &InHand::offset);
    return {&*entry, record == entry->second.in_hand.end() ? nullptr : &*record};
}

void WorkerAdapter::hold_server(const InHandId& id) {
    if (settings_.servers > 0) {
        held_servers_.emplace(id.lease, id.offset);
    }
}

void WorkerAdapter::free_server(const InHandId& id) {
    held_servers_.erase({id.lease, id.offset});
}

bool WorkerAdapter::can_take(const Partition& partition) const {
    if (partition.revoked || partition.buffered.empty() ||
        partition.in_hand.size() >= static_cast<std::size_t>(settings_.records_at_once)) {
        return false;
    }
    return !partition.lease || (partition.lease->live() &&
                                partition.lease->may_deliver(partition.buffered.front().offset,
                                                             settings_.commit.max_window));
}

/// Something may have become possible for this partition.
void WorkerAdapter::feed(PartitionEntry& entry) {
    if (settings_.servers > 0) {
        feed_servers();
        return;
    }
    while (can_take(entry.second)) {
        take(entry);
    }
}

/// Free servers take the oldest record that waits: a retry that is due, or the head of a partition.
void WorkerAdapter::feed_servers() {
    while (held_servers_.size() < static_cast<std::size_t>(settings_.servers)) {
        PartitionEntry* best = nullptr;
        InHand* retry = nullptr;
        Instant oldest = core::never;
        for (PartitionEntry& entry : partitions_) {
            for (InHand& record : entry.second.in_hand) {
                if (record.state == RecordState::ready && record.arrived < oldest) {
                    best = &entry;
                    retry = &record;
                    oldest = record.arrived;
                }
            }
            if (can_take(entry.second) && entry.second.buffered.front().arrived < oldest) {
                best = &entry;
                retry = nullptr;
                oldest = entry.second.buffered.front().arrived;
            }
        }
        if (best == nullptr) {
            return;
        }
        if (retry != nullptr) {
            start_again(*best, *retry);
        } else {
            take(*best);
            review_pause(*best);
        }
    }
}

void WorkerAdapter::take(PartitionEntry& entry) {
    Partition& partition = entry.second;
    const Buffered next = partition.buffered.front();
    partition.buffered.pop_front();
    if (!partition.lease) {
        partition.lease.emplace(next.offset, std::nullopt);
    }
    partition.lease->deliver(OffsetRange::one(next.offset));
    partition.in_hand.push_back({.offset = next.offset, .arrived = next.arrived});
    hold_server(id_of(entry, next.offset));
    count(entry, true);
    commands_.push_back(command::Handle{id_of(entry, next.offset), 1});
}

void WorkerAdapter::start_again(PartitionEntry& entry, InHand& record) {
    ++record.attempts;
    ++counters_.retries;
    record.state = RecordState::running;
    hold_server(id_of(entry, record.offset));
    commands_.push_back(command::Handle{id_of(entry, record.offset), record.attempts});
}

void WorkerAdapter::handle(const event::Handled& what, Instant now) {
    const auto [entry, record] = find(what.record);
    if (record == nullptr) {
        counters_.late_finishes += what.success ? 1 : 0;
        free_server(what.record);
        if (settings_.servers > 0) {
            feed_servers();
        }
        return;
    }
    if (what.success) {
        ++counters_.finished;
        settle(*entry, what.record.offset);
    } else {
        failed(*entry, *record, now);
    }
}

void WorkerAdapter::failed(PartitionEntry& entry, InHand& record, Instant now) {
    ++counters_.failed_attempts;
    const core::RetryDecision decision =
        core::after_failure(record.attempts, settings_.backoffs, settings_.dead_letter.has_value());
    if (decision.action == core::RetryDecision::Action::dead_letter) {
        dead_letter(entry, record, now);
    } else if (entry.second.revoked) {
        put_down(entry, record.offset);  // The next owner starts anew.
    } else {
        free_server(id_of(entry, record.offset));
        arm(entry, record, RecordState::backing_off, now + decision.backoff);
        if (settings_.servers > 0) {
            feed_servers();
        }
    }
}

void WorkerAdapter::arm(PartitionEntry& entry, InHand& record, RecordState state, Instant due) {
    record.state = state;
    record.due = due;
    record_timers_.insert({due, id_of(entry, record.offset)});
    review_pause(entry);
}

/// The last thing done with `record`: it may be gone afterwards.
void WorkerAdapter::dead_letter(PartitionEntry& entry, InHand& record, Instant now) {
    const DeadLetterSettings& topic = *settings_.dead_letter;
    const InHandId id = id_of(entry, record.offset);
    switch (core::before_produce(record.failed_produces, false, topic.attempts, topic.when_down)) {
        case core::ProduceDecision::produce:
        case core::ProduceDecision::wait:  // Only of a topic that is known to be down.
            record.state = RecordState::dead_lettering;
            commands_.push_back(command::ProduceDeadLetter{id, record.attempts});
            review_pause(entry);
            break;
        case core::ProduceDecision::stop:
            record.state = RecordState::undeliverable;
            commands_.push_back(command::Undeliverable{id});
            stop(now);
            break;
        case core::ProduceDecision::drop:
            ++counters_.dropped;
            commands_.push_back(command::Drop{id});
            settle(entry, record.offset);
            break;
    }
}

void WorkerAdapter::handle(const event::DeadLetterReport& what, Instant now) {
    counters_.dead_lettered += what.accepted ? 1 : 0;
    counters_.dead_letter_failures += what.accepted ? 0 : 1;
    const auto [entry, record] = find(what.record);
    if (record == nullptr) {
        return;
    }
    if (what.accepted) {
        settle(*entry, what.record.offset);
        return;
    }
    ++record->failed_produces;
    const core::Duration pause = settings_.dead_letter->produce_again;
    if (pause == core::Duration{0}) {
        dead_letter(*entry, *record, now);
    } else if (entry->second.revoked) {
        put_down(*entry, what.record.offset);
    } else {
        arm(*entry, *record, RecordState::produce_waits, now + pause);
    }
}

void WorkerAdapter::on_record_timers(Instant now) {
    while (!record_timers_.empty() && record_timers_.begin()->due <= now) {
        const RecordTimer timer = *record_timers_.begin();
        record_timers_.erase(record_timers_.begin());
        const auto [entry, record] = find(timer.record);
        if (record == nullptr || record->due != timer.due) {
            continue;
        }
        record->due = core::never;
        if (record->state == RecordState::produce_waits) {
            dead_letter(*entry, *record, now);
        } else if (settings_.servers > 0) {
            record->state = RecordState::ready;
            feed_servers();
        } else {
            start_again(*entry, *record);
        }
    }
}

/// The record is done with, one way or the other: its offset may be passed.
void WorkerAdapter::settle(PartitionEntry& entry, Offset offset) {
    if (entry.second.lease->finish(OffsetRange::one(offset))) {
        mark_dirty(entry);
        count(entry, false);
    }
    put_down(entry, offset);
}

void WorkerAdapter::put_down(PartitionEntry& entry, Offset offset) {
    free_server(id_of(entry, offset));
    std::erase_if(entry.second.in_hand,
                  [&](const InHand& record) { return record.offset == offset; });
    feed(entry);
    review_pause(entry);
}

/// Puts down what no handler and no produce is busy with.
void WorkerAdapter::cut(PartitionEntry& entry) {
    std::erase_if(entry.second.in_hand, [&](const InHand& record) {
        if (record.state == RecordState::running || record.state == RecordState::dead_lettering) {
            return false;
        }
        free_server(id_of(entry, record.offset));
        return true;
    });
}

/// Paused while so much is read ahead, or while a record that is tried again blocks what is behind.
void WorkerAdapter::review_pause(PartitionEntry& entry) {
    Partition& partition = entry.second;
    if (partition.revoked) {
        return;
    }
    const bool blocked =
        partition.in_hand.size() >= static_cast<std::size_t>(settings_.records_at_once) &&
        std::ranges::any_of(partition.in_hand, [](const InHand& record) {
            return record.attempts > 1 || record.state != RecordState::running;
        });
    const std::size_t most = partition.paused ? settings_.buffer / 2 + 1 : settings_.buffer;
    const bool wanted = blocked || partition.buffered.size() >= most;
    if (wanted && !partition.paused) {
        commands_.push_back(command::Pause{entry.first});
    } else if (!wanted && partition.paused) {
        commands_.push_back(command::Resume{entry.first});
    }
    partition.paused = wanted;
}

}  // namespace lagsim::production
