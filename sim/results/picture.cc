#include "sim/results/picture.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "sim/results/sparkline.h"

namespace lagsim::sim {
namespace {

constexpr std::size_t label_width = 14;
constexpr std::size_t note_width = 14;  ///< room right of a sparkline

class Painter {
  public:
    Painter(const RunReport& report, const PictureStyle& style) : report_(report), style_(style) {}

    std::string paint() {
        header();
        for (std::size_t group = 0; group < report_.groups.size(); ++group) {
            answers(group);
            course(group);
        }
        remarks();
        assertions();
        footer();
        return std::move(text_);
    }

  private:
    enum class Tone { good, bad, strong };

    [[nodiscard]] std::string toned(std::string_view words, Tone tone) const {
        if (!style_.color) {
            return std::string(words);
        }
        const int code = tone == Tone::good ? 32 : tone == Tone::bad ? 31 : 1;
        return fmt::format("\x1b[{}m{}\x1b[0m", code, words);
    }

    void line(std::string_view label, std::string_view value) {
        text_ += fmt::format("{:<{}}{}\n", label, label_width, value);
    }

    /// Mean ± half-width where there is one (NaN with one replication).
    [[nodiscard]] std::string estimate(const MetricSummary& metric,
                                       std::string (*spell)(double)) const {
        std::string words = spell(metric.interval.mean);
        if (metric.interval.half_width > 0.0) {
            words += fmt::format(" {} {}", style_.unicode ? "±" : "+-",
                                 spell(metric.interval.half_width));
        }
        return words;
    }

    void header() {
        const std::string runs = report_.replications == 1
                                     ? "1 replication"
                                     : fmt::format("{} replications", report_.replications);
        const std::string cut = report_.replications < report_.planned
                                    ? fmt::format(" of {} planned (interrupted)", report_.planned)
                                    : std::string();
        text_ += fmt::format("{}\n{} simulated, {}{}, seed {}; {}{} records in {}\n\n",
                             toned(report_.scenario, Tone::strong),
                             short_seconds(report_.duration_seconds), runs, cut, report_.seed,
                             report_.expectations ? "expected numbers of " : "",
                             readable_number(static_cast<double>(report_.records_simulated)),
                             readable_seconds(report_.wall_seconds));
    }

    void answers(std::size_t group) {
        if (report_.groups.size() > 1) {
            text_ += toned(fmt::format("Consumer group {}", report_.groups[group]), Tone::strong);
            text_ += '\n';
        }
        const auto metric = [&](std::string_view name) -> const MetricSummary& {
            return report_.metric(group, name);
        };
        kept_up_line(report_.courses[group]);
        committed_line(report_.courses[group]);
        count_line("Lost", metric("lost"));
        count_line("Done twice", metric("duplicates"));
        if (metric("deadLettered").interval.mean > 0.0) {
            line("Given up", estimate(metric("deadLettered"), readable_number) +
                                 " records to the dead-letter topic");
        }
        line("Pod hours", estimate(metric("podHours"), readable_number));
        line("Peak lag", estimate(metric("lag.max"), readable_number) + " records");
        line("Latency",
             fmt::format("median {}, p99 {}", estimate(metric("latency.p50"), readable_seconds),
                         estimate(metric("latency.p99"), readable_seconds)));
        line("Replicas",
             fmt::format("{} to {}, mean {}", readable_number(metric("replicas.min").interval.mean),
                         readable_number(metric("replicas.max").interval.mean),
                         estimate(metric("replicas.mean"), readable_number)));
        line("Rebalances", fmt::format("{}; partitions without an owner for {} in all",
                                       estimate(metric("rebalances"), readable_number),
                                       readable_seconds(metric("rebalancePause").interval.mean)));
        text_ += '\n';
    }

    void kept_up_line(const GroupCourse& course) {
        const auto runs = static_cast<std::int64_t>(report_.replications);
        const bool all = course.kept_up == runs;
        std::string word = all ? "yes" : "no";
        if (!all && course.kept_up > 0) {
            word = fmt::format("in {} of {} replications", course.kept_up, runs);
        }
        line("Kept up",
             fmt::format("{}: lag at the end {} records, allowed {}",
                         toned(word, all ? Tone::good : Tone::bad),
                         readable_number(course.lag_at_end), readable_number(course.lag_allowed)));
    }

    /// Only where it explains the rest: normally offsets are committed.
    void committed_line(const GroupCourse& course) {
        if (report_.replications > 0 &&
            course.uncommitted == static_cast<std::int64_t>(report_.replications)) {
            line("Committed", toned("nothing", Tone::bad) +
                                  ": lag is all there is, and each rebalance starts over");
        }
    }

    /// A number that ought to be 0.
    void count_line(std::string_view label, const MetricSummary& metric) {
        const bool none = metric.interval.mean == 0.0;
        line(label, none ? toned("0", Tone::good)
                         : toned(estimate(metric, readable_number), Tone::bad) + " records");
    }

    void course(std::size_t group) {
        const GroupCourse& course = report_.courses[group];
        if (course.lag.size() < 2) {
            return;
        }
        series("lag", course.lag);
        series("replicas", course.replicas);
        axis(plot_width());
        if (report_.replications > 1) {
            line("", fmt::format("(means of {} replications)", report_.replications));
        }
        text_ += '\n';
    }

    [[nodiscard]] std::size_t plot_width() const { return style_.width - label_width - note_width; }

    void series(std::string_view label, const std::vector<double>& values) {
        const auto [low, high] = std::ranges::minmax_element(values);
        text_ += fmt::format("{:<{}}{} {}..{}\n", label, label_width,
                             sparkline(values, plot_width(), style_.unicode), short_number(*low),
                             short_number(*high));
    }

    /// At most six characters: 950, 12.4k, 1.2M.
    static std::string short_number(double value) {
        if (value < 10'000.0) {
            return readable_number(value >= 100.0 ? std::round(value) : value);
        }
        const bool millions = value >= 1e6;
        return fmt::format("{:.3g}{}", value / (millions ? 1e6 : 1e3), millions ? "M" : "k");
    }

    /// Start, quarters and end of the time, under the plot.
    void axis(std::size_t width) {
        std::string marks(width + note_width, ' ');
        const double end = report_.sample_seconds.back();
        std::size_t free_from = 0;
        for (int quarter = 0; quarter <= 4; ++quarter) {
            const std::string mark = quarter == 0 ? "0" : short_seconds(end * quarter / 4.0);
            const std::size_t at = (width - 1) * static_cast<std::size_t>(quarter) / 4;
            const std::size_t start = at >= mark.size() / 2 ? at - mark.size() / 2 : 0;
            if (start >= free_from && start + mark.size() <= marks.size()) {
                marks.replace(start, mark.size(), mark);
                free_from = start + mark.size() + 1;
            }
        }
        marks.erase(marks.find_last_not_of(' ') + 1);
        line("time", marks);
    }

    void assertions() {
        if (report_.assertions.empty()) {
            return;
        }
        std::size_t widest = 0;
        for (const AssertionOutcome& outcome : report_.assertions) {
            widest = std::max(widest, outcome.text.size());
        }
        text_ += "Assertions\n";
        for (const AssertionOutcome& outcome : report_.assertions) {
            const std::string word = fmt::format("{:<8}", outcome.held ? "held" : "BREACHED");
            text_ += fmt::format("  {}  {:<{}}  it is {}\n",
                                 toned(word, outcome.held ? Tone::good : Tone::bad), outcome.text,
                                 widest, readable_number(outcome.value));
        }
        text_ += '\n';
    }

    void remarks() {
        if (report_.remarks.empty()) {
            return;
        }
        text_ += "Why? `lagsim lint` finds\n";
        for (const Remark& remark : report_.remarks) {
            text_ += fmt::format("  {} at {}\n", toned(remark.code, Tone::bad), remark.place);
            wrapped(remark.message);
        }
        text_ += '\n';
    }

    /// Indented, at most a line of the picture wide.
    void wrapped(std::string_view words) {
        constexpr std::size_t indent = 4;
        while (!words.empty()) {
            std::size_t length = words.size();
            if (length > style_.width - indent) {
                const std::size_t space = words.rfind(' ', style_.width - indent);
                length = space == std::string_view::npos ? words.find(' ') : space;
            }
            text_ += fmt::format("{:{}}{}\n", "", indent, words.substr(0, length));
            words.remove_prefix(std::min(words.size(), std::min(length, words.size()) + 1));
        }
    }

    void footer() {
        if (!report_.output.empty()) {
            line("Result file", report_.output);
        }
        line("Fingerprint", fmt::format("{} (same scenario and seed: same digits)",
                                        fingerprint_text(report_.fingerprint)));
    }

    const RunReport& report_;
    const PictureStyle& style_;
    std::string text_;
};

}  // namespace

std::string picture(const RunReport& report, const PictureStyle& style) {
    return Painter(report, style).paint();
}

}  // namespace lagsim::sim
