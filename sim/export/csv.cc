#include "sim/export/csv.h"

#include <array>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "core/time.h"

namespace lagsim::sim {
namespace {

/// Quoted where a comma, a quote or a line break would be taken for structure.
std::string cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + '"';
}

/// The shortest text that reads back as the same number; empty = undefined.
std::string cell(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

/// Indices and counts that -1 stands for "none" in.
std::string cell_or_none(std::int64_t value) {
    return value < 0 ? std::string() : fmt::format("{}", value);
}

std::string time_of(core::Instant time) {
    return cell(core::seconds(time));
}

class Tables {
  public:
    Tables(const ExportSource& source, TextOutput& output)
        : source_(source), run_(source.run), output_(output) {}

    void timeseries() const {
        output_.write(
            "time_s,consumer_group,lag_total,metric_value,desired_replicas,replicas,ready_replicas,"
            "members,rebalancing,produced,finished,duplicates,dead_lettered,lost,retries,"
            "utilization\r\n");
        const std::size_t groups = source_.groups.size();
        const GroupSeries& of = run_.groups;
        for (std::size_t sample = 0; sample < run_.sample_times.size(); ++sample) {
            for (std::size_t group = 0; group < groups; ++group) {
                const std::size_t i = sample * groups + group;
                output_.write(fmt::format(
                    "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
                    time_of(run_.sample_times[sample]), cell(source_.groups[group].name),
                    of.lag_total[i], cell(of.metric_value[i]), of.desired_replicas[i],
                    of.replicas[i], of.ready_replicas[i], of.members[i], of.rebalancing[i],
                    of.produced[i], of.finished[i], of.duplicates[i], of.dead_lettered[i],
                    of.lost[i], of.retries[i], cell(of.utilization[i])));
            }
        }
    }

    void partitions() const {
        output_.write(
            "time_s,consumer_group,topic,partition,log_end_offset,committed_offset,position,lag,"
            "backlog\r\n");
        every_lane([&](std::size_t i, const std::string& time, const StoredLane& lane) {
            const LaneSeries& of = run_.lanes;
            output_.write(fmt::format("{},{},{},{},{},{},{},{},{}\r\n", time, cell(name_of(lane)),
                                      cell(lane.topic), lane.partition, of.log_end_offset[i],
                                      cell_or_none(of.committed_offset[i]), of.position[i],
                                      of.lag[i], of.backlog[i]));
        });
    }

    void lag() const {
        output_.write("time_s,topic,partition,log_end_offset,committed_offset\r\n");
        every_lane([&](std::size_t i, const std::string& time, const StoredLane& lane) {
            output_.write(fmt::format("{},{},{},{},{}\r\n", time, lane.topic, lane.partition,
                                      run_.lanes.log_end_offset[i],
                                      cell_or_none(run_.lanes.committed_offset[i])));
        });
    }

    void events() const {
        output_.write("event,time_s,kind,consumer_group,pod,topic,partition,value,cause\r\n");
        for (std::size_t i = 0; i < run_.events.size(); ++i) {
            const Event& event = run_.events[i];
            const StoredLane* lane =
                event.lane < 0 ? nullptr
                               : &source_.names.lanes.at(static_cast<std::size_t>(event.lane));
            output_.write(fmt::format(
                "{},{},{},{},{},{},{},{},{}\r\n", i, time_of(event.time),
                event_kind_names.at(static_cast<std::size_t>(event.kind)),
                event.group < 0
                    ? ""
                    : cell(source_.groups.at(static_cast<std::size_t>(event.group)).name),
                cell_or_none(event.pod), lane != nullptr ? cell(lane->topic) : "",
                lane != nullptr ? fmt::format("{}", lane->partition) : "", event.value,
                cell_or_none(event.cause)));
        }
    }

    void decisions() const {
        output_.write(
            "time_s,who,consumer_group,lag,metric,active,error,replicas_before,status_replicas,"
            "ready_replicas,proposed,stabilized,replicas_after,min_replicas,max_replicas,target,"
            "tolerance_down,tolerance_up,limited_by\r\n");
        for (const Decision& made : run_.decisions) {
            const bool keda = made.who == DecisionMaker::keda;
            output_.write(fmt::format(
                "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", time_of(made.time),
                keda ? "keda" : "hpa",
                cell(source_.groups.at(static_cast<std::size_t>(made.group)).name),
                cell_or_none(made.lag), cell(made.metric), made.active ? 1 : 0, made.error ? 1 : 0,
                made.replicas_before, made.status_replicas, made.ready_replicas,
                cell_or_none(made.proposed), cell_or_none(made.stabilized), made.replicas_after,
                made.min_replicas, made.max_replicas, cell(made.target), cell(made.tolerance_down),
                cell(made.tolerance_up), cell(made.reason)));
        }
    }

    void summary() const {
        output_.write("metric,mean,half_width,n,confidence,unit\r\n");
        for (const MetricSummary& metric : source_.metrics) {
            output_.write(fmt::format("{},{},{},{},{},{}\r\n", cell(metric.name),
                                      cell(metric.interval.mean), cell(metric.interval.half_width),
                                      metric.interval.n, cell(metric.interval.confidence),
                                      cell(metric.unit)));
        }
    }

    void ledger() const {
        output_.write("fate,consumer_group,topic,partition,first,last,records,time_s,cause\r\n");
        intervals("lost", run_.lost, loss_cause_names);
        intervals("duplicate", run_.duplicates, duplicate_cause_names);
    }

  private:
    template <std::size_t n>
    void intervals(const char* fate, const std::vector<LedgerInterval>& all,
                   const std::array<const char*, n>& causes) const {
        for (const LedgerInterval& stretch : all) {
            const StoredLane& lane = source_.names.lanes.at(static_cast<std::size_t>(stretch.lane));
            output_.write(fmt::format("{},{},{},{},{},{},{},{},{}\r\n", fate, cell(name_of(lane)),
                                      cell(lane.topic), lane.partition, stretch.first, stretch.last,
                                      stretch.last - stretch.first + 1, time_of(stretch.time),
                                      causes.at(stretch.cause)));
        }
    }

    template <class Row>
    void every_lane(Row row) const {
        const std::size_t lanes = source_.names.lanes.size();
        for (std::size_t sample = 0; sample < run_.sample_times.size(); ++sample) {
            const std::string time = time_of(run_.sample_times[sample]);
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                row(sample * lanes + lane, time, source_.names.lanes[lane]);
            }
        }
    }

    [[nodiscard]] const std::string& name_of(const StoredLane& lane) const {
        return source_.groups.at(static_cast<std::size_t>(lane.group)).name;
    }

    const ExportSource& source_;
    const ReplicationResult& run_;
    TextOutput& output_;
};

}  // namespace

std::optional<CsvTable> csv_table(std::string_view name) {
    std::uint8_t index = 0;
    for (std::string_view rest = csv_table_names; !rest.empty(); ++index) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        if (rest.substr(0, bar) == name) {
            return static_cast<CsvTable>(index);
        }
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    return std::nullopt;
}

void write_csv(const ExportSource& source, CsvTable table, TextOutput& output) {
    const Tables tables(source, output);
    switch (table) {
        case CsvTable::timeseries:
            return tables.timeseries();
        case CsvTable::partitions:
            return tables.partitions();
        case CsvTable::lag:
            return tables.lag();
        case CsvTable::events:
            return tables.events();
        case CsvTable::decisions:
            return tables.decisions();
        case CsvTable::summary:
            return tables.summary();
        case CsvTable::ledger:
            return tables.ledger();
    }
}

}  // namespace lagsim::sim
