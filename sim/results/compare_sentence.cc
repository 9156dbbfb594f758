#include "sim/results/compare_sentence.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "sim/results/uncertain_number.h"

namespace lagsim::sim {
namespace {

/// Records that wait for ever are in no latency: from this part of what was produced on it matters.
constexpr double waiting_that_matters = 0.01;

std::string joined(const std::vector<std::string>& words, std::string_view last) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool is_last = i + 1 == words.size();
        text += i == 0 ? "" : is_last ? fmt::format(" {} ", last) : ", ";
        text += words[i];
    }
    return text;
}

/// The sentence on one consumer group.
class Sentence {
  public:
    Sentence(const CompareReport& report, const std::string& group, bool unicode)
        : report_(report), group_(group), unicode_(unicode) {}

    std::string write() {
        pod_hours();
        latency();
        count("lost", "loses", "", "lost records");
        count("duplicates", "does", " twice", "records done twice");
        count("deadLettered", "gives up", "", "records given up");
        waiting();
        return prefix() + put_together();
    }

  private:
    [[nodiscard]] const MetricComparison* metric(std::string_view name) const {
        const std::string full =
            group_.empty() ? std::string(name) : fmt::format("{}.{}", group_, name);
        const auto found =
            std::ranges::find(report_.comparison.metrics, full, &MetricComparison::name);
        return found == report_.comparison.metrics.end() ? nullptr : &*found;
    }

    [[nodiscard]] std::string number(double value, double half_width, bool sign = false) const {
        return uncertain_number(value, half_width, {.sign = sign, .unicode = unicode_});
    }

    /// Without its sign.
    [[nodiscard]] std::string size(const MeanInterval& interval, double factor = 1.0) const {
        return number(std::abs(interval.mean) * factor, interval.half_width * factor);
    }

    /// A difference of seconds in a unit in which it is neither tiny nor huge.
    [[nodiscard]] std::string seconds(const MeanInterval& interval, bool sign) const {
        const double largest = std::max(
            std::abs(interval.mean), std::isnan(interval.half_width) ? 0.0 : interval.half_width);
        const double factor = largest < 1.0 ? 1e3 : largest < 600.0 ? 1.0 : 1.0 / 60.0;
        const char* unit = largest < 1.0 ? "ms" : largest < 600.0 ? "s" : "min";
        return fmt::format(
            "{} {}", number(interval.mean * factor, interval.half_width * factor, sign), unit);
    }

    void pod_hours() {
        const MetricComparison* pods = metric("podHours");
        if (pods == nullptr) {
            return;
        }
        switch (verdict_on(*pods)) {
            case Verdict::shown: {
                const char* word = pods->difference.mean < 0.0 ? "fewer" : "more";
                shown_.push_back(
                    std::isnan(pods->relative.mean)
                        ? fmt::format("B needs {} {} pod-hours", size(pods->difference), word)
                        : fmt::format("B needs {} % {} pod-hours", size(pods->relative, 100.0),
                                      word));
                break;
            }
            case Verdict::not_shown:
                not_shown_.push_back(
                    fmt::format("pod-hours ({})",
                                number(pods->difference.mean, pods->difference.half_width, true)));
                break;
            case Verdict::same:
                same_.emplace_back("pod-hours");
                break;
            case Verdict::undefined:
                break;
        }
    }

    void latency() {
        const MetricComparison* latency = metric("latency.p99");
        if (latency == nullptr) {
            return;
        }
        MeanInterval size = latency->difference;
        size.mean = std::abs(size.mean);
        switch (verdict_on(*latency)) {
            case Verdict::shown:
                shown_.push_back(fmt::format(
                    "{} p99 latency is {} {}", shown_.empty() ? "B's" : "its", seconds(size, false),
                    latency->difference.mean < 0.0 ? "shorter" : "longer"));
                break;
            case Verdict::not_shown:
                not_shown_.push_back(
                    fmt::format("p99 latency ({})", seconds(latency->difference, true)));
                break;
            case Verdict::same:
                same_.emplace_back("p99 latency");
                break;
            case Verdict::undefined:
                undefined_ = true;
                break;
        }
    }

    /// Silent where both sides have the same: mostly 0.
    void count(std::string_view name, std::string_view verb, std::string_view ending,
               std::string_view noun) {
        const MetricComparison* counted = metric(name);
        if (counted == nullptr) {
            return;
        }
        const Verdict verdict = verdict_on(*counted);
        if (verdict == Verdict::shown) {
            const char* word = counted->difference.mean < 0.0 ? "fewer" : "more";
            shown_.push_back(fmt::format("{} {} {} {} records{}", shown_.empty() ? "B" : "it", verb,
                                         size(counted->difference), word, ending));
        } else if (verdict == Verdict::not_shown) {
            not_shown_.push_back(fmt::format(
                "{} ({})", noun,
                number(counted->difference.mean, counted->difference.half_width, true)));
        }
    }

    void waiting() {
        const MetricComparison* waiting = metric("waiting");
        const MetricComparison* produced = metric("produced");
        if (waiting == nullptr || produced == nullptr || verdict_on(*waiting) != Verdict::shown ||
            std::abs(waiting->difference.mean) < waiting_that_matters * produced->a.mean) {
            return;
        }
        shown_.push_back(fmt::format("{} {} records wait at {} end", size(waiting->difference),
                                     waiting->difference.mean < 0.0 ? "fewer" : "more",
                                     shown_.empty() ? "B's" : "its"));
    }

    [[nodiscard]] std::string prefix() const {
        return group_.empty() ? std::string() : group_ + ": ";
    }

    [[nodiscard]] std::string replications() const {
        return report_.pairs == 1 ? "one replication"
                                  : fmt::format("{} replications", report_.pairs);
    }

    [[nodiscard]] std::string put_together() const {
        std::string text = report_.pairs == 1 && !shown_.empty() ? "In one replication " : "";
        text += joined(shown_, "and");
        const auto go_on = [&text](const char* otherwise) {
            text += text.empty() ? otherwise : "; ";
        };
        if (!not_shown_.empty()) {
            go_on("");
            text += fmt::format("{}o difference that {} can show in {}", text.empty() ? "N" : "n",
                                replications(), joined(not_shown_, "or"));
        }
        if (!same_.empty()) {
            std::string same = joined(same_, "and");
            if (text.empty()) {
                same[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(same[0])));
            }
            go_on("");
            const bool is_plural = same_.size() > 1 || same_[0] == "pod-hours";
            text += fmt::format("{} {} the same in {}", same, is_plural ? "are" : "is",
                                report_.pairs == 1 ? "the one replication" : "every replication");
        }
        if (undefined_) {
            go_on("");
            text += "p99 latency cannot be compared: in no replication did both finish a record";
        }
        return text.empty() ? "Nothing to compare." : text + ".";
    }

    const CompareReport& report_;
    const std::string& group_;
    bool unicode_;
    std::vector<std::string> shown_;
    std::vector<std::string> not_shown_;
    std::vector<std::string> same_;
    bool undefined_ = false;
};

}  // namespace

Verdict verdict_on(const MetricComparison& metric) {
    const double mean = metric.difference.mean;
    const double half_width = metric.difference.half_width;
    if (std::isnan(mean)) {
        return Verdict::undefined;
    }
    const bool is_single = std::isnan(half_width);
    if (mean == 0.0 && (is_single || half_width == 0.0)) {
        return Verdict::same;
    }
    return is_single || metric.differs() ? Verdict::shown : Verdict::not_shown;
}

std::string compare_sentence(const CompareReport& report, bool unicode) {
    if (report.same_events() && report.paired()) {
        return "A and B are the same, event by event.";
    }
    std::string text;
    for (const std::string& group : compared_groups(report.comparison)) {
        text += text.empty() ? "" : "\n";
        text += Sentence(report, group, unicode).write();
    }
    return text;
}

}  // namespace lagsim::sim
