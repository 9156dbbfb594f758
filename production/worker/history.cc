#include "production/worker/history.h"

#include <deque>
#include <istream>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "production/worker/worker_adapter.h"

namespace lagsim::production {

namespace {

using Json = nlohmann::ordered_json;
using core::Duration;
using core::Instant;
using core::Offset;
using core::PartitionId;

Json numbers(const std::vector<PartitionId>& partitions) {
    Json list = Json::array();
    for (const PartitionId partition : partitions) {
        list.push_back(partition.value());
    }
    return list;
}
Json triple(const InHandId& id) {
    return {id.partition.value(), id.offset.value(), id.lease.value()};
}
std::vector<PartitionId> partitions_of(const Json& list) {
    std::vector<PartitionId> partitions;
    for (const Json& number : list) {
        partitions.emplace_back(number.get<std::int32_t>());
    }
    return partitions;
}
InHandId id_of(const Json& list) {
    return {PartitionId{list.at(0).get<std::int32_t>()}, Offset{list.at(1).get<std::int64_t>()},
            LeaseId{list.at(2).get<std::int64_t>()}};
}

Json to_json(const event::Assigned& event) {
    Json list = Json::array();
    for (const event::Assigned::Partition& partition : event.partitions) {
        list.push_back({partition.partition.value(),
                        partition.committed ? Json(partition.committed->value()) : Json()});
    }
    return {{"assigned", list}};
}
Json to_json(const event::Fetched& event) {
    return {{"fetched",
             {event.partition.value(), event.offset.value(), core::nanoseconds(event.arrived)}}};
}
Json to_json(const event::Handled& event) {
    return {{"handled", triple(event.record)}, {"success", event.success}};
}
Json to_json(const event::DeadLetterReport& event) {
    return {{"dead_letter_report", triple(event.record)}, {"accepted", event.accepted}};
}
Json to_json(const event::CommitAnswered& event) {
    return {
        {"commit_answered", {event.committed.partition.value(), event.committed.offset.value()}},
        {"error", event.error ? Json(static_cast<int>(*event.error)) : Json()}};
}
Json to_json(const event::Revoked& event) {
    return {{"revoked", numbers(event.partitions)}};
}
Json to_json(const event::Lost& event) {
    return {{"lost", numbers(event.partitions)}};
}
Json to_json(const event::StopAsked& /*event*/) {
    return {{"stop_asked", true}};
}
Json to_json(const event::Tick& /*event*/) {
    return {{"tick", true}};
}

Json to_json(const command::Handle& command) {
    return {{"handle", triple(command.record)}, {"attempt", command.attempt}};
}
Json to_json(const command::Pause& command) {
    return {{"pause", command.partition.value()}};
}
Json to_json(const command::Resume& command) {
    return {{"resume", command.partition.value()}};
}
Json to_json(const command::Commit& command) {
    Json list = Json::array();
    for (const PartitionOffset& offset : command.offsets) {
        list.push_back({offset.partition.value(), offset.offset.value()});
    }
    return {{"commit", list}, {"last", command.last}};
}
Json to_json(const command::ProduceDeadLetter& command) {
    return {{"produce_dead_letter", triple(command.record)},
            {"failed_attempts", command.failed_attempts}};
}
Json to_json(const command::Drop& command) {
    return {{"drop", triple(command.record)}};
}
Json to_json(const command::Release& command) {
    return {{"release", numbers(command.partitions)}};
}
Json to_json(const command::Undeliverable& command) {
    return {{"undeliverable", triple(command.record)}};
}
Json to_json(const command::Leave& /*command*/) {
    return {{"leave", true}};
}

Json with_time(Json json, Instant now) {
    Json line{{"t", core::nanoseconds(now)}};
    line.update(json);
    return line;
}
Json to_json(const Command& command) {
    return std::visit([](const auto& one) { return to_json(one); }, command);
}

/// Nothing if the line is no event.
std::optional<Event> event_of(const Json& json) {
    if (const auto found = json.find("assigned"); found != json.end()) {
        event::Assigned event;
        for (const Json& pair : *found) {
            auto& partition = event.partitions.emplace_back();
            partition.partition = PartitionId{pair.at(0).get<std::int32_t>()};
            if (!pair.at(1).is_null()) {
                partition.committed = Offset{pair.at(1).get<std::int64_t>()};
            }
        }
        return event;
    }
    if (const auto found = json.find("fetched"); found != json.end()) {
        return event::Fetched{PartitionId{found->at(0).get<std::int32_t>()},
                              Offset{found->at(1).get<std::int64_t>()},
                              core::at_nanoseconds(found->at(2).get<std::int64_t>())};
    }
    if (const auto found = json.find("handled"); found != json.end()) {
        return event::Handled{id_of(*found), json.at("success").get<bool>()};
    }
    if (const auto found = json.find("dead_letter_report"); found != json.end()) {
        return event::DeadLetterReport{id_of(*found), json.at("accepted").get<bool>()};
    }
    if (const auto found = json.find("commit_answered"); found != json.end()) {
        event::CommitAnswered event{{PartitionId{found->at(0).get<std::int32_t>()},
                                     Offset{found->at(1).get<std::int64_t>()}},
                                    {}};
        if (!json.at("error").is_null()) {
            event.error = static_cast<core::CommitError>(json.at("error").get<int>());
        }
        return event;
    }
    if (const auto found = json.find("revoked"); found != json.end()) {
        return event::Revoked{partitions_of(*found)};
    }
    if (const auto found = json.find("lost"); found != json.end()) {
        return event::Lost{partitions_of(*found)};
    }
    if (json.contains("stop_asked")) {
        return event::StopAsked{};
    }
    return json.contains("tick") ? std::optional<Event>(event::Tick{}) : std::nullopt;
}

Json to_json(const WorkerSettings& settings) {
    Json backoffs = Json::array();
    for (const Duration backoff : settings.backoffs) {
        backoffs.push_back(backoff.count());
    }
    Json dead_letter;
    if (settings.dead_letter) {
        dead_letter = {
            {"when_down", static_cast<int>(settings.dead_letter->when_down)},
            {"attempts",
             settings.dead_letter->attempts ? Json(*settings.dead_letter->attempts) : Json()},
            {"produce_again", settings.dead_letter->produce_again.count()}};
    }
    return {{"when", static_cast<int>(settings.commit.when)},
            {"every", settings.commit.every.count()},
            {"every_records", settings.commit.every_records.value()},
            {"max_window", settings.commit.max_window.value()},
            {"backoffs", backoffs},
            {"dead_letter", dead_letter},
            {"servers", settings.servers},
            {"records_at_once", settings.records_at_once},
            {"buffer", settings.buffer},
            {"revoke_drain", settings.revoke_drain.count()},
            {"stop_drain", settings.stop_drain.count()},
            {"last_commit", settings.last_commit.count()},
            {"commit_again", settings.commit_again.count()}};
}

WorkerSettings settings_of(const Json& json) {
    const auto duration = [&](const char* key) {
        return Duration{json.at(key).get<std::int64_t>()};
    };
    WorkerSettings settings;
    settings.commit = {.when = static_cast<core::CommitWhen>(json.at("when").get<int>()),
                       .every = duration("every"),
                       .every_records = core::Records{json.at("every_records").get<std::int64_t>()},
                       .max_window = core::Records{json.at("max_window").get<std::int64_t>()}};
    settings.backoffs.clear();
    for (const Json& backoff : json.at("backoffs")) {
        settings.backoffs.emplace_back(backoff.get<std::int64_t>());
    }
    if (const Json& given = json.at("dead_letter"); !given.is_null()) {
        DeadLetterSettings& topic = settings.dead_letter.emplace();
        topic.when_down = static_cast<core::UndeliverablePolicy>(given.at("when_down").get<int>());
        if (!given.at("attempts").is_null()) {
            topic.attempts = given.at("attempts").get<std::int64_t>();
        }
        topic.produce_again = Duration{given.at("produce_again").get<std::int64_t>()};
    }
    settings.servers = json.at("servers").get<std::int32_t>();
    settings.records_at_once = json.at("records_at_once").get<std::int32_t>();
    settings.buffer = json.at("buffer").get<std::size_t>();
    settings.revoke_drain = duration("revoke_drain");
    settings.stop_drain = duration("stop_drain");
    settings.last_commit = duration("last_commit");
    settings.commit_again = duration("commit_again");
    return settings;
}

/// The recorded lines through bare leases: no adapter, so that the commits are judged by core/
/// alone.
class BareLeases {
  public:
    explicit BareLeases(core::CommitWhen when) : when_(when) {}

    /// What is wrong with this line, or nothing.
    std::optional<std::string> take(const Json& line) {
        if (ahead_) {
            const Json commit = *std::exchange(ahead_, std::nullopt);
            const auto handle = line.find("handle");
            if (handle != line.end() && check(commit)) {
                deliver(id_of(*handle), line.at("attempt").get<std::int64_t>());
                return check(commit);
            }
            if (const auto wrong = handle == line.end() ? check(commit) : std::nullopt) {
                return wrong;
            }
        }
        if (const auto event = event_of(line)) {
            std::visit([&](const auto& one) { hear(one); }, *event);
        } else if (const auto found = line.find("handle"); found != line.end()) {
            deliver(id_of(*found), line.at("attempt").get<std::int64_t>());
        } else if (const auto drop = line.find("drop"); drop != line.end()) {
            finish(id_of(*drop));
        } else if (const auto commit = line.find("commit"); commit != line.end()) {
            if (core::CommitSchedule::counts_deliveries(when_)) {
                ahead_ = line;
                return std::nullopt;
            }
            return check(line);
        } else if (const auto release = line.find("release"); release != line.end()) {
            for (const PartitionId partition : partitions_of(*release)) {
                leases_.erase(partition);
            }
        }
        return std::nullopt;
    }

  private:
    struct Held {
        LeaseId id;
        core::Lease lease;
    };

    void hear(const event::Assigned& event) {
        for (const event::Assigned::Partition& partition : event.partitions) {
            committed_[partition.partition] = partition.committed;
        }
    }
    void hear(const event::Handled& event) {
        if (event.success) {
            finish(event.record);
        }
    }
    void hear(const event::DeadLetterReport& event) {
        if (event.accepted) {
            finish(event.record);
        }
    }
    void hear(const event::CommitAnswered& event) {
        const auto held = leases_.find(event.committed.partition);
        if (held == leases_.end() || held->second.lease.in_flight() != event.committed.offset) {
            return;
        }
        if (event.error) {
            held->second.lease.commit_failed(*event.error);
        } else {
            held->second.lease.commit_acknowledged(event.committed.offset);
        }
    }
    template <class Other>
    void hear(const Other& /*event*/) {}

    void deliver(const InHandId& id, std::int64_t attempt) {
        if (attempt > 1) {
            return;
        }
        const auto held = leases_.find(id.partition);
        if (held == leases_.end() || held->second.id != id.lease) {
            const std::optional<Offset> committed = committed_[id.partition];
            committed_.erase(id.partition);
            const bool valid = committed && *committed <= id.offset;
            leases_.insert_or_assign(id.partition,
                                     Held{id.lease, core::Lease(valid ? *committed : id.offset,
                                                                valid ? committed : std::nullopt)});
        }
        leases_.at(id.partition).lease.deliver(core::OffsetRange::one(id.offset));
    }
    void finish(const InHandId& id) {
        const auto held = leases_.find(id.partition);
        if (held != leases_.end() && held->second.id == id.lease) {
            (void)held->second.lease.finish(core::OffsetRange::one(id.offset));
        }
    }
    /// Nothing is changed where something is wrong.
    std::optional<std::string> check(const Json& line) {
        const Json& commit = line.at("commit");
        const std::map<PartitionId, Held> before = leases_;
        for (const Json& pair : commit) {
            const PartitionId partition{pair.at(0).get<std::int32_t>()};
            const Offset offset{pair.at(1).get<std::int64_t>()};
            const auto held = leases_.find(partition);
            if (held == leases_.end()) {
                leases_ = before;
                return "a commit of partition " + std::to_string(partition.value()) +
                       ", of which nothing is in hand";
            }
            core::Lease& lease = held->second.lease;
            if (line.at("last").get<bool>() && lease.in_flight()) {
                lease.commit_failed(core::CommitError::retriable);
            }
            const auto allowed = lease.committable(when_);
            if (allowed != offset) {
                leases_ = before;
                return "partition " + std::to_string(partition.value()) + " commits " +
                       std::to_string(offset.value()) + " where the lease allows " +
                       (allowed ? std::to_string(allowed->value()) : "nothing");
            }
            lease.commit_sent(offset);
        }
        return std::nullopt;
    }

    core::CommitWhen when_;
    /// Policies that count what is handed out commit before the handler is given its record: such a
    /// commit is judged with the line behind it.
    std::optional<Json> ahead_;
    std::map<PartitionId, Held> leases_;
    std::map<PartitionId, std::optional<Offset>> committed_;
};

/// A history as it is read: its lines checked against an adapter and bare leases.
class Player {
  public:
    Player(const WorkerSettings& settings, Instant start)
        : adapter_(settings, start), leases_(settings.commit.when) {}

    std::optional<std::string> take(const Json& line) {
        const Instant now = core::at_nanoseconds(line.at("t").get<std::int64_t>());
        if (const auto event = event_of(line)) {
            if (const auto missing = next_command()) {
                return "the adapter says " + missing->dump() + " before this event";
            }
            adapter_.on(*event, now);
            ++replay_.events;
        } else {
            const auto said = next_command();
            Json recorded = line;
            recorded.erase("t");
            if (!said || *said != recorded) {
                return "recorded " + recorded.dump() + ", the adapter says " +
                       (said ? said->dump() : "nothing");
            }
            ++replay_.commands;
            if (const auto commit = line.find("commit"); commit != line.end()) {
                replay_.commits += static_cast<std::int64_t>(commit->size());
            }
        }
        return leases_.take(line);
    }
    [[nodiscard]] const Replay& result() const { return replay_; }

  private:
    std::optional<Json> next_command() {
        const auto command = adapter_.next_command();
        return command ? std::optional(to_json(*command)) : std::nullopt;
    }

    WorkerAdapter adapter_;
    BareLeases leases_;
    Replay replay_;
};

}  // namespace

HistoryWriter::HistoryWriter(const std::string& path, const WorkerSettings& settings, Instant start)
    : file_(path), open_(true) {
    file_ << with_time({{"settings", to_json(settings)}}, start).dump() << '\n';
    flush();
}

void HistoryWriter::write(const Event& event, Instant now) {
    if (open_) {
        file_ << with_time(std::visit([](const auto& one) { return to_json(one); }, event), now)
              << '\n';
    }
}

void HistoryWriter::write(const Command& command, Instant now) {
    if (open_) {
        file_ << with_time(to_json(command), now) << '\n';
    }
}

void HistoryWriter::flush() {
    if (open_) {
        file_.flush();
    }
}

std::expected<Replay, std::string> replay_history(std::istream& history) {
    std::optional<Player> player;
    std::string text;
    for (std::int64_t number = 1; std::getline(history, text); ++number) {
        const Json line = Json::parse(text, nullptr, false);
        const std::string place = "line " + std::to_string(number) + ": ";
        if (line.is_discarded()) {
            if (history.peek() == std::istream::traits_type::eof()) {
                break;  // The process died while it wrote.
            }
            return std::unexpected(place + "no JSON");
        }
        try {
            if (!player) {
                player.emplace(settings_of(line.at("settings")),
                               core::at_nanoseconds(line.at("t").get<std::int64_t>()));
            } else if (const auto wrong = player->take(line)) {
                return std::unexpected(place + *wrong);
            }
        } catch (const Json::exception& error) {
            return std::unexpected(place + error.what());
        }
    }
    if (!player) {
        return std::unexpected("an empty history");
    }
    return player->result();
}

}  // namespace lagsim::production
