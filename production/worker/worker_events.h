/// What a worker hears and what it does, as values: the two sides of WorkerAdapter. The Kafka shell
/// makes the events and carries the commands out; a recorded history is a list of both.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/commit/lease.h"
#include "core/quantity.h"
#include "core/time.h"

namespace lagsim::production {

/// One ownership period of one partition; numbered by the adapter from 1, never reused.
using LeaseId = core::Id<struct LeaseTag, std::int64_t>;

struct PartitionOffset {
    core::PartitionId partition;
    core::Offset offset;
    friend bool operator==(const PartitionOffset&, const PartitionOffset&) = default;
};

/// A record in hand: whose delivery of what.
struct InHandId {
    core::PartitionId partition;
    core::Offset offset;
    LeaseId lease;
    friend bool operator==(const InHandId&, const InHandId&) = default;
};

namespace event {

/// Partitions are this worker's, with what the broker holds as committed (none: no valid commit).
struct Assigned {
    struct Partition {
        core::PartitionId partition;
        std::optional<core::Offset> committed;
        friend bool operator==(const Partition&, const Partition&) = default;
    };
    std::vector<Partition> partitions;
    friend bool operator==(const Assigned&, const Assigned&) = default;
};

/// A record was read from its partition. `arrived`: its timestamp, on the worker's clock.
struct Fetched {
    core::PartitionId partition;
    core::Offset offset;
    core::Instant arrived;
    friend bool operator==(const Fetched&, const Fetched&) = default;
};

/// The handler has returned.
struct Handled {
    InHandId record;
    bool success = false;
    friend bool operator==(const Handled&, const Handled&) = default;
};

/// Delivery report of a dead letter: `accepted` by all in-sync replicas, or failed for good.
struct DeadLetterReport {
    InHandId record;
    bool accepted = false;
    friend bool operator==(const DeadLetterReport&, const DeadLetterReport&) = default;
};

/// The broker's answer to one partition of a commit; no `error` = it is stored.
struct CommitAnswered {
    PartitionOffset committed;
    std::optional<core::CommitError> error;
    friend bool operator==(const CommitAnswered&, const CommitAnswered&) = default;
};

/// To be given up: there is time for the records in hand and a last commit.
struct Revoked {
    std::vector<core::PartitionId> partitions;
    friend bool operator==(const Revoked&, const Revoked&) = default;
};

/// Gone already: somebody else may have them.
struct Lost {
    std::vector<core::PartitionId> partitions;
    friend bool operator==(const Lost&, const Lost&) = default;
};

/// SIGTERM: finish what is in hand, commit, leave.
struct StopAsked {
    friend bool operator==(const StopAsked&, const StopAsked&) = default;
};

/// Nothing but time has passed.
struct Tick {
    friend bool operator==(const Tick&, const Tick&) = default;
};

}  // namespace event

using Event =
    std::variant<event::Assigned, event::Fetched, event::Handled, event::DeadLetterReport,
                 event::CommitAnswered, event::Revoked, event::Lost, event::StopAsked, event::Tick>;

namespace command {

/// Give the record to a handler. `attempt`: 1 = first under this lease.
struct Handle {
    InHandId record;
    std::int64_t attempt = 1;
    friend bool operator==(const Handle&, const Handle&) = default;
};

/// Read no more of the partition; what arrives nevertheless is kept.
struct Pause {
    core::PartitionId partition;
    friend bool operator==(const Pause&, const Pause&) = default;
};
struct Resume {
    core::PartitionId partition;
    friend bool operator==(const Resume&, const Resume&) = default;
};

/// One OffsetCommit, asynchronous; each partition of it is answered by CommitAnswered.
struct Commit {
    std::vector<PartitionOffset> offsets;
    bool last = false;  ///< of a revoke or a stop: the partitions are released after its answer
    friend bool operator==(const Commit&, const Commit&) = default;
};

/// Produce it to the dead-letter topic, acks=all.
struct ProduceDeadLetter {
    InHandId record;
    std::int64_t failed_attempts = 0;  ///< of its handler
    friend bool operator==(const ProduceDeadLetter&, const ProduceDeadLetter&) = default;
};

/// Given up without a copy, by policy: a loss to be told.
struct Drop {
    InHandId record;
    friend bool operator==(const Drop&, const Drop&) = default;
};

/// The partitions may be unassigned: nothing more of them will be committed.
struct Release {
    std::vector<core::PartitionId> partitions;
    friend bool operator==(const Release&, const Release&) = default;
};

/// A record can be neither processed nor dead-lettered, and the policy is to stop: Leave follows.
struct Undeliverable {
    InHandId record;
    friend bool operator==(const Undeliverable&, const Undeliverable&) = default;
};

/// Everything is released: leave the group and exit.
struct Leave {
    friend bool operator==(const Leave&, const Leave&) = default;
};

}  // namespace command

using Command = std::variant<command::Handle, command::Pause, command::Resume, command::Commit,
                             command::ProduceDeadLetter, command::Drop, command::Release,
                             command::Undeliverable, command::Leave>;

}  // namespace lagsim::production
