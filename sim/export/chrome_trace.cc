#include "sim/export/chrome_trace.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

// Threads of a group's process that are no pods; pod n is thread first_pod + n.
constexpr int keda_thread = 1;
constexpr int hpa_thread = 2;
constexpr int rebalance_thread = 3;
constexpr int first_pod = 10;

/// A decision takes no simulated time, but a flow begins and ends in slices only.
constexpr double decision_us = 1000.0;

double microseconds(core::Instant time) {
    return core::seconds(time) * 1e6;
}

/// A slice that has begun on a thread.
struct Running {
    std::string name;
    double begin = 0.0;
    Json args = Json::object();
};

class Trace {
  public:
    explicit Trace(const ExportSource& source) : source_(source), run_(source.run) {
        end_ = run_.sample_times.empty() ? 0.0 : microseconds(run_.sample_times.back());
        if (!run_.events.empty()) {
            end_ = std::fmax(end_, microseconds(run_.events.back().time));
        }
    }

    void write(TextOutput& output) {
        for (std::size_t i = 0; i < run_.events.size(); ++i) {
            take(i, run_.events[i]);
        }
        for (auto& [thread, running] : running_) {
            close(thread, running, end_);
        }
        for (const Decision& made : run_.decisions) {
            decide(made);
        }
        counters();
        name_everything();
        std::ranges::stable_sort(events_, {}, &Timed::at);
        output.write(
            fmt::format("{{\"displayTimeUnit\":\"ms\",\"otherData\":{},\"traceEvents\":[\n",
                        text(Json{{"scenario", source_.names.scenario},
                                  {"seed", source_.names.seed},
                                  {"replication", run_.replication},
                                  {"lagsim_version", source_.names.version}})));
        const char* separator = "";
        for (const auto* list : {&names_, &events_}) {
            for (const Timed& event : *list) {
                output.write(separator);
                output.write(event.json);
                separator = ",\n";
            }
        }
        output.write("\n]}\n");
    }

  private:
    using Thread = std::pair<int, int>;  ///< process, thread
    struct Timed {
        double at = 0.0;
        std::string json;
    };

    static int pods_process(std::int32_t group) { return 2 * group + 1; }
    static int partitions_process(std::int32_t group) { return 2 * group + 2; }

    static std::string text(const Json& json) {
        return json.dump(-1, ' ', false, Json::error_handler_t::replace);
    }

    void add(const char* phase, const std::string& name, Thread thread, double at, Json more) {
        Json event{{"ph", phase},
                   {"name", name},
                   {"pid", thread.first},
                   {"tid", thread.second},
                   {"ts", at}};
        event.update(more);
        events_.push_back({at, text(event)});
        threads_.insert(thread);
    }

    void slice(const std::string& name, Thread thread, double begin, double end, const Json& args) {
        add("X", name, thread, begin, {{"dur", end - begin}, {"args", args}});
    }

    void open(Thread thread, const std::string& name, double at,
              const Json& args = Json::object()) {
        running_[thread] = Running{name, at, args};
    }
    void close(Thread thread, std::optional<Running>& running, double at) {
        if (running) {
            slice(running->name, thread, running->begin, at, running->args);
            running.reset();
        }
    }
    void close(Thread thread, double at) { close(thread, running_[thread], at); }

    void take(std::size_t index, const Event& event) {
        const double at = microseconds(event.time);
        if (event.group >= 0) {
            pod_event(index, event, at);
            lane_event(event, at);
            rebalance_event(event, at);
        }
        if (event.kind == EventKind::fault_started || event.kind == EventKind::fault_ended) {
            const int process = pods_process(std::max(event.group, 0));
            add("i", fmt::format("{} {}", kind_name(event), event.value), {process, 0}, at,
                {{"s", "g"}});
        }
    }

    static std::string kind_name(const Event& event) {
        return event_kind_names.at(static_cast<std::size_t>(event.kind));
    }

    /// What a pod is from this event on; nothing = the event does not change it.
    static const char* state_after(EventKind kind) {
        switch (kind) {
            case EventKind::pod_created:
                return "Pending";
            case EventKind::pod_scheduled:
                return "Starting";
            case EventKind::pod_started:
            case EventKind::pod_restarted:
                return "Running, not ready";
            case EventKind::pod_ready:
                return "Ready";
            case EventKind::pod_terminating:
                return "Terminating";
            case EventKind::pod_crashed:
                return "Crashed";
            case EventKind::pod_unschedulable:
                return "Unschedulable";
            default:
                return nullptr;
        }
    }

    void pod_event(std::size_t index, const Event& event, double at) {
        const Thread thread{pods_process(event.group), first_pod + event.pod};
        if (event.pod < 0) {
            return;
        }
        if (const char* state = state_after(event.kind)) {
            close(thread, at);
            open(thread, state, at);
            flow_to(index, event, thread, at);
        } else if (event.kind == EventKind::pod_gone) {
            close(thread, at);
        } else if (event.kind == EventKind::member_joined || event.kind == EventKind::member_left ||
                   event.kind == EventKind::member_expired) {
            add("i", kind_name(event), thread, at, {{"s", "t"}});
        }
    }

    void lane_event(const Event& event, double at) {
        if (event.lane < 0) {
            return;
        }
        const Thread thread{partitions_process(event.group), event.lane + 1};
        if (event.kind == EventKind::partition_assigned) {
            close(thread, at);
            open(thread, fmt::format("pod {}", event.pod), at, {{"generation", event.value}});
        } else if (event.kind == EventKind::partition_revoked ||
                   event.kind == EventKind::partition_lost) {
            close(thread, at);
        }
    }

    void rebalance_event(const Event& event, double at) {
        const Thread thread{pods_process(event.group), rebalance_thread};
        if (event.kind == EventKind::rebalance_started) {
            // One that is under way is restarted by another change of members.
            close(thread, at);
            open(thread, "rebalance", at, {{"generation", event.value}});
        } else if (event.kind == EventKind::rebalance_completed) {
            close(thread, at);
        }
    }

    /// From the decision behind a pod's creation or end to the pod.
    void flow_to(std::size_t index, const Event& event, Thread thread, double at) {
        if (event.kind != EventKind::pod_created && event.kind != EventKind::pod_terminating) {
            return;
        }
        const Event* cause = event.cause < 0 || event.cause >= static_cast<std::int64_t>(index)
                                 ? nullptr
                                 : &run_.events[static_cast<std::size_t>(event.cause)];
        if (cause == nullptr ||
            (cause->kind != EventKind::scale_up && cause->kind != EventKind::scale_down)) {
            return;
        }
        const Decision* decision = decision_behind(*cause);
        if (decision == nullptr) {
            return;
        }
        const Json flow{{"id", ++flows_}, {"cat", "decision"}};
        Json begin = flow;
        add("s", "scale", {pods_process(event.group), thread_of(*decision)},
            microseconds(decision->time), begin);
        Json finish = flow;
        finish["bp"] = "e";
        add("f", "scale", thread, at, finish);
    }

    /// The last one before a change of spec.replicas that asked for it.
    [[nodiscard]] const Decision* decision_behind(const Event& change) const {
        const auto after =
            std::ranges::upper_bound(run_.decisions, change.time, {}, &Decision::time);
        for (auto made = after; made != run_.decisions.begin();) {
            --made;
            if (made->group == change.group && made->replicas_before != made->replicas_after &&
                made->replicas_after == change.value) {
                return &*made;
            }
        }
        return nullptr;
    }

    static int thread_of(const Decision& made) {
        return made.who == DecisionMaker::keda ? keda_thread : hpa_thread;
    }

    void decide(const Decision& made) {
        const bool changed = made.replicas_before != made.replicas_after;
        const Json args{{"lag", made.lag},
                        {"metric", std::isfinite(made.metric) ? Json(made.metric) : Json(nullptr)},
                        {"replicas before", made.replicas_before},
                        {"replicas after", made.replicas_after},
                        {"limited by", made.reason}};
        const Thread thread{pods_process(made.group), thread_of(made)};
        const double at = microseconds(made.time);
        if (changed) {
            slice(fmt::format("{} to {}", made.replicas_before, made.replicas_after), thread, at,
                  at + decision_us, args);
        } else {
            add("i", made.who == DecisionMaker::keda ? "poll" : "sync", thread, at,
                {{"s", "t"}, {"args", args}});
        }
    }

    void counters() {
        const std::size_t groups = source_.groups.size();
        for (std::size_t sample = 0; sample < run_.sample_times.size(); ++sample) {
            const double at = microseconds(run_.sample_times[sample]);
            for (std::size_t group = 0; group < groups; ++group) {
                const std::size_t i = sample * groups + group;
                const Thread process{pods_process(static_cast<std::int32_t>(group)), 0};
                add("C", "lag", process, at, {{"args", {{"records", run_.groups.lag_total[i]}}}});
                add("C", "replicas", process, at,
                    {{"args",
                      {{"desired", run_.groups.desired_replicas[i]},
                       {"ready", run_.groups.ready_replicas[i]}}}});
            }
        }
    }

    void name(const char* what, Thread thread, const std::string& is) {
        names_.push_back({0.0, text({{"ph", "M"},
                                     {"name", what},
                                     {"pid", thread.first},
                                     {"tid", thread.second},
                                     {"args", {{"name", is}}}})});
    }

    void name_everything() {
        for (std::size_t i = 0; i < source_.groups.size(); ++i) {
            const auto group = static_cast<std::int32_t>(i);
            name("process_name", {pods_process(group), 0}, source_.groups[i].name);
            name("process_name", {partitions_process(group), 0},
                 "partitions of " + source_.groups[i].name);
        }
        for (const Thread& thread : threads_) {
            const bool partitions = thread.first % 2 == 0;
            if (thread.second == 0) {
                continue;
            }
            if (partitions) {
                const StoredLane& lane =
                    source_.names.lanes.at(static_cast<std::size_t>(thread.second - 1));
                name("thread_name", thread, fmt::format("{}/{}", lane.topic, lane.partition));
            } else {
                name("thread_name", thread,
                     thread.second == keda_thread  ? "KEDA"
                     : thread.second == hpa_thread ? "HPA"
                     : thread.second == rebalance_thread
                         ? "rebalances"
                         : fmt::format("pod {}", thread.second - first_pod));
            }
        }
    }

    const ExportSource& source_;
    const ReplicationResult& run_;
    double end_ = 0.0;
    std::int64_t flows_ = 0;
    std::map<Thread, std::optional<Running>> running_;
    std::set<Thread> threads_;
    std::vector<Timed> names_;
    std::vector<Timed> events_;
};

}  // namespace

void write_chrome_trace(const ExportSource& source, TextOutput& output) {
    Trace(source).write(output);
}

}  // namespace lagsim::sim
