#include "sim/calibrate/recording.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace lagsim::sim {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
/// Samples further apart than this many steps have a gap between them.
constexpr double gap_steps = 2.5;
constexpr double instants_max = 4e6;

/// What was mended, counted over all series.
struct Mended {
    std::int64_t repeated = 0;
    std::int64_t unordered = 0;
    std::int64_t gaps = 0;
    std::int64_t resets = 0;
    std::int64_t rewinds = 0;
};

/// In time order, one sample an instant (the last one given), without those that say nothing.
std::vector<Sample> in_order(std::vector<Sample> samples, Mended& mended) {
    std::erase_if(samples, [](const Sample& s) { return std::isnan(s.value); });
    for (std::size_t i = 1; i < samples.size(); ++i) {
        mended.unordered += samples[i].seconds < samples[i - 1].seconds ? 1 : 0;
    }
    std::ranges::stable_sort(samples, {}, &Sample::seconds);
    std::vector<Sample> kept;
    for (const Sample& sample : samples) {
        if (!kept.empty() && kept.back().seconds == sample.seconds) {
            kept.back() = sample;
            ++mended.repeated;
        } else {
            kept.push_back(sample);
        }
    }
    return kept;
}

/// An instant from which offsets count on from where they were.
struct Reset {
    double seconds = 0.0;
    double shift = 0.0;
};

std::vector<Reset> undo_resets(std::vector<Sample>& end) {
    std::vector<Reset> resets;
    double shift = 0.0;
    double before = end.empty() ? 0.0 : end.front().value;
    for (Sample& sample : end) {
        if (sample.value < before) {
            shift += before - sample.value;
            resets.push_back({.seconds = sample.seconds, .shift = shift});
        }
        before = sample.value;
        sample.value += shift;
    }
    return resets;
}

void shift_by(std::vector<Sample>& samples, const std::vector<Reset>& resets) {
    for (Sample& sample : samples) {
        const auto after = std::ranges::upper_bound(resets, sample.seconds, {}, &Reset::seconds);
        sample.value += after == resets.begin() ? 0.0 : std::prev(after)->shift;
    }
}

struct Grid {
    double origin = 0.0;
    double step = 0.0;
    std::size_t instants = 0;
    [[nodiscard]] double at(std::size_t k) const { return origin + step * static_cast<double>(k); }
};

enum class Between : std::uint8_t { line, hold };

/// Values at the grid's instants: on the line between neighbours, or the last one. Unknown before
/// the first sample, after the last, and (but with `bridge`) within gaps.
std::vector<double> on_grid(const std::vector<Sample>& samples, const Grid& grid, Between between,
                            bool bridge) {
    std::vector<double> values(grid.instants, none);
    std::size_t next = 0;
    for (std::size_t k = 0; k < grid.instants; ++k) {
        // A thousandth of a step: instants come as decimals of milliseconds.
        const double now = grid.at(k) + grid.step * 1e-3;
        while (next < samples.size() && samples[next].seconds <= now) {
            ++next;
        }
        if (next == 0) {
            continue;
        }
        const Sample& left = samples[next - 1];
        const double past = grid.at(k) - left.seconds;
        if (past <= grid.step * 1e-3) {
            values[k] = left.value;
        } else if (next == samples.size()) {
            values[k] = past < grid.step * gap_steps || bridge ? left.value : none;
        } else if (const double apart = samples[next].seconds - left.seconds;
                   bridge || apart <= grid.step * gap_steps) {
            values[k] = between == Between::hold
                            ? left.value
                            : left.value + (samples[next].value - left.value) * past / apart;
        }
    }
    return values;
}

class Cleaner {
  public:
    Cleaner(const RawRecording& raw, const RecordingChoice& choice) : raw_(raw), choice_(choice) {}

    std::expected<Recording, std::vector<std::string>> clean() {
        if (choose_group() && choose_topics() && make_grid()) {
            for (const std::string& topic : topics_) {
                add_topic(topic);
            }
            add_replicas();
            describe();
        }
        if (!errors_.empty()) {
            return std::unexpected(std::move(errors_));
        }
        return std::move(recording_);
    }

  private:
    [[nodiscard]] bool of_group(const SeriesKey& key) const {
        return key.owner == recording_.group || key.owner.empty();
    }

    bool choose_group() {
        std::set<std::string> groups;
        for (const auto& [key, samples] : raw_.series) {
            if (key.partition >= 0 && !key.owner.empty()) {
                groups.insert(key.owner);
            }
        }
        if (!choice_.group.empty() && !groups.empty() && !groups.contains(choice_.group)) {
            errors_.push_back(
                fmt::format("there is no consumer group '{}' in the files; there "
                            "are: {}",
                            choice_.group, fmt::join(groups, ", ")));
        } else if (choice_.group.empty() && groups.size() > 1) {
            errors_.push_back(
                fmt::format("the files have {} consumer groups; choose with --group: "
                            "{}",
                            groups.size(), fmt::join(groups, ", ")));
        }
        recording_.group = !choice_.group.empty() ? choice_.group
                           : groups.empty()       ? "recorded-group"
                                                  : *groups.begin();
        if (choice_.group.empty() && groups.empty()) {
            recording_.notes.push_back(
                "The files do not name the consumer group: it is called recorded-group (--group).");
        }
        return errors_.empty();
    }

    /// The topics that the group reads, or of a recording without a group's offsets all of them.
    bool choose_topics() {
        std::set<std::string> read, written;
        for (const auto& [key, samples] : raw_.series) {
            if (key.partition >= 0 && of_group(key)) {
                (key.quantity == Quantity::log_end_offset ? written : read).insert(key.topic);
            }
        }
        topics_ = read.empty() ? written : read;
        if (topics_.empty()) {
            errors_.emplace_back(
                "there are no offsets in the files: kafka_topic_partition_current_offset with "
                "kafka_consumergroup_current_offset or kafka_consumergroup_lag are needed "
                "(docs/calibrate.md)");
        }
        return errors_.empty();
    }

    [[nodiscard]] std::vector<Sample> samples(Quantity quantity, const std::string& topic,
                                              std::int32_t partition) {
        std::vector<Sample> all;
        for (const auto& [key, samples] : raw_.series) {
            if (key.quantity == quantity && key.topic == topic && key.partition == partition &&
                of_group(key)) {
                all.insert(all.end(), samples.begin(), samples.end());
            }
        }
        std::erase_if(all, [](const Sample& s) { return s.value < 0.0; });  // -1 = none
        return in_order(std::move(all), mended_);
    }

    /// From the log end offsets; where there are none, from what is added to make them.
    bool make_grid() {
        std::vector<double> distances;
        double first = std::numeric_limits<double>::infinity();
        double last = -first;
        for (const auto& [key, series] : raw_.series) {
            if (key.partition < 0 || !topics_.contains(key.topic) || !of_group(key)) {
                continue;
            }
            Mended unused;
            const std::vector<Sample> ordered = in_order(series, unused);
            for (std::size_t i = 0; i < ordered.size(); ++i) {
                first = std::min(first, ordered[i].seconds);
                last = std::max(last, ordered[i].seconds);
                if (i > 0) {
                    distances.push_back(ordered[i].seconds - ordered[i - 1].seconds);
                }
            }
        }
        if (distances.empty()) {
            errors_.emplace_back("no partition has two samples: there is nothing to see a rate by");
            return false;
        }
        const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
        std::ranges::nth_element(distances, middle);
        grid_ = {.origin = first, .step = *middle, .instants = 0};
        const double steps = std::floor((last - first) / *middle + 1e-3);
        if (steps > instants_max) {
            errors_.push_back(
                fmt::format("the samples span {:.0f} s in steps of {} s: are the "
                            "clocks of the files the same?",
                            last - first, *middle));
            return false;
        }
        grid_.instants = static_cast<std::size_t>(steps) + 1;
        recording_.origin = first;
        recording_.step = grid_.step;
        recording_.instants = grid_.instants;
        return true;
    }

    void add_topic(const std::string& topic) {
        std::int32_t last = -1;
        std::set<std::int32_t> seen;
        for (const auto& [key, series] : raw_.series) {
            if (key.topic == topic && of_group(key) && key.partition >= 0) {
                last = std::max(last, key.partition);
                seen.insert(key.partition);
            }
        }
        RecordedTopic& added = recording_.topics.emplace_back();
        added.name = topic;
        std::vector<std::int32_t> missing;
        for (std::int32_t number = 0; number <= last; ++number) {
            if (!seen.contains(number)) {
                missing.push_back(number);
            }
            if (auto partition = make_partition(topic, number)) {
                added.partitions.push_back(std::move(*partition));
            }
        }
        if (added.name.empty()) {
            added.name = "recorded-topic";
        }
        if (!missing.empty()) {
            recording_.notes.push_back(
                fmt::format("Partitions {} of {} have no samples: they are taken to be silent.",
                            fmt::join(missing, ", "), added.name));
        }
    }

    std::optional<RecordedPartition> make_partition(const std::string& topic, std::int32_t number) {
        std::vector<Sample> end = samples(Quantity::log_end_offset, topic, number);
        std::vector<Sample> committed = samples(Quantity::committed_offset, topic, number);
        std::vector<Sample> lag = samples(Quantity::lag, topic, number);
        if (end.empty() && committed.empty() && !lag.empty()) {
            errors_.push_back(
                fmt::format("{}/{} has only its lag, which does not say how many "
                            "records came: its log end offset or committed offset is "
                            "needed, too",
                            topic, number));
            return std::nullopt;
        }
        if (end.empty()) {
            end = combined(committed, lag, 1.0);
        }
        const std::vector<Reset> resets = undo_resets(end);
        mended_.resets += static_cast<std::int64_t>(resets.size());
        RecordedPartition partition;
        partition.number = number;
        partition.log_end_offset = on_grid(end, grid_, Between::line, true);
        if (committed.empty()) {
            committed = combined(end, lag, -1.0);
        } else {
            for (std::size_t i = 1; i < committed.size(); ++i) {
                mended_.rewinds += committed[i].value < committed[i - 1].value ? 1 : 0;
            }
            shift_by(committed, resets);
        }
        partition.committed_offset = on_grid(committed, grid_, Between::line, false);
        count_gaps(end);
        return partition;
    }

    /// a + sign * b at the instants of a where b is known.
    [[nodiscard]] std::vector<Sample> combined(const std::vector<Sample>& a,
                                               const std::vector<Sample>& b, double sign) const {
        std::vector<Sample> sum;
        for (const Sample& sample : a) {
            const auto after = std::ranges::upper_bound(b, sample.seconds, {}, &Sample::seconds);
            if (after != b.begin() &&
                sample.seconds - std::prev(after)->seconds < grid_.step * gap_steps) {
                sum.push_back({.seconds = sample.seconds,
                               .value = sample.value + sign * std::prev(after)->value});
            }
        }
        return sum;
    }

    void count_gaps(const std::vector<Sample>& ordered) {
        for (std::size_t i = 1; i < ordered.size(); ++i) {
            const double apart = ordered[i].seconds - ordered[i - 1].seconds;
            mended_.gaps += apart > grid_.step * gap_steps ? 1 : 0;
        }
    }

    /// Whose replicas? The chosen Deployment's, or those of the only one.
    void add_replicas() {
        std::set<std::string> owners;
        for (const auto& [key, series] : raw_.series) {
            if (key.partition < 0 && !key.owner.starts_with("hpa/") && !key.owner.empty()) {
                owners.insert(key.owner);
            }
        }
        std::string chosen = choice_.deployment;
        if (chosen.empty() && owners.contains("group/" + recording_.group)) {
            chosen = "group/" + recording_.group;
        }
        if (!choice_.deployment.empty() && !owners.contains(choice_.deployment)) {
            errors_.push_back(fmt::format("there is no Deployment '{}' in the files; there are: {}",
                                          choice_.deployment, fmt::join(owners, ", ")));
            return;
        }
        if (chosen.empty() && owners.size() > 1) {
            errors_.push_back(
                fmt::format("the files have replicas of {} Deployments; choose with "
                            "--deployment: {}",
                            owners.size(), fmt::join(owners, ", ")));
            return;
        }
        if (chosen.empty() && owners.size() == 1) {
            chosen = *owners.begin();
        }
        recording_.replicas = replicas(Quantity::replicas, chosen);
        recording_.ready_replicas = replicas(Quantity::ready_replicas, chosen);
        recording_.desired_replicas = replicas(Quantity::desired_replicas, chosen);
        if (recording_.desired_replicas.empty()) {
            add_wish_of_hpa(chosen);
        }
    }

    /// KEDA calls the HPA of ScaledObject NAME keda-hpa-NAME; a single HPA needs no such hint.
    void add_wish_of_hpa(const std::string& chosen) {
        std::set<std::string> names;
        for (const auto& [key, series] : raw_.series) {
            if (key.quantity == Quantity::desired_replicas && key.owner.starts_with("hpa/")) {
                names.insert(key.owner);
            }
        }
        for (const std::string& name : names) {
            if (names.size() == 1 || name == "hpa/" + chosen || name == "hpa/keda-hpa-" + chosen) {
                recording_.desired_replicas = replicas(Quantity::desired_replicas, name);
                return;
            }
        }
    }

    std::vector<double> replicas(Quantity quantity, const std::string& owner) {
        std::vector<Sample> all;
        for (const auto& [key, series] : raw_.series) {
            if (key.quantity == quantity && (key.owner == owner || key.owner.empty())) {
                all.insert(all.end(), series.begin(), series.end());
            }
        }
        all = in_order(std::move(all), mended_);
        return all.empty() ? std::vector<double>() : on_grid(all, grid_, Between::hold, false);
    }

    void describe() {
        const auto note = [&](std::int64_t count, std::string_view text) {
            if (count > 0) {
                recording_.notes.push_back(fmt::format("{} {}", count, text));
            }
        };
        note(mended_.unordered, "samples were out of time order; they were sorted.");
        note(mended_.repeated, "samples repeat an instant of their series; the last one holds.");
        note(mended_.gaps,
             "gaps in log end offsets; what came in them is spread over them evenly.");
        note(mended_.resets,
             "times a log end offset fell (a topic made anew, or records lost with a leader); "
             "offsets are counted on from there.");
        note(mended_.rewinds, "times a committed offset went back; nothing is learned from those.");
    }

    const RawRecording& raw_;
    const RecordingChoice& choice_;
    std::set<std::string> topics_;
    Grid grid_;
    Mended mended_;
    Recording recording_;
    std::vector<std::string> errors_;
};

}  // namespace

std::expected<Recording, std::vector<std::string>> clean_recording(const RawRecording& raw,
                                                                   const RecordingChoice& choice) {
    return Cleaner(raw, choice).clean();
}

}  // namespace lagsim::sim
