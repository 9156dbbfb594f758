#include "tests/sim/engine/agreement_helper.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "sim/engine/record_plane.h"

namespace lagsim::sim {

namespace {

struct Finish {
    std::int64_t time = 0;
    std::int32_t lane = 0;
    std::int64_t offset = 0;
    ProcessId process = 0;
    friend auto operator<=>(const Finish&, const Finish&) = default;
};

class FinishLog final : public RecordObserver {
  public:
    void finished(ProcessId process, std::int32_t lane, core::Offset offset,
                  core::Instant now) override {
        finishes.push_back({core::nanoseconds(now), lane, offset.value(), process});
    }
    void committed(ProcessId /*process*/, std::int32_t /*lane*/, core::Instant /*now*/) override {}
    std::vector<Finish> finishes;
};

ReplicationResult run(const Scenario& scenario, std::uint32_t replication, EngineKind engine,
                      RecordObserver* observer = nullptr) {
    RunControl control;
    control.observer = observer;
    return *run_replication(scenario, replication, engine, control);
}

std::string first_record(const Scenario& scenario, std::uint32_t replication) {
    FinishLog slow;
    FinishLog fast;
    static_cast<void>(run(scenario, replication, EngineKind::reference, &slow));
    static_cast<void>(run(scenario, replication, EngineKind::lanes, &fast));
    std::ranges::sort(slow.finishes);
    std::ranges::sort(fast.finishes);
    const auto text = [](const std::vector<Finish>& log, std::size_t i) {
        return i < log.size() ? fmt::format("{} ns: lane {} offset {} by process {}", log[i].time,
                                            log[i].lane, log[i].offset, log[i].process)
                              : std::string("no more");
    };
    for (std::size_t i = 0; i < std::max(slow.finishes.size(), fast.finishes.size()); ++i) {
        if (text(slow.finishes, i) != text(fast.finishes, i)) {
            return fmt::format("finish {}: reference {}; lanes {}", i, text(slow.finishes, i),
                               text(fast.finishes, i));
        }
    }
    return fmt::format("all {} finishes are equal", slow.finishes.size());
}

std::int64_t bits(double value) {
    return std::bit_cast<std::int64_t>(value);
}
template <class T>
    requires(!std::is_floating_point_v<T>)
std::int64_t bits(const T& value) {
    return static_cast<std::int64_t>(value);
}

/// Index of the first row that differs, said as `what`.
template <class Row, class Text>
std::string rows(const char* what, const std::vector<Row>& a, const std::vector<Row>& b,
                 const Text& text) {
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        const std::string left = i < a.size() ? text(a[i]) : "none";
        const std::string right = i < b.size() ? text(b[i]) : "none";
        if (left != right) {
            return fmt::format("{} {}: reference {}; lanes {}\n", what, i, left, right);
        }
    }
    return {};
}

template <class T>
std::string column(const char* what, const std::vector<T>& a, const std::vector<T>& b) {
    return rows(what, a, b, [](const T& value) { return fmt::format("{}", bits(value)); });
}

std::string events(const ReplicationResult& a, const ReplicationResult& b) {
    return rows("event", a.events, b.events, [](const Event& e) {
        return fmt::format("{} ns {} group {} pod {} lane {} value {} cause {}",
                           core::nanoseconds(e.time),
                           event_kind_names[static_cast<std::size_t>(e.kind)], e.group, e.pod,
                           e.lane, e.value, e.cause);
    });
}

std::string decisions(const ReplicationResult& a, const ReplicationResult& b) {
    return rows("decision", a.decisions, b.decisions, [](const Decision& d) {
        return fmt::format(
            "{} ns who {} lag {} metric {} active {} error {} replicas {} {} {} {} "
            "{} {} reason {}",
            core::nanoseconds(d.time), static_cast<int>(d.who), d.lag, bits(d.metric), d.active,
            d.error, d.replicas_before, d.status_replicas, d.ready_replicas, d.proposed,
            d.stabilized, d.replicas_after, d.reason);
    });
}

std::string series(const ReplicationResult& a, const ReplicationResult& b) {
    return column("log end", a.lanes.log_end_offset, b.lanes.log_end_offset) +
           column("committed offset", a.lanes.committed_offset, b.lanes.committed_offset) +
           column("position", a.lanes.position, b.lanes.position) +
           column("lag", a.lanes.lag, b.lanes.lag) +
           column("lag total", a.groups.lag_total, b.groups.lag_total) +
           column("metric", a.groups.metric_value, b.groups.metric_value) +
           column("replicas", a.groups.replicas, b.groups.replicas) +
           column("produced", a.groups.produced, b.groups.produced) +
           column("finished", a.groups.finished, b.groups.finished) +
           column("duplicates", a.groups.duplicates, b.groups.duplicates) +
           column("dead-lettered", a.groups.dead_lettered, b.groups.dead_lettered) +
           column("lost", a.groups.lost, b.groups.lost) +
           column("retries", a.groups.retries, b.groups.retries) +
           column("utilization", a.groups.utilization, b.groups.utilization);
}

std::string intervals(const char* what, const std::vector<LedgerInterval>& a,
                      const std::vector<LedgerInterval>& b) {
    return rows(what, a, b, [](const LedgerInterval& i) {
        return fmt::format("lane {} [{}, {}] at {} ns cause {}", i.lane, i.first, i.last,
                           core::nanoseconds(i.time), i.cause);
    });
}

std::string totals(const ReplicationResult& a, const ReplicationResult& b) {
    const auto text = [](const GroupTotals& t) {
        const auto low = [](core::int128 value) { return static_cast<std::int64_t>(value); };
        return fmt::format(
            "produced {} finished {} dead {} waiting {} lost {} duplicates {} {} {} retries {} "
            "after warm-up {} {} integrals {} {} {} {} {} {} {} drain {} rebalances {} latency {} "
            "{}",
            t.ledger.produced, t.ledger.finished, t.ledger.dead_lettered, t.ledger.waiting,
            t.ledger.lost, t.ledger.duplicates, t.ledger.dead_letter_duplicates,
            t.ledger.dead_lettered_and_finished, t.retries, t.produced_after_warmup,
            t.finished_after_warmup, low(t.lag_integral), low(t.replica_integral), low(t.pod_time),
            low(t.rebalance_pause), low(t.wasted_work), low(t.busy_time), low(t.capacity_time),
            t.time_to_drain.count(), t.rebalances, bits(t.latency.mean()), bits(t.latency.max()));
    };
    std::string difference = rows("totals of group", a.totals, b.totals, text);
    for (std::size_t g = 0; g < std::min(a.totals.size(), b.totals.size()); ++g) {
        difference +=
            column("latency bucket", a.totals[g].latency.counts(), b.totals[g].latency.counts());
    }
    return difference;
}

}  // namespace

std::string first_difference(const Scenario& scenario, std::uint32_t replication) {
    const ReplicationResult slow = run(scenario, replication, EngineKind::reference);
    const ReplicationResult fast = run(scenario, replication, EngineKind::lanes);
    std::string difference = events(slow, fast) + decisions(slow, fast) + series(slow, fast) +
                             intervals("lost", slow.lost, fast.lost) +
                             intervals("duplicates", slow.duplicates, fast.duplicates) +
                             totals(slow, fast);
    if (slow.fingerprint != fast.fingerprint) {
        difference += fmt::format("fingerprint: reference {:016x}; lanes {:016x}\n",
                                  slow.fingerprint, fast.fingerprint);
    }
    return difference.empty() ? difference : difference + first_record(scenario, replication);
}

}  // namespace lagsim::sim
