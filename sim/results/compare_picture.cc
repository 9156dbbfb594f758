#include "sim/results/compare_picture.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "sim/results/compare_sentence.h"
#include "sim/results/sparkline.h"
#include "sim/results/uncertain_number.h"

namespace lagsim::sim {
namespace {

/// Columns of the table [characters]: together the 80 of a terminal.
constexpr std::size_t name_width = 28;
constexpr std::size_t a_width = 11;
constexpr std::size_t b_width = 10;
constexpr std::size_t difference_width = 19;
constexpr std::size_t relative_width = 12;
/// From ten times as much on, a factor says more than percent.
constexpr double factor_from = 9.0;

class ComparePainter {
  public:
    ComparePainter(const CompareReport& report, const PictureStyle& style)
        : report_(report), style_(style) {}

    std::string paint(CompareDetail detail) {
        if (detail != CompareDetail::sentence) {
            sides();
        }
        for_each_line(compare_sentence(report_, style_.unicode),
                      [this](std::string_view line) { wrapped(line, 0, true); });
        notes();
        if (detail != CompareDetail::sentence && !report_.same_events()) {
            tables(detail);
            legend();
        }
        assertions();
        if (detail != CompareDetail::sentence) {
            fingerprints();
        } else if (text_.ends_with("\n\n")) {
            text_.pop_back();
        }
        return std::move(text_);
    }

  private:
    template <class Take>
    static void for_each_line(const std::string& text, Take take) {
        for (std::size_t start = 0; start < text.size();) {
            const std::size_t end = std::min(text.find('\n', start), text.size());
            take(std::string_view(text).substr(start, end - start));
            start = end + 1;
        }
    }

    [[nodiscard]] std::string toned(std::string_view words, int code) const {
        return style_.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, words) : std::string(words);
    }
    [[nodiscard]] std::string strong(std::string_view words) const { return toned(words, 1); }

    /// Breaks at blanks; columns are counted in characters, of which ± is one.
    void wrapped(std::string_view words, std::size_t indent, bool is_strong = false) {
        std::string line;
        const auto flush = [&] {
            text_ += fmt::format("{:{}}{}\n", "", indent, is_strong ? strong(line) : line);
            line.clear();
        };
        while (!words.empty()) {
            const std::size_t end = std::min(words.find(' '), words.size());
            const std::string_view word = words.substr(0, end);
            words.remove_prefix(std::min(end + 1, words.size()));
            if (!line.empty() && columns(line) + 1 + columns(word) > style_.width - indent) {
                flush();
            }
            line += line.empty() ? "" : " ";
            line += word;
        }
        flush();
    }

    static std::size_t columns(std::string_view words) {
        return static_cast<std::size_t>(std::ranges::count_if(
            words, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }));
    }

    static std::string right(std::string_view words, std::size_t width) {
        const std::size_t size = columns(words);
        return std::string(size < width ? width - size : 1, ' ') + std::string(words);
    }
    static std::string left(std::string_view words, std::size_t width) {
        const std::size_t size = columns(words);
        return std::string(words) + std::string(size < width ? width - size : 1, ' ');
    }

    void sides() {
        text_ += fmt::format("A  {}\nB  {}\n", report_.a.source, report_.b.source);
        const std::string cut = report_.interrupted ? " (interrupted)" : "";
        if (report_.paired()) {
            const std::string pairs =
                report_.pairs == 1 ? "1 pair" : fmt::format("{} pairs", report_.pairs);
            wrapped(fmt::format(
                        "{} of replications with seed {}{}{}", pairs, report_.a.seed, cut,
                        report_.same_traffic ? ": the same traffic and work on both sides" : ""),
                    0);
        } else {
            wrapped(fmt::format("{} and {} replications, seeds {} and {}{}", report_.a.replications,
                                report_.b.replications, report_.a.seed, report_.b.seed, cut),
                    0);
        }
        text_ += '\n';
    }

    void notes() {
        text_ += '\n';
        for (const CompareNote& note : report_.notes) {
            wrapped("Note: " + note.text, 0);
        }
        if (!report_.notes.empty()) {
            text_ += '\n';
        }
    }

    void tables(CompareDetail detail) {
        for (const std::string& group : compared_groups(report_.comparison)) {
            if (!group.empty()) {
                text_ += strong("Consumer group " + group) + '\n';
            }
            differences(group, detail);
            if (detail == CompareDetail::everything && report_.paired() && report_.pairs > 1) {
                pairs(group);
            }
        }
    }

    [[nodiscard]] std::vector<const MetricComparison*> metrics_of(const std::string& group) const {
        std::vector<const MetricComparison*> metrics;
        for (const MetricComparison& metric : report_.comparison.metrics) {
            if (place_of_metric(metric.name).group == group) {
                metrics.push_back(&metric);
            }
        }
        return metrics;
    }

    void differences(const std::string& group, CompareDetail detail) {
        text_ += strong(left("Metric", name_width) + right("A", a_width) + right("B", b_width) +
                        right("B - A", difference_width) + right("in %", relative_width)) +
                 '\n';
        // What it costs comes first, whether it differs or not.
        const std::vector<const MetricComparison*> metrics = metrics_of(group);
        for (const MetricComparison* metric : metrics) {
            if (is_cost(*metric)) {
                row(*metric);
            }
        }
        for (const Verdict verdict :
             {Verdict::shown, Verdict::not_shown, Verdict::same, Verdict::undefined}) {
            for (const MetricComparison* metric : metrics) {
                if (!is_cost(*metric) && verdict_on(*metric) == verdict &&
                    (verdict == Verdict::shown || detail == CompareDetail::everything)) {
                    row(*metric);
                }
            }
        }
        text_ += '\n';
        if (detail == CompareDetail::differences) {
            list("No difference shown (-v has the numbers)", metrics, Verdict::not_shown);
            list("The same in every replication", metrics, Verdict::same);
            list("Not defined on both sides", metrics, Verdict::undefined);
            text_ += '\n';
        }
    }

    static bool is_cost(const MetricComparison& metric) {
        return place_of_metric(metric.name).name == "podHours";
    }

    void list(std::string_view words, const std::vector<const MetricComparison*>& metrics,
              Verdict verdict) {
        std::vector<std::string> names;
        for (const MetricComparison* metric : metrics) {
            if (!is_cost(*metric) && verdict_on(*metric) == verdict) {
                names.push_back(place_of_metric(metric->name).name);
            }
        }
        if (!names.empty()) {
            wrapped(fmt::format("{}: {}.", words, fmt::join(names, ", ")), 0);
        }
    }

    static std::string named(const MetricComparison& metric) {
        const std::string name = place_of_metric(metric.name).name;
        const std::string_view unit = metric.unit == "s-1" ? "/s" : std::string_view(metric.unit);
        return unit == "1" ? name : fmt::format("{} [{}]", name, unit);
    }

    /// Percent, without the half-width where there is no room for it.
    [[nodiscard]] std::string relative(const MeanInterval& fraction) const {
        if (fraction.mean >= factor_from) {
            return fmt::format("x {}", readable_number(fraction.mean + 1.0));
        }
        const NumberStyle number{.sign = true, .unicode = style_.unicode};
        const double percent = fraction.mean * 100.0;
        const std::string whole = uncertain_number(percent, fraction.half_width * 100.0, number);
        return columns(whole) < relative_width ? whole : uncertain_number(percent, 0.0, number);
    }

    void row(const MetricComparison& metric) {
        const std::string_view mark = metric.surely_differs() ? "**" : metric.differs() ? "*" : "";
        const MeanInterval& difference = metric.difference;
        const NumberStyle number{.sign = true, .unicode = style_.unicode};
        text_ += left(named(metric), name_width - 3) + left(mark, 3) +
                 right(readable_number(metric.a.mean), a_width) +
                 right(readable_number(metric.b.mean), b_width) +
                 right(uncertain_number(difference.mean, difference.half_width, number),
                       difference_width) +
                 right(relative(metric.relative), relative_width) + '\n';
    }

    /// What meeting the same records was worth, metric by metric.
    void pairs(const std::string& group) {
        text_ += strong(left("Metric", name_width) + right("pairs", 8) + right("correlation", 13) +
                        right("without pairing", 18) + right("p", 8) + right("p (Holm)", 10)) +
                 '\n';
        for (const MetricComparison* metric : metrics_of(group)) {
            const double needed =
                std::ceil(metric->variance_ratio * static_cast<double>(metric->difference.n));
            const auto chance = [](double p) {
                return std::isnan(p) ? std::string("-")
                       : p < 0.0005  ? std::string("< 0.001")
                                     : fmt::format("{:.3f}", p);
            };
            text_ +=
                left(named(*metric), name_width) +
                right(fmt::format("{}", metric->difference.n), 8) +
                right(std::isnan(metric->correlation) ? std::string("-")
                                                      : fmt::format("{:.2f}", metric->correlation),
                      13) +
                right(readable_number(needed), 18) + right(chance(metric->p), 8) +
                right(chance(metric->p_holm), 10) + '\n';
        }
        text_ += "\n\"without pairing\": replications of each side for intervals as narrow\n\n";
    }

    void legend() {
        const std::int64_t intervals = report_.comparison.intervals();
        if (std::ranges::none_of(report_.comparison.metrics, &MetricComparison::differs)) {
            return;
        }
        const double confidence = report_.comparison.confidence;
        wrapped(
            fmt::format(
                "*: the {:.0f} % interval of this metric alone leaves 0 out. Of {} such intervals "
                "up to {:.1f} "
                "would by chance, if nothing differed. **: it does so even if all of them count "
                "together (Holm).",
                confidence * 100.0, intervals, static_cast<double>(intervals) * (1.0 - confidence)),
            0);
        text_ += '\n';
    }

    void assertions() {
        assertions("A", report_.a);
        assertions("B", report_.b);
    }

    void assertions(std::string_view side, const ComparedSide& of) {
        if (!of.assertions) {
            return;
        }
        for (const AssertionOutcome& outcome : *of.assertions) {
            if (!outcome.held) {
                text_ += fmt::format("{}  {}  {}  it is {}\n", side, toned("BREACHED", 31),
                                     outcome.text, readable_number(outcome.value));
            }
        }
    }

    void fingerprints() {
        text_ += fmt::format("Fingerprints  {} and {}\n", fingerprint_text(report_.a.fingerprint),
                             fingerprint_text(report_.b.fingerprint));
    }

    const CompareReport& report_;
    const PictureStyle& style_;
    std::string text_;
};

}  // namespace

std::string compare_picture(const CompareReport& report, const PictureStyle& style,
                            CompareDetail detail) {
    return ComparePainter(report, style).paint(detail);
}

}  // namespace lagsim::sim
