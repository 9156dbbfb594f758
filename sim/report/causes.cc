#include "sim/report/causes.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sim/scenario/fault_words.h"

namespace lagsim::sim::report {
namespace {

std::string fault_in_words(const ReportInput& input, std::int64_t index) {
    if (!input.scenario || index < 0 ||
        index >= static_cast<std::int64_t>(input.scenario->scenario.faults.size())) {
        return fmt::format("fault {}", index);
    }
    const Fault& fault = input.scenario->scenario.faults[static_cast<std::size_t>(index)];
    return fmt::format("fault {}", fault_word(fault.kind));
}

/// What an event is as a first cause; empty = its own cause says more.
std::string as_root(const ReportInput& input, const Event& event) {
    switch (event.kind) {
        case EventKind::scale_up:
            return "scale-up";
        case EventKind::scale_down:
            return "scale-down";
        case EventKind::fault_started:
        case EventKind::fault_ended:
            return fault_in_words(input, event.value);
        case EventKind::partitions_found:
            return "new partitions";
        case EventKind::node_removed:
            return "node removed";
        default:
            break;
    }
    if (event.cause >= 0) {
        return {};
    }
    switch (event.kind) {
        case EventKind::pod_crashed:
            return "crash";
        case EventKind::member_expired:
            return "session timeout";
        case EventKind::pod_created:
            return "start of the group";
        case EventKind::rebalance_started:
            return "start of the group";
        case EventKind::pod_terminating:
            return "pod terminated";
        default:
            return event_kind_names[static_cast<std::size_t>(event.kind)];
    }
}

bool takes_partition(EventKind kind) {
    return kind == EventKind::partition_revoked || kind == EventKind::partition_lost;
}

bool changes_members(EventKind kind) {
    return kind == EventKind::member_joined || kind == EventKind::member_left ||
           kind == EventKind::member_expired || kind == EventKind::partitions_found;
}

}  // namespace

Causes::Causes(const ReportInput& input) : input_(input) {
    struct Group {
        std::int64_t change = -1;   // the last change of its members
        std::int64_t trigger = -1;  // of its last rebalance
    };
    std::vector<Group> groups(input.groups.size());
    for (std::size_t i = 0; i < input.drawn.events.size(); ++i) {
        const Event& event = input.drawn.events[i];
        if (event.group < 0) {
            trigger_.push_back(-1);
            continue;
        }
        Group& group = groups[static_cast<std::size_t>(event.group)];
        if (changes_members(event.kind)) {
            group.change = static_cast<std::int64_t>(i);
        } else if (event.kind == EventKind::rebalance_started) {
            group.trigger = group.change;
        }
        trigger_.push_back(group.trigger);
    }
}

std::int64_t Causes::before(std::int64_t index) const {
    const Event& event = input_.drawn.events[static_cast<std::size_t>(index)];
    const bool gives_up = event.kind == EventKind::partition_revoked;
    if (gives_up && event.cause >= 0 &&
        input_.drawn.events[static_cast<std::size_t>(event.cause)].kind ==
            EventKind::pod_terminating) {
        return event.cause;
    }
    const bool rebalances =
        event.kind == EventKind::rebalance_started || event.kind == EventKind::rebalance_completed;
    return gives_up || rebalances ? trigger_[static_cast<std::size_t>(index)] : event.cause;
}

std::string Causes::root(std::int64_t event) const {
    while (event >= 0) {
        const Event& at = input_.drawn.events[static_cast<std::size_t>(event)];
        if (std::string root = as_root(input_, at); !root.empty()) {
            return root;
        }
        event = before(event);  // always an earlier event, so this ends
    }
    return "start of the group";
}

std::vector<Ownership> ownership(const ReportInput& input) {
    std::vector<Ownership> all;
    std::map<std::int32_t, Ownership> open;
    const auto close = [&](std::int32_t lane, double now) {
        if (const auto found = open.find(lane); found != open.end()) {
            found->second.to = now;
            all.push_back(found->second);
            open.erase(found);
        }
    };
    for (const Event& event : input.drawn.events) {
        const double now = core::seconds(event.time);
        if (event.kind == EventKind::partition_assigned) {
            close(event.lane, now);
            open[event.lane] = {event.lane, event.pod, now, now};
        } else if (takes_partition(event.kind)) {
            close(event.lane, now);
        }
    }
    while (!open.empty()) {
        close(open.begin()->first, input.seconds());
    }
    return all;
}

std::vector<Pause> pauses(const ReportInput& input) {
    std::vector<Pause> all;
    std::map<std::int32_t, Pause> open;
    for (const GroupInput& group : input.groups) {
        for (const std::size_t lane : group.lanes) {
            const auto number = static_cast<std::int32_t>(lane);
            open[number] = {number, 0.0, 0.0, -1};
        }
    }
    for (std::size_t i = 0; i < input.drawn.events.size(); ++i) {
        const Event& event = input.drawn.events[i];
        const double now = core::seconds(event.time);
        if (takes_partition(event.kind)) {
            open.try_emplace(event.lane, Pause{event.lane, now, now, static_cast<std::int64_t>(i)});
        } else if (event.kind == EventKind::partition_assigned) {
            if (const auto found = open.find(event.lane); found != open.end()) {
                found->second.to = now;
                all.push_back(found->second);
                open.erase(found);
            }
        }
    }
    for (auto& [lane, pause] : open) {
        pause.to = input.seconds();
        all.push_back(pause);
    }
    return all;
}

std::vector<BillLine> rebalance_bill(const ReportInput& input, std::size_t group) {
    const Causes causes(input);
    std::map<std::string, BillLine> by_cause;
    for (const Pause& pause : pauses(input)) {
        const StoredLane& lane = input.run.lanes[static_cast<std::size_t>(pause.lane)];
        if (static_cast<std::size_t>(lane.group) != group) {
            continue;
        }
        BillLine& line = by_cause[causes.root(pause.event)];
        line.seconds += pause.to - pause.from;
        line.longest = std::max(line.longest, pause.to - pause.from);
        ++line.times;
    }
    std::vector<BillLine> bill;
    for (auto& [cause, line] : by_cause) {
        line.cause = cause;
        bill.push_back(line);
    }
    std::ranges::sort(bill, [](const BillLine& a, const BillLine& b) {
        return a.seconds != b.seconds ? a.seconds > b.seconds : a.cause < b.cause;
    });
    return bill;
}

}  // namespace lagsim::sim::report
