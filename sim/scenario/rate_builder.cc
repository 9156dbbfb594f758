#include <cmath>

#include <fmt/core.h>

#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/values.h"
#include "sim/scenario/yaml_reader.h"

namespace lagsim::sim {
namespace {

using models::RateSegment;
constexpr core::Instant start{};

/// Steps with the duration of the run known and positive.
class StepReader {
  public:
    StepReader(Report& report, core::Duration duration, std::string path)
        : report_(report), end_(start + duration), path_(std::move(path)) {}

    std::vector<RateSegment> read(const YamlNode& list) {
        for (std::size_t i = 0; i < list.items.size(); ++i) {
            const YamlNode& item = list.items[i];
            if (item.is_map() && !item.invalid) {
                read_step(item, fmt::format("{}[{}]", path_, i), i + 1 == list.items.size());
            }
        }
        if (!complained_ && time_ < end_) {
            report_.error(list.mark,
                          {.code = "rate-too-short",
                           .message = fmt::format("the steps end at {}, the run at {}; end with "
                                                  "'for: rest'",
                                                  format_duration(time_ - start),
                                                  format_duration(end_ - start)),
                           .path = path_});
        }
        return std::move(segments_);
    }

  private:
    void complain(const Mark& mark, std::string_view code, std::string message,
                  const std::string& path) {
        report_.error(mark, {.code = code, .message = std::move(message), .path = path});
        complained_ = true;
    }
    void read_step(const YamlNode& step, const std::string& path, bool last) {
        RateSegment segment;
        segment.begin = time_;
        const bool rates_known = read_rates(step, path, segment);
        const auto length = text_of(step, "for");
        if (!length) {
            complained_ = true;  // the check against the table said so already
            return;
        }
        if (*length == "rest") {
            segment.end = end_;
            if (!last || time_ >= end_) {
                complain(mark_of(step, "for"), last ? "rate-exceeds-duration" : "bad-value",
                         last ? fmt::format("nothing is left for the rest: the run ends at {}",
                                            format_duration(end_ - start))
                              : std::string("only the last step can last for the 'rest'"),
                         path + ".for");
            }
        } else {
            segment.end = end_of(step, *length, path);
        }
        time_ = std::max(time_, segment.end);
        if (rates_known && segment.end > segment.begin) {
            segments_.push_back(segment);
        }
    }
    core::Instant end_of(const YamlNode& step, const std::string& length, const std::string& path) {
        const auto duration = parse_duration(length);
        if (!duration) {
            complained_ = true;
            return time_;
        }
        if (*duration > end_ - time_) {
            complain(mark_of(step, "for"), "rate-exceeds-duration",
                     fmt::format("this step begins at {} and ends after the run, which lasts {}",
                                 format_duration(time_ - start), format_duration(end_ - start)),
                     path + ".for");
            return end_;
        }
        return time_ + *duration;
    }
    bool read_rates(const YamlNode& step, const std::string& path, RateSegment& segment) {
        const YamlNode* hold = step.find("hold");
        const YamlNode* ramp = step.find("ramp");
        if ((hold == nullptr) == (ramp == nullptr)) {
            complain(step.mark, "bad-value", "a rate step has exactly one of 'hold' and 'ramp'",
                     path);
            return false;
        }
        if (hold != nullptr) {
            segment.rate_begin = rate_of(step, "hold").value_or(0.0);
            segment.rate_end = segment.rate_begin;
            return !hold->invalid;
        }
        if (ramp->invalid) {
            return false;
        }
        if (ramp->items.size() != 2) {
            complain(ramp->mark, "bad-value", "a ramp has two rates: at its beginning and its end",
                     path + ".ramp");
            return false;
        }
        segment.rate_begin = parse_rate(ramp->items[0].text).value_or(0.0);
        segment.rate_end = parse_rate(ramp->items[1].text).value_or(0.0);
        return true;
    }

    Report& report_;
    core::Instant end_;
    std::string path_;
    core::Instant time_ = start;
    bool complained_ = false;
    std::vector<RateSegment> segments_;
};

struct TraceRow {
    core::Duration time{0};
    double rate = 0.0;
};

/// A CSV file `time_s,rate_per_s`; complaints at its lines.
class TraceFile {
  public:
    TraceFile(const Source& source, Report& report) : source_(source), report_(report) {}

    /// At least two rows, from 0 s, in order; empty with the reason in the report.
    std::vector<TraceRow> read() {
        std::vector<TraceRow> rows;
        const int lines = static_cast<int>(source_.line_starts.size());
        if (source_.line_text(1) != "time_s,rate_per_s") {
            complain(1, 1, "the first line must be: time_s,rate_per_s");
            return {};
        }
        for (int line = 2; line <= lines; ++line) {
            const std::string text = source_.line_text(line);
            if (text.empty() && line == lines) {
                break;
            }
            const auto row = read_row(line, text, rows);
            if (!row) {
                return {};
            }
            rows.push_back(*row);
        }
        if (rows.size() < 2) {
            complain(lines, 1, "a trace needs at least two rows");
            return {};
        }
        return rows;
    }

  private:
    void complain(int line, int column, std::string message) {
        report_.error({&source_, line, column},
                      {.code = "bad-trace", .message = std::move(message)});
    }
    std::optional<TraceRow> read_row(int line, const std::string& text,
                                     const std::vector<TraceRow>& rows) {
        const std::size_t comma = text.find(',');
        if (comma == std::string::npos || text.find(',', comma + 1) != std::string::npos) {
            complain(line, 1, "a row has two numbers, separated by a comma");
            return std::nullopt;
        }
        const auto time = parse_duration(text.substr(0, comma) + "s");
        if (!time || !parse_number(text.substr(0, comma))) {
            complain(line, 1, fmt::format("'{}' is not a time in seconds", text.substr(0, comma)));
            return std::nullopt;
        }
        if (rows.empty() ? *time != core::Duration{0} : *time <= rows.back().time) {
            complain(line, 1,
                     rows.empty() ? "the first row must be at 0 s"
                                  : "times must increase from row to row");
            return std::nullopt;
        }
        const auto rate = parse_number(text.substr(comma + 1));
        if (!rate || *rate < 0.0) {
            complain(
                line, static_cast<int>(comma) + 2,
                fmt::format("'{}' is not a rate (a number, not negative)", text.substr(comma + 1)));
            return std::nullopt;
        }
        return TraceRow{*time, *rate};
    }

    const Source& source_;
    Report& report_;
};

/// One pass of the trace, from 0 s.
std::vector<RateSegment> segments_of(const std::vector<TraceRow>& rows, double scale, bool linear) {
    std::vector<RateSegment> segments;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool last = i + 1 == rows.size();
        const core::Duration end =
            last ? rows[i].time + (rows[i].time - rows[i - 1].time) : rows[i + 1].time;
        const double rate = rows[i].rate * scale;
        segments.push_back({.begin = start + rows[i].time,
                            .end = start + end,
                            .rate_begin = rate,
                            .rate_end = linear && !last ? rows[i + 1].rate * scale : rate});
    }
    return segments;
}

/// Cuts what is beyond `end`; the rate at the cut is on the line.
void cut(std::vector<RateSegment>& segments, core::Instant end) {
    while (!segments.empty() && segments.back().begin >= end) {
        segments.pop_back();
    }
    if (!segments.empty() && segments.back().end > end) {
        RateSegment& segment = segments.back();
        const double part =
            core::seconds(end - segment.begin) / core::seconds(segment.end - segment.begin);
        segment.rate_end =
            segment.rate_begin == segment.rate_end
                ? segment.rate_end
                : segment.rate_begin + (segment.rate_end - segment.rate_begin) * part;
        segment.end = end;
    }
}

/// The trace as written, made to cover [0, end) as `after` says; false if it cannot.
bool extend(std::vector<RateSegment>& segments, core::Instant end, const std::string& after) {
    constexpr std::size_t most_segments = 2'000'000;
    const core::Instant trace_end = segments.back().end;
    if (trace_end < end && after == "repeat") {
        const std::size_t period = segments.size();
        const core::Duration length = trace_end - start;
        while (segments.back().end < end && segments.size() < most_segments) {
            RateSegment next = segments[segments.size() - period];
            next.begin += length;
            next.end += length;
            segments.push_back(next);
        }
    } else if (trace_end < end && !after.empty()) {
        const double rate = after == "hold" ? segments.back().rate_end : 0.0;
        segments.push_back({.begin = trace_end, .end = end, .rate_begin = rate, .rate_end = rate});
    }
    cut(segments, end);
    return segments.back().end == end;
}

/// The steps that mean the same, for the resolved scenario.
YamlNode steps_node(const std::vector<RateSegment>& segments) {
    YamlNode list;
    list.kind = YamlNode::Kind::sequence;
    for (const RateSegment& segment : segments) {
        YamlNode step;
        step.kind = YamlNode::Kind::map;
        step.insert("for", {}, scalar_node(format_duration(segment.end - segment.begin)));
        if (segment.rate_begin == segment.rate_end) {
            step.insert("hold", {}, scalar_node(format_rate(segment.rate_begin)));
        } else {
            YamlNode ramp;
            ramp.kind = YamlNode::Kind::sequence;
            ramp.items.push_back(scalar_node(format_rate(segment.rate_begin)));
            ramp.items.push_back(scalar_node(format_rate(segment.rate_end)));
            step.insert("ramp", {}, std::move(ramp));
        }
        list.items.push_back(std::move(step));
    }
    return list;
}

std::vector<RateSegment> read_trace(Build& build, YamlNode& rate, const std::string& path) {
    const auto file = text_of(rate, "trace");
    const core::Instant end = start + build.scenario.duration;
    if (!file || end == start) {
        return {};
    }
    const Mark mark = mark_of(rate, "trace");
    const std::string resolved =
        resolve_path(mark.source == nullptr ? "" : mark.source->directory, *file);
    Report file_report;
    constexpr std::size_t most_bytes = std::size_t{64} << 20U;
    const Source* source = load_text_file(resolved, build.sources, file_report, most_bytes);
    if (source == nullptr) {
        build.report.error(
            mark, {.code = "unreadable-file",
                   .message = fmt::format("'{}': {}", resolved, file_report.all().front().message),
                   .path = path + ".trace",
                   .width = static_cast<int>(file->size())});
        return {};
    }
    const auto rows = TraceFile(*source, build.report).read();
    if (rows.empty()) {
        return {};
    }
    auto segments = segments_of(rows, number_of(rate, "scale").value_or(1.0),
                                text_of(rate, "interpolate") == "linear");
    const core::Instant trace_end = segments.back().end;
    if (!extend(segments, end, text_of(rate, "after").value_or(""))) {
        build.report.error(
            mark, {.code = "rate-too-short",
                   .message = fmt::format("the trace ends at {}, the run at {}; say what comes "
                                          "'after': zero, hold or repeat",
                                          format_duration(trace_end - start),
                                          format_duration(build.scenario.duration)),
                   .path = path + ".trace",
                   .width = static_cast<int>(file->size())});
        return {};
    }
    constexpr std::size_t most_steps = 100'000;
    if (segments.size() <= most_steps) {
        YamlNode steps = steps_node(segments);
        steps.mark = rate.mark;
        rate = std::move(steps);
    }
    return segments;
}

}  // namespace

std::vector<RateSegment> build_rate(Build& build, YamlNode& producer, const std::string& path) {
    YamlNode* rate = producer.find("rate");
    const core::Duration duration = build.scenario.duration;
    if (rate == nullptr || rate->invalid || duration <= core::Duration{0}) {
        return {};
    }
    const std::string here = path + ".rate";
    if (rate->is_scalar()) {
        const double value = parse_rate(rate->text).value_or(0.0);
        return {{.begin = start, .end = start + duration, .rate_begin = value, .rate_end = value}};
    }
    if (rate->is_map()) {
        return read_trace(build, *rate, here);
    }
    return StepReader(build.report, duration, here).read(*rate);
}

}  // namespace lagsim::sim
