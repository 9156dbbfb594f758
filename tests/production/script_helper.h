/// One script of events for two workers: the simulator's record plane and the live worker's
/// adapter, and the timeline of what each of them did.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "production/worker/worker_settings.h"
#include "sim/scenario/scenario.h"

namespace lagsim::production {

/// What happens to a group, beside its traffic.
struct Action {
    enum class Kind : std::uint8_t { start, assign, revoke, lose, kill, stop } kind = Kind::start;
    core::Instant at;
    std::int32_t process = 0;
    std::vector<std::int32_t> lanes{};
    /// Of a revoke or stop: who gets the partitions as soon as they are free; -1 = nobody.
    std::int32_t heir = -1;
};

struct Script {
    sim::Scenario scenario;  ///< one topic, one group, its records published one by one
    WorkerSettings settings;
    std::vector<Action> actions;  ///< ascending in time
    core::Instant end;
    [[nodiscard]] std::int32_t partitions() const { return scenario.topics[0].partitions; }
    [[nodiscard]] bool loses() const {
        return std::ranges::find(actions, Action::Kind::lose, &Action::kind) != actions.end();
    }
};

/// Something that a worker did, at its instant.
struct Deed {
    enum class Kind : std::uint8_t {
        finished,     ///< a handler has succeeded
        committed,    ///< the broker has stored `offset`
        handed_over,  ///< a revoked or stopped worker has given the partition back
    } kind = Kind::finished;
    core::Instant at;
    std::int32_t process = 0;
    std::int32_t lane = 0;
    core::Offset offset{};
    friend auto operator<=>(const Deed&, const Deed&) = default;
};

struct Timeline {
    std::vector<Deed> deeds;  ///< ascending
    std::int64_t retries = 0;
    std::int64_t dead_lettered = 0;                      ///< dead letters that were accepted
    std::vector<std::optional<core::Offset>> committed;  ///< by lane, at the end
};

/// The engine's reference record plane, driven as sim/engine/control drives it.
[[nodiscard]] Timeline play_in_simulator(const Script& script);
/// Adapters behind a broker, handlers and a dead-letter topic that take the scenario's times. Where
/// `histories` is given, worker n leaves its history in the file of that name + n.
[[nodiscard]] Timeline play_in_adapter(const Script& script, const std::string& histories = "");
/// Two workers with everything about them, and what happens to them, drawn by the seed.
[[nodiscard]] Script some_script(std::uint64_t seed);

}  // namespace lagsim::production
