#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "models/random/philox.h"
#include "production/worker/history.h"
#include "production/worker/worker_adapter.h"
#include "tests/production/script_helper.h"

namespace lagsim::production {
namespace {

using core::Instant;
using core::Offset;
using core::PartitionId;

/// What is due, in the order in which it happens at one instant: that of the simulator's planes.
enum class Due : std::uint8_t { arrival, dead_letter, handled, applied, answered };

struct Happening {
    Instant at;
    Due due = Due::arrival;
    std::int32_t lane = 0;
    Offset offset;
    std::int32_t process = -1;
    LeaseId lease{};
    std::int64_t attempt = 0;
    std::int64_t epoch = 0;  ///< commits: how often the partition has had a new owner
    friend auto operator<=>(const Happening&, const Happening&) = default;
};

/// Everything around the adapters: logs, a broker for commits, handlers, a dead-letter topic.
class AdaptedGroup {
  public:
    AdaptedGroup(const Script& script, std::string histories)
        : script_(script),
          histories_(std::move(histories)),
          group_(script.scenario.consumers[0]),
          streams_(script.scenario.seed, 0),
          lanes_(static_cast<std::size_t>(script.scenario.topics[0].partitions)) {
        for (const sim::Publication& record : script.scenario.producers[0].publish) {
            happenings_.insert(
                {record.at, Due::arrival, *record.partition,
                 Offset{static_cast<std::int64_t>(published_[*record.partition].size())}});
            published_[*record.partition].push_back(&record);
        }
    }

    Timeline play() {
        for (const Action& action : script_.actions) {
            advance(action.at);
            act(action);
        }
        advance(script_.end);
        std::ranges::sort(timeline_.deeds);
        for (const Lane& lane : lanes_) {
            timeline_.committed.push_back(lane.committed);
        }
        for (const auto& [process, adapter] : adapters_) {
            timeline_.retries += adapter->counters().retries;
        }
        timeline_.retries += retries_of_the_dead_;
        timeline_.dead_lettered = std::ranges::count_if(
            dead_letters_, [&](const auto& record) { return !finished_.contains(record); });
        return std::move(timeline_);
    }

  private:
    struct Lane {
        std::int32_t owner = -1;
        std::optional<Offset> committed;
        std::int64_t epoch = 0;
        Offset end;
        std::optional<Happening> applied;  ///< the commit on its way
        std::optional<Happening> answered;
    };

    Lane& lane(std::int32_t index) { return lanes_[static_cast<std::size_t>(index)]; }
    Lane& lane(PartitionId partition) { return lane(partition.value()); }
    const sim::Publication& record(PartitionId partition, Offset offset) {
        return *published_[partition.value()][static_cast<std::size_t>(offset.value())];
    }

    void act(const Action& action) {
        std::vector<PartitionId> partitions;
        for (const std::int32_t index : action.lanes) {
            partitions.emplace_back(index);
        }
        switch (action.kind) {
            case Action::Kind::start:
                adapters_[action.process] =
                    std::make_unique<WorkerAdapter>(script_.settings, action.at);
                if (!histories_.empty()) {
                    written_.try_emplace(action.process,
                                         histories_ + std::to_string(action.process),
                                         script_.settings, action.at);
                }
                break;
            case Action::Kind::assign:
                assign(action.process, action.lanes, action.at);
                break;
            case Action::Kind::revoke:
                heirs_[action.process] = action.heir;
                tell(action.process, event::Revoked{partitions}, action.at);
                break;
            case Action::Kind::stop:
                heirs_[action.process] = action.heir;
                tell(action.process, event::StopAsked{}, action.at);
                break;
            case Action::Kind::lose:
                lost_ = true;
                for (const std::int32_t index : action.lanes) {
                    forget_commits_of(index);
                }
                tell(action.process, event::Lost{partitions}, action.at);
                lost_ = false;
                break;
            case Action::Kind::kill:
                kill(action.process);
                break;
        }
    }

    void kill(std::int32_t process) {
        retries_of_the_dead_ += adapters_.at(process)->counters().retries;
        adapters_.erase(process);
        std::erase_if(happenings_, [&](const Happening& happening) {
            return happening.process == process && happening.due != Due::applied;
        });
        for (Lane& owned : lanes_) {
            owned.owner = owned.owner == process ? -1 : owned.owner;
        }
    }

    void assign(std::int32_t process, const std::vector<std::int32_t>& lanes, Instant now) {
        event::Assigned assigned;
        for (const std::int32_t index : lanes) {
            Lane& given = lane(index);
            given.owner = process;
            ++given.epoch;
            assigned.partitions.push_back({PartitionId{index}, given.committed});
        }
        tell(process, assigned, now);
        std::vector<std::int32_t> ordered = lanes;
        std::ranges::sort(ordered);
        for (const std::int32_t index : ordered) {
            const Offset start = lane(index).committed.value_or(Offset{0});
            for (Offset offset = start; offset < lane(index).end; ++offset) {
                const PartitionId partition{index};
                tell(process, event::Fetched{partition, offset, record(partition, offset).at}, now);
            }
        }
    }

    void advance(Instant until) {
        for (;;) {
            Instant next = happenings_.empty() ? core::never : happenings_.begin()->at;
            Instant wakeup = core::never;
            for (const auto& [process, adapter] : adapters_) {
                wakeup = std::min(wakeup, adapter->next_wakeup());
            }
            if (std::min(next, wakeup) > until) {
                return;
            }
            // The clock's commits come last of their instant.
            if (wakeup < next) {
                for (const auto& [process, adapter] : adapters_) {
                    if (adapter->next_wakeup() <= wakeup) {
                        tell(process, event::Tick{}, wakeup);
                    }
                }
                continue;
            }
            const Happening happening = *happenings_.begin();
            happenings_.erase(happenings_.begin());
            happen(happening);
        }
    }

    void happen(const Happening& what) {
        const PartitionId partition{what.lane};
        const InHandId id{partition, what.offset, what.lease};
        switch (what.due) {
            case Due::arrival:
                lane(partition).end = what.offset.next();
                if (lane(partition).owner >= 0) {
                    tell(lane(partition).owner, event::Fetched{partition, what.offset, what.at},
                         what.at);
                }
                break;
            case Due::dead_letter:
                dead_letters_.insert({what.lane, what.offset});
                tell(what.process, event::DeadLetterReport{id, true}, what.at);
                break;
            case Due::handled: {
                const bool success = succeeds(partition, what.offset, what.attempt);
                if (success) {
                    finished_.insert({what.lane, what.offset});
                    timeline_.deeds.push_back(
                        {Deed::Kind::finished, what.at, what.process, what.lane, what.offset});
                }
                tell(what.process, event::Handled{id, success}, what.at);
                break;
            }
            case Due::applied:
                lane(partition).applied.reset();
                if (what.epoch == lane(partition).epoch) {
                    lane(partition).committed = what.offset;
                    timeline_.deeds.push_back(
                        {Deed::Kind::committed, what.at, what.process, what.lane, what.offset});
                }
                break;
            case Due::answered:
                lane(partition).answered.reset();
                tell(what.process, event::CommitAnswered{{partition, what.offset}, {}}, what.at);
                break;
        }
    }

    /// The scenario's luck, as the engine draws it.
    bool succeeds(PartitionId partition, Offset offset, std::int64_t attempt) {
        const auto purpose =
            attempt == 1 ? static_cast<std::uint16_t>(models::Purpose::record)
                         : static_cast<std::uint16_t>(
                               static_cast<std::int64_t>(models::Purpose::first_attempt) + attempt);
        const models::Block block =
            streams_.block(static_cast<std::uint64_t>(offset.value()),
                           static_cast<std::uint32_t>(partition.value()), purpose);
        const auto below =
            static_cast<std::uint64_t>(std::llround(group_.failures.transient * 4294967296.0));
        return !record(partition, offset).poison && block[2] >= below;
    }

    void tell(std::int32_t process, const Event& what, Instant now) {
        const auto adapter = adapters_.find(process);
        if (adapter == adapters_.end()) {
            return;
        }
        HistoryWriter& history = written_[process];
        history.write(what, now);
        adapter->second->on(what, now);
        std::vector<Command> commands;
        while (auto next = adapter->second->next_command()) {
            history.write(*next, now);
            commands.push_back(std::move(*next));
        }
        for (const Command& next : commands) {
            std::visit([&](const auto& order) { carry_out(process, order, now); }, next);
        }
    }

    void carry_out(std::int32_t process, const command::Handle& order, Instant now) {
        const auto& own = record(order.record.partition, order.record.offset);
        happenings_.insert({now + own.service_time.value_or(group_.service_time.mean), Due::handled,
                            order.record.partition.value(), order.record.offset, process,
                            order.record.lease, order.attempt});
    }
    void carry_out(std::int32_t process, const command::ProduceDeadLetter& order, Instant now) {
        happenings_.insert({now + group_.dead_letter->produce_time.mean, Due::dead_letter,
                            order.record.partition.value(), order.record.offset, process,
                            order.record.lease});
    }
    /// Applied half a latency later, answered at its end; what was on its way is overtaken.
    void carry_out(std::int32_t process, const command::Commit& order, Instant now) {
        const core::Duration latency = group_.overheads.commit_latency;
        for (const PartitionOffset& offset : order.offsets) {
            Lane& committed = lane(offset.partition);
            forget_commits_of(offset.partition.value());
            Happening happening{now + latency / 2,
                                Due::applied,
                                offset.partition.value(),
                                offset.offset,
                                process,
                                {},
                                0,
                                committed.epoch};
            happenings_.insert(happening);
            committed.applied = happening;
            happening.due = Due::answered;
            happening.at = now + latency;
            happenings_.insert(happening);
            committed.answered = happening;
        }
    }
    void carry_out(std::int32_t process, const command::Release& order, Instant now) {
        std::vector<std::int32_t> lanes;
        for (const PartitionId partition : order.partitions) {
            lanes.push_back(partition.value());
            lane(partition).owner = -1;
            if (!lost_) {
                timeline_.deeds.push_back(
                    {Deed::Kind::handed_over, now, process, partition.value()});
            }
        }
        if (const auto heir = heirs_.find(process); !lost_ && heir != heirs_.end()) {
            if (heir->second >= 0) {
                assign(heir->second, lanes, now);
            }
        }
    }
    static void carry_out(std::int32_t, const command::Pause&, Instant) {}
    static void carry_out(std::int32_t, const command::Resume&, Instant) {}
    static void carry_out(std::int32_t, const command::Drop&, Instant) {}
    static void carry_out(std::int32_t, const command::Undeliverable&, Instant) {}
    static void carry_out(std::int32_t, const command::Leave&, Instant) {}

    void forget_commits_of(std::int32_t index) {
        for (auto* happening : {&lane(index).applied, &lane(index).answered}) {
            if (*happening) {
                happenings_.erase(**happening);
                happening->reset();
            }
        }
    }

    const Script& script_;
    const sim::ConsumerGroup& group_;
    models::RandomStreams streams_;
    std::vector<Lane> lanes_;
    std::map<std::int32_t, std::vector<const sim::Publication*>> published_;
    std::map<std::int32_t, std::unique_ptr<WorkerAdapter>> adapters_;
    std::map<std::int32_t, std::int32_t> heirs_;
    std::string histories_;
    std::map<std::int32_t, HistoryWriter> written_;
    std::set<Happening> happenings_;
    std::set<std::pair<std::int32_t, Offset>> finished_;
    std::set<std::pair<std::int32_t, Offset>> dead_letters_;
    std::int64_t retries_of_the_dead_ = 0;
    bool lost_ = false;
    Timeline timeline_;
};

}  // namespace

Timeline play_in_adapter(const Script& script, const std::string& histories) {
    return AdaptedGroup(script, histories).play();
}

}  // namespace lagsim::production
