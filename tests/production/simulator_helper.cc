#include <algorithm>

#include "models/random/philox.h"
#include "sim/engine/reference/reference_records.h"
#include "tests/production/script_helper.h"

namespace lagsim::production {
namespace {

using core::Instant;

class SimulatedGroup : public sim::RecordObserver {
  public:
    explicit SimulatedGroup(const Script& script)
        : script_(script),
          map_(script.scenario),
          plane_(script.scenario, map_, models::RandomStreams(script.scenario.seed, 0), this) {}

    Timeline play() {
        for (const Action& action : script_.actions) {
            advance(action.at);
            act(action);
        }
        advance(script_.end);
        std::ranges::sort(timeline_.deeds);
        const sim::GroupCounters counters = plane_.counters(0, script_.end);
        timeline_.retries = counters.retries;
        timeline_.dead_lettered = counters.dead_lettered;
        for (std::int32_t lane = 0; lane < script_.scenario.topics[0].partitions; ++lane) {
            timeline_.committed.push_back(plane_.lane(lane).committed);
        }
        return std::move(timeline_);
    }

    void finished(sim::ProcessId process, std::int32_t lane, core::Offset offset,
                  Instant now) override {
        timeline_.deeds.push_back({Deed::Kind::finished, now, process, lane, offset});
    }
    void committed(sim::ProcessId process, std::int32_t lane, Instant now) override {
        timeline_.deeds.push_back(
            {Deed::Kind::committed, now, process, lane, *plane_.lane(lane).committed});
    }

  private:
    /// A worker that is giving partitions up.
    struct Handover {
        std::int32_t process = 0;
        std::vector<std::int32_t> lanes;
        std::int32_t heir = -1;
        Instant answered = core::never;  ///< of its last commit
    };

    void act(const Action& action) {
        switch (action.kind) {
            case Action::Kind::start:
                plane_.start_process(action.process, 0, action.at);
                break;
            case Action::Kind::assign:
                plane_.assign(action.process, action.lanes, action.at, action.at);
                break;
            case Action::Kind::revoke:
            case Action::Kind::stop:
                handovers_.push_back({action.process, action.lanes, action.heir});
                plane_.stop_fetching(action.process, action.lanes, action.at);
                break;
            case Action::Kind::lose:
                plane_.release(action.process, action.lanes, sim::DuplicateCause::zombie,
                               action.at);
                plane_.stop_fetching(action.process, {}, action.at);
                break;
            case Action::Kind::kill:
                plane_.kill(action.process, sim::DuplicateCause::crash, action.at);
                break;
        }
    }

    /// To `until`, with the handovers that come to their end before.
    void advance(Instant until) {
        for (;;) {
            const auto next = std::ranges::min_element(handovers_, {}, &Handover::answered);
            const bool due = next != handovers_.end() && next->answered <= until;
            const Instant target = due ? next->answered : until;
            if (const auto notice = plane_.advance(target)) {
                if (notice->kind == sim::RecordNotice::Kind::drained) {
                    on_drained(notice->process, notice->time);
                }
                continue;
            }
            if (!due) {
                return;
            }
            hand_over(*next, target);
            handovers_.erase(next);
        }
    }

    void on_drained(std::int32_t process, Instant now) {
        for (Handover& handover : handovers_) {
            if (handover.process == process && handover.answered == core::never) {
                handover.answered = plane_.commit_finally(process, handover.lanes, now);
            }
        }
    }

    void hand_over(const Handover& handover, Instant now) {
        plane_.release(handover.process, handover.lanes, sim::DuplicateCause::rebalance, now);
        for (const std::int32_t lane : handover.lanes) {
            timeline_.deeds.push_back({Deed::Kind::handed_over, now, handover.process, lane});
        }
        if (handover.heir >= 0) {
            plane_.assign(handover.heir, handover.lanes, now, now);
        }
    }

    const Script& script_;
    sim::LaneMap map_;
    sim::ReferenceRecords plane_;
    std::vector<Handover> handovers_;
    Timeline timeline_;
};

}  // namespace

Timeline play_in_simulator(const Script& script) {
    return SimulatedGroup(script).play();
}

}  // namespace lagsim::production
