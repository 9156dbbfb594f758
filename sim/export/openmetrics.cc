#include "sim/export/openmetrics.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "sim/scenario/units.h"

namespace lagsim::sim {
namespace {

std::string label_value(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        escaped += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
    }
    return escaped;
}

std::string labels(std::initializer_list<std::pair<const char*, std::string>> all) {
    std::string text;
    for (const auto& [name, value] : all) {
        text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, label_value(value));
    }
    return "{" + text + "}";
}

std::string number(double value) {
    return std::isnan(value) ? "NaN" : fmt::format("{}", value);
}

/// A value at each sample; NaN = no sample then.
using ValueAt = std::function<double(std::size_t sample)>;

class Exposition {
  public:
    Exposition(const ExportSource& source, std::int64_t start_ms, TextOutput& output)
        : source_(source), run_(source.run), output_(output) {
        for (const core::Instant time : run_.sample_times) {
            const std::int64_t ms = start_ms + std::llround(core::seconds(time) * 1e3);
            times_.push_back(fmt::format("{}.{:03}", ms / 1000, ms % 1000));
        }
    }

    void write() {
        of_lanes();
        of_topics();
        of_consumer_groups();
        of_deployments();
        of_autoscalers();
        of_triggers();
        of_simulation();
        output_.write("# EOF\n");
    }

  private:
    void family(const std::string& name, const char* type, const char* help) {
        name_ = name;
        suffix_ = std::string_view(type) == "counter" ? "_total" : "";
        output_.write(fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type));
    }

    void series(const std::string& label_set, const ValueAt& value) {
        std::string lines;
        for (std::size_t sample = 0; sample < times_.size(); ++sample) {
            const double at = value(sample);
            if (!std::isnan(at)) {
                lines += fmt::format("{}{}{} {} {}\n", name_, suffix_, label_set, number(at),
                                     times_[sample]);
            }
        }
        output_.write(lines);
    }

    [[nodiscard]] std::size_t lanes() const { return source_.names.lanes.size(); }
    [[nodiscard]] std::size_t groups() const { return source_.groups.size(); }
    [[nodiscard]] const std::string& group_of(const StoredLane& lane) const {
        return source_.groups.at(static_cast<std::size_t>(lane.group)).name;
    }

    template <class Value>
    void each_lane(Value value) {
        for (std::size_t lane = 0; lane < lanes(); ++lane) {
            const StoredLane& of = source_.names.lanes[lane];
            series(labels({{"consumergroup", group_of(of)},
                           {"partition", fmt::format("{}", of.partition)},
                           {"topic", of.topic}}),
                   [&](std::size_t sample) { return value(sample * lanes() + lane); });
        }
    }

    /// kafka-exporter: without a commit both are -1.
    void of_lanes() {
        family("kafka_consumergroup_current_offset", "gauge",
               "Committed offset of a consumer group; -1 = none");
        each_lane(
            [&](std::size_t i) { return static_cast<double>(run_.lanes.committed_offset[i]); });
        family("kafka_consumergroup_lag", "gauge",
               "Log end offset minus committed offset; -1 = nothing committed");
        each_lane([&](std::size_t i) {
            return run_.lanes.committed_offset[i] < 0 ? -1.0
                                                      : static_cast<double>(run_.lanes.lag[i]);
        });
    }

    /// Lanes of a topic, once, whichever groups read it.
    template <class Value>
    void each_log(Value value) {
        std::set<std::pair<std::string, std::int32_t>> written;
        for (std::size_t lane = 0; lane < lanes(); ++lane) {
            const StoredLane& of = source_.names.lanes[lane];
            if (written.emplace(of.topic, of.partition).second) {
                series(
                    labels({{"partition", fmt::format("{}", of.partition)}, {"topic", of.topic}}),
                    [&](std::size_t sample) { return value(sample * lanes() + lane); });
            }
        }
    }

    void of_topics() {
        family("kafka_topic_partition_current_offset", "gauge", "Log end offset of a partition");
        each_log([&](std::size_t i) { return static_cast<double>(run_.lanes.log_end_offset[i]); });
        family("kafka_topic_partitions", "gauge", "Partitions of a topic");
        std::map<std::string, std::set<std::int32_t>> topics;
        for (const StoredLane& lane : source_.names.lanes) {
            topics[lane.topic].insert(lane.partition);
        }
        for (const auto& [topic, partitions] : topics) {
            series(labels({{"topic", topic}}),
                   [&](std::size_t) { return static_cast<double>(partitions.size()); });
        }
    }

    template <class Labels, class Value>
    void each_group(Labels label_set, Value value) {
        for (std::size_t group = 0; group < groups(); ++group) {
            const std::string text = label_set(source_.groups[group]);
            if (!text.empty()) {
                series(text, [&](std::size_t sample) { return value(sample, group); });
            }
        }
    }
    [[nodiscard]] std::size_t at(std::size_t sample, std::size_t group) const {
        return sample * groups() + group;
    }
    static std::string consumer_group(const ExportGroup& group) {
        return labels({{"consumergroup", group.name}});
    }

    void of_consumer_groups() {
        family("kafka_consumergroup_members", "gauge", "Members of a consumer group");
        each_group(consumer_group, [&](std::size_t sample, std::size_t group) {
            return static_cast<double>(run_.groups.members[at(sample, group)]);
        });
    }

    void of_deployments() {
        const auto deployment = [](const ExportGroup& group) {
            return labels({{"deployment", group.deployment}, {"namespace", group.name_space}});
        };
        const auto gauge = [&](const char* name, const char* help,
                               const std::vector<std::int32_t>& values) {
            family(name, "gauge", help);
            each_group(deployment, [&](std::size_t sample, std::size_t group) {
                return static_cast<double>(values[at(sample, group)]);
            });
        };
        gauge("kube_deployment_spec_replicas", "Pods asked for", run_.groups.desired_replicas);
        gauge("kube_deployment_status_replicas", "Pods that exist and do not terminate",
              run_.groups.replicas);
        gauge("kube_deployment_status_replicas_ready", "Pods that are Ready",
              run_.groups.ready_replicas);
        gauge("kube_deployment_status_replicas_available", "Pods that are Ready",
              run_.groups.ready_replicas);
    }

    /// What `field` of the last decision of `who` was at each sample; NaN before the first.
    template <class Field>
    void each_decision(DecisionMaker who, const std::function<std::string(const ExportGroup&)>& set,
                       Field field) {
        for (std::size_t group = 0; group < groups(); ++group) {
            const std::string text = set(source_.groups[group]);
            if (text.empty()) {
                continue;
            }
            auto next = run_.decisions.begin();
            double value = std::nan("");
            series(text, [&](std::size_t sample) {
                for (; next != run_.decisions.end() && next->time <= run_.sample_times[sample];
                     ++next) {
                    if (next->who == who && static_cast<std::size_t>(next->group) == group) {
                        value = static_cast<double>(field(*next));
                    }
                }
                return value;
            });
        }
    }

    [[nodiscard]] bool any_decision(DecisionMaker who) const {
        return std::ranges::any_of(run_.decisions,
                                   [&](const Decision& made) { return made.who == who; });
    }

    void of_autoscalers() {
        if (!any_decision(DecisionMaker::hpa)) {
            return;
        }
        const auto set = [](const ExportGroup& group) {
            return group.hpa.empty() ? std::string()
                                     : labels({{"horizontalpodautoscaler", group.hpa},
                                               {"namespace", group.name_space}});
        };
        const std::string prefix = "kube_horizontalpodautoscaler_";
        family(prefix + "status_desired_replicas", "gauge", "Pods that the HPA asked for last");
        each_decision(DecisionMaker::hpa, set, [](const Decision& d) { return d.replicas_after; });
        family(prefix + "status_current_replicas", "gauge", "Pods that the HPA saw last");
        each_decision(DecisionMaker::hpa, set, [](const Decision& d) { return d.status_replicas; });
        family(prefix + "spec_min_replicas", "gauge", "Lower bound of the HPA");
        each_decision(DecisionMaker::hpa, set, [](const Decision& d) { return d.min_replicas; });
        family(prefix + "spec_max_replicas", "gauge", "Upper bound of the HPA");
        each_decision(DecisionMaker::hpa, set, [](const Decision& d) { return d.max_replicas; });
    }

    void of_triggers() {
        if (!any_decision(DecisionMaker::keda)) {
            return;
        }
        const auto set = [](const ExportGroup& group) {
            return group.scaled_object.empty()
                       ? std::string()
                       : labels(
                             {{"metric", group.metric},
                              {"namespace", group.name_space},
                              {"scaledObject", group.scaled_object},
                              {"scaler", "kafkaScaler"},
                              {"triggerIndex", group.metric.substr(1, group.metric.find('-') - 1)},
                              {"type", "scaledobject"}});
        };
        family("keda_scaler_metrics_value", "gauge", "Value that KEDA reported last");
        each_group(set, [&](std::size_t sample, std::size_t group) {
            return run_.groups.metric_value[at(sample, group)];
        });
        family("keda_scaler_active", "gauge", "1 = the trigger was active at the last poll");
        each_decision(DecisionMaker::keda, set, [](const Decision& d) { return d.active ? 1 : 0; });
    }

    void of_simulation() {
        const auto counter = [&](const char* name, const char* help,
                                 const std::vector<std::int64_t>& values) {
            family(name, "counter", help);
            each_group(consumer_group, [&](std::size_t sample, std::size_t group) {
                return static_cast<double>(values[at(sample, group)]);
            });
        };
        counter("lagsim_records_produced", "Records produced", run_.groups.produced);
        counter("lagsim_records_finished", "Records finished at least once", run_.groups.finished);
        counter("lagsim_records_duplicated", "Completed processings beyond the first",
                run_.groups.duplicates);
        counter("lagsim_records_dead_lettered", "Records given up to the dead-letter topic",
                run_.groups.dead_lettered);
        counter("lagsim_records_lost", "Records that will never be processed", run_.groups.lost);
        counter("lagsim_retries", "Attempts after the first", run_.groups.retries);
        family("lagsim_rebalancing", "gauge", "1 = the consumer group rebalances");
        each_group(consumer_group, [&](std::size_t sample, std::size_t group) {
            return static_cast<double>(run_.groups.rebalancing[at(sample, group)]);
        });
        family("lagsim_utilization_ratio", "gauge",
               "Used part of the running pods' capacity since the last sample");
        each_group(consumer_group, [&](std::size_t sample, std::size_t group) {
            return run_.groups.utilization[at(sample, group)];
        });
    }

    const ExportSource& source_;
    const ReplicationResult& run_;
    TextOutput& output_;
    std::vector<std::string> times_;
    std::string name_;
    std::string_view suffix_;
};

}  // namespace

void write_openmetrics(const ExportSource& source, std::int64_t start_ms, TextOutput& output) {
    Exposition(source, start_ms, output).write();
}

std::expected<std::int64_t, std::string> parse_start(std::string_view text, std::int64_t now_ms) {
    if (text == "now") {
        return now_ms;
    }
    if (text.starts_with("now-")) {
        const auto ago = parse_duration(std::string(text.substr(4)));
        if (!ago) {
            return std::unexpected(ago.error());
        }
        return now_ms - std::llround(core::seconds(*ago) * 1e3);
    }
    if (const auto seconds = parse_number(std::string(text)); seconds && *seconds >= 0.0) {
        constexpr double most = 253402300799.0;  // the end of the year 9999
        if (*seconds <= most) {
            return std::llround(*seconds * 1e3);
        }
    }
    std::chrono::sys_seconds time;
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
    if (std::sscanf(std::string(text).c_str(), "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &year, &month, &day,
                    &hour, &minute, &second, &used) == 6 &&
        static_cast<std::size_t>(used) == text.size()) {
        const std::chrono::year_month_day date{std::chrono::year(year),
                                               std::chrono::month(static_cast<unsigned>(month)),
                                               std::chrono::day(static_cast<unsigned>(day))};
        if (date.ok() && year >= 1970 && hour < 24 && minute < 60 && second < 60 && hour >= 0 &&
            minute >= 0 && second >= 0) {
            time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                   std::chrono::minutes(minute) + std::chrono::seconds(second);
            return time.time_since_epoch().count() * 1000;
        }
    }
    return std::unexpected(fmt::format(
        "'{}' is no time; write 2026-01-31T12:00:00Z, Unix seconds, now or now-24h", text));
}

}  // namespace lagsim::sim
