/// What happens next: an indexed heap of slots, each an event that can be moved or taken back.
///
/// Tie rule: events at the same instant happen in the order of their `rank` (what kind of thing it
/// is, then which one), never in the order in which they were scheduled. So an order of events is a
/// property of the scenario, and two engines that schedule differently agree on it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/time.h"

namespace lagsim::sim {

using Slot = std::uint32_t;

class Calendar {
  public:
    struct Event {
        std::uint32_t kind = 0;  ///< meaning is the owner's
        std::int32_t subject = 0;
        std::int32_t detail = 0;
    };

    /// A new slot, not scheduled. Slots of events that are over are used again.
    [[nodiscard]] Slot add(Event event, std::uint64_t rank) {
        Slot slot = 0;
        if (free_.empty()) {
            slot = static_cast<Slot>(slots_.size());
            slots_.emplace_back();
        } else {
            slot = free_.back();
            free_.pop_back();
        }
        slots_[slot] = {event, rank, idle};
        return slot;
    }
    void remove(Slot slot) {
        cancel(slot);
        free_.push_back(slot);
    }
    /// core::never takes it out of the calendar.
    void schedule(Slot slot, core::Instant time) {
        if (time == core::never) {
            cancel(slot);
            return;
        }
        State& state = slots_[slot];
        const Entry entry{time, state.rank, slot};
        if (state.place == idle) {
            heap_.push_back(entry);
            sift_up(heap_.size() - 1, entry);
            return;
        }
        const std::size_t place = state.place;
        if (before(entry, heap_[place])) {
            sift_up(place, entry);
        } else {
            sift_down(place, entry);
        }
    }
    void cancel(Slot slot) {
        const std::size_t place = slots_[slot].place;
        if (place == idle) {
            return;
        }
        slots_[slot].place = idle;
        const Entry last = heap_.back();
        heap_.pop_back();
        if (place == heap_.size()) {
            return;
        }
        if (place > 0 && before(last, heap_[(place - 1) / 2])) {
            sift_up(place, last);
        } else {
            sift_down(place, last);
        }
    }
    [[nodiscard]] core::Instant next_time() const {
        return heap_.empty() ? core::never : heap_.front().time;
    }
    [[nodiscard]] bool empty() const { return heap_.empty(); }
    /// Of the next event; there is one.
    [[nodiscard]] std::uint64_t next_rank() const { return heap_.front().rank; }
    /// The next event; its slot stays, not scheduled.
    [[nodiscard]] std::pair<Slot, Event> pop() {
        LAGSIM_CHECK(!heap_.empty(), "a calendar without events has no next one");
        const Slot slot = heap_.front().slot;
        cancel(slot);
        return {slot, slots_[slot].event};
    }
    /// The next event without taking it out, for owners that reschedule the same slot at once.
    [[nodiscard]] std::pair<Slot, Event> top() const {
        const Slot slot = heap_.front().slot;
        return {slot, slots_[slot].event};
    }

  private:
    static constexpr std::size_t idle = static_cast<std::size_t>(-1);
    struct Entry {
        core::Instant time;
        std::uint64_t rank;
        Slot slot;
    };
    struct State {
        Event event;
        std::uint64_t rank = 0;
        std::size_t place = idle;
    };
    [[nodiscard]] static bool before(const Entry& a, const Entry& b) {
        return a.time != b.time ? a.time < b.time : a.rank < b.rank;
    }
    void put(std::size_t place, const Entry& entry) {
        heap_[place] = entry;
        slots_[entry.slot].place = place;
    }
    void sift_up(std::size_t place, const Entry& entry) {
        while (place > 0) {
            const std::size_t parent = (place - 1) / 2;
            if (!before(entry, heap_[parent])) {
                break;
            }
            put(place, heap_[parent]);
            place = parent;
        }
        put(place, entry);
    }
    void sift_down(std::size_t place, const Entry& entry) {
        for (;;) {
            std::size_t child = 2 * place + 1;
            if (child >= heap_.size()) {
                break;
            }
            if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) {
                ++child;
            }
            if (!before(heap_[child], entry)) {
                break;
            }
            put(place, heap_[child]);
            place = child;
        }
        put(place, entry);
    }

    std::vector<Entry> heap_;
    std::vector<State> slots_;
    std::vector<Slot> free_;
};

/// Rank for ties: kinds in a stated order, then subjects, then details.
[[nodiscard]] constexpr std::uint64_t make_rank(std::uint32_t kind, std::uint32_t subject,
                                                std::uint32_t detail = 0) {
    return (std::uint64_t{kind} << 56) | (std::uint64_t{subject & 0xFFFFFFFU} << 28) |
           std::uint64_t{detail & 0xFFFFFFFU};
}

}  // namespace lagsim::sim
