// What the adapter does beyond the simulator's script: answers that fail, pauses, deadlines.
#include "production/worker/worker_adapter.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lagsim::production {
namespace {

using core::CommitError;
using core::Instant;
using core::Offset;
using core::PartitionId;
using namespace std::chrono_literals;

constexpr PartitionId p0{0};
constexpr PartitionId p1{1};

WorkerSettings commit_every_record() {
    WorkerSettings settings;
    settings.commit.every_records = core::Records{1};
    settings.dead_letter.emplace();
    return settings;
}

/// An adapter, its clock and the commands that it has given.
class Worker {
  public:
    explicit Worker(WorkerSettings settings) : adapter_(std::move(settings), Instant{}) {}

    Worker& at(core::Duration time) {
        now_ = Instant{time};
        return *this;
    }
    /// The commands that follow, without pauses unless they are asked for.
    std::vector<Command> hears(const Event& what) {
        adapter_.on(what, now_);
        std::vector<Command> commands;
        while (auto next = adapter_.next_command()) {
            commands.push_back(std::move(*next));
        }
        return commands;
    }
    std::vector<Command> fetches(std::int64_t offset, PartitionId partition = p0) {
        return hears(event::Fetched{partition, Offset{offset}, now_});
    }
    std::vector<Command> handles(const InHandId& record, bool success) {
        return hears(event::Handled{record, success});
    }
    WorkerAdapter& adapter() { return adapter_; }

  private:
    WorkerAdapter adapter_;
    Instant now_;
};

event::Assigned assigned(std::vector<PartitionId> partitions) {
    event::Assigned event;
    for (const PartitionId partition : partitions) {
        event.partitions.push_back({partition, Offset{10}});
    }
    return event;
}
InHandId record(std::int64_t offset, std::int64_t lease = 1, PartitionId partition = p0) {
    return {partition, Offset{offset}, LeaseId{lease}};
}
Command handle(const InHandId& id, std::int64_t attempt = 1) {
    return command::Handle{id, attempt};
}
Command commit(std::int64_t offset, bool last = false) {
    return command::Commit{{{p0, Offset{offset}}}, last};
}
Event answer(std::int64_t offset, std::optional<CommitError> error = {}) {
    return event::CommitAnswered{{p0, Offset{offset}}, error};
}
using Commands = std::vector<Command>;

/// A worker of one partition with record 10 finished and its commit on its way.
Worker with_commit_in_flight() {
    Worker worker(commit_every_record());
    worker.hears(assigned({p0}));
    worker.fetches(10);
    EXPECT_EQ(worker.handles(record(10), true), Commands{commit(11)});
    return worker;
}

TEST(WorkerAdapter, ACommitThatMeetsARebalanceIsSentAgainWithTheThenCurrentWatermark) {
    for (const CommitError error : {CommitError::retriable, CommitError::stale_member}) {
        Worker worker = with_commit_in_flight();
        worker.fetches(11);
        EXPECT_EQ(worker.at(1s).handles(record(11), true), Commands{});  // one in flight at most
        EXPECT_EQ(worker.hears(answer(11, error)), Commands{commit(12)});
        EXPECT_EQ(worker.at(2s).hears(answer(12, error)), Commands{});
        EXPECT_EQ(worker.adapter().next_wakeup(), Instant{2s + 100ms});
        EXPECT_EQ(worker.at(2s + 100ms).hears(event::Tick{}), Commands{commit(12)});
    }
}

TEST(WorkerAdapter, AMemberThatTheGroupDoesNotKnowCommitsAndTakesNothingMore) {
    Worker worker = with_commit_in_flight();
    worker.fetches(11);
    EXPECT_EQ(worker.hears(answer(11, CommitError::unknown_member)), Commands{});
    EXPECT_EQ(worker.handles(record(11), true), Commands{});
    EXPECT_EQ(worker.fetches(12), Commands{});
    EXPECT_EQ(worker.at(1min).hears(event::Tick{}), Commands{});
    EXPECT_EQ(worker.hears(event::Lost{{p0}}), Commands{command::Release{{p0}}});
}

TEST(WorkerAdapter, ARevokeWaitsForTheRecordInHandAndForTheAnswerToTheLastCommit) {
    Worker worker(commit_every_record());
    worker.hears(assigned({p0, p1}));
    worker.fetches(10);
    EXPECT_EQ(worker.fetches(11), Commands{});
    EXPECT_EQ(worker.hears(event::Revoked{{p0}}), Commands{});
    EXPECT_EQ(worker.handles(record(10), true), (Commands{commit(11), commit(11, true)}));
    EXPECT_EQ(worker.hears(answer(11)), Commands{command::Release{{p0}}});
    EXPECT_EQ(worker.fetches(10, p1), Commands{handle(record(10, 2, p1))});
}

TEST(WorkerAdapter, AHandlerThatOutlastsTheDeadlineIsLeftBehindAndItsRecordIsNotCommitted) {
    Worker worker(commit_every_record());
    worker.hears(assigned({p0}));
    worker.fetches(10);
    worker.hears(event::StopAsked{});
    EXPECT_EQ(worker.adapter().next_wakeup(), Instant{20s});
    EXPECT_EQ(worker.at(20s).hears(event::Tick{}),
              (Commands{command::Release{{p0}}, command::Leave{}}));
    EXPECT_EQ(worker.handles(record(10), true), Commands{});
    EXPECT_EQ(worker.adapter().counters().late_finishes, 1);
}

TEST(WorkerAdapter, AStopDoesNotWaitForABackOffNorForABrokerThatDoesNotAnswer) {
    Worker worker = with_commit_in_flight();
    worker.hears(answer(11));
    worker.fetches(11);
    worker.handles(record(11), true);
    worker.fetches(12);
    worker.handles(record(12), false);
    // Record 12 waits for its second attempt: its next owner begins it anew.
    EXPECT_EQ(worker.hears(event::StopAsked{}), Commands{commit(12, true)});
    EXPECT_EQ(worker.at(5s).hears(event::Tick{}),
              (Commands{command::Release{{p0}}, command::Leave{}}));
}

TEST(WorkerAdapter, RetriesAfterOneTwoAndFourSecondsThenDeadLettersAndOnlyThenCommits) {
    Worker worker(commit_every_record());
    worker.hears(assigned({p0}));
    worker.fetches(10);
    EXPECT_EQ(worker.handles(record(10), false), Commands{command::Pause{p0}});
    EXPECT_EQ(worker.fetches(11), Commands{});  // on its way when the partition was paused
    EXPECT_EQ(worker.at(1s).hears(event::Tick{}), Commands{handle(record(10), 2)});
    worker.handles(record(10), false);
    EXPECT_EQ(worker.at(3s).hears(event::Tick{}), Commands{handle(record(10), 3)});
    worker.handles(record(10), false);
    EXPECT_EQ(worker.at(7s).hears(event::Tick{}), Commands{handle(record(10), 4)});
    EXPECT_EQ(worker.handles(record(10), false),
              Commands{Command(command::ProduceDeadLetter{record(10), 4})});
    EXPECT_EQ(worker.hears(event::DeadLetterReport{record(10), true}),
              (Commands{commit(11), handle(record(11)), command::Resume{p0}}));
}

TEST(WorkerAdapter, ADeadLetterThatIsRefusedIsProducedAgainAndBlocksItsPartition) {
    WorkerSettings settings = commit_every_record();
    settings.backoffs.clear();
    settings.dead_letter->produce_again = 1s;
    Worker worker(settings);
    worker.hears(assigned({p0}));
    worker.fetches(10);
    worker.handles(record(10), false);
    EXPECT_EQ(worker.hears(event::DeadLetterReport{record(10), false}), Commands{});
    EXPECT_EQ(worker.fetches(11), Commands{});
    EXPECT_EQ(worker.at(1s).hears(event::Tick{}),
              Commands{Command(command::ProduceDeadLetter{record(10), 1})});
}

TEST(WorkerAdapter, StopsOrDropsAsThePolicySaysWhenADeadLetterCannotBeDelivered) {
    WorkerSettings settings = commit_every_record();
    settings.backoffs.clear();
    settings.dead_letter->attempts = 1;
    settings.dead_letter->when_down = core::UndeliverablePolicy::stop;
    Worker stops(settings);
    stops.hears(assigned({p0}));
    stops.fetches(10);
    stops.handles(record(10), false);
    EXPECT_EQ(
        stops.hears(event::DeadLetterReport{record(10), false}),
        (Commands{command::Undeliverable{record(10)}, command::Release{{p0}}, command::Leave{}}));

    settings.dead_letter->when_down = core::UndeliverablePolicy::drop;
    Worker drops(settings);
    drops.hears(assigned({p0}));
    drops.fetches(10);
    drops.handles(record(10), false);
    const Commands dropped = drops.hears(event::DeadLetterReport{record(10), false});
    EXPECT_EQ(dropped.at(0), Command(command::Drop{record(10)}));
    EXPECT_EQ(dropped.at(1), commit(11));
}

TEST(WorkerAdapter, PausesAtTheBuffersEndAndResumesAtHalfOfIt) {
    WorkerSettings settings = commit_every_record();
    settings.commit.when = core::CommitWhen::mark_only;
    settings.buffer = 4;
    Worker worker(settings);
    worker.hears(assigned({p0}));
    worker.fetches(10);  // in hand
    worker.fetches(11);
    worker.fetches(12);
    EXPECT_EQ(worker.fetches(13), Commands{});
    EXPECT_EQ(worker.fetches(14), Commands{command::Pause{p0}});
    EXPECT_EQ(worker.handles(record(10), true), Commands{handle(record(11))});
    EXPECT_EQ(worker.handles(record(11), true),
              (Commands{handle(record(12)), command::Resume{p0}}));
}

TEST(WorkerAdapter, ALogThatHasGoneBackIsANewLease) {
    Worker worker = with_commit_in_flight();
    worker.hears(answer(11));
    EXPECT_EQ(worker.fetches(3), Commands{handle(record(3, 2))});
    EXPECT_EQ(worker.handles(record(3, 2), true), Commands{commit(4)});
}

TEST(WorkerAdapter, AServerStaysTakenByAHandlerWhosePartitionIsGone) {
    WorkerSettings settings = commit_every_record();
    settings.servers = 1;
    Worker worker(settings);
    worker.hears(assigned({p0, p1}));
    worker.fetches(10);
    EXPECT_EQ(worker.fetches(10, p1), Commands{});
    EXPECT_EQ(worker.hears(event::Lost{{p0}}), Commands{command::Release{{p0}}});
    EXPECT_EQ(worker.handles(record(10), true), Commands{handle(record(10, 2, p1))});
}

}  // namespace
}  // namespace lagsim::production
