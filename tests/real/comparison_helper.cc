#include "tests/real/comparison_helper.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <numeric>

#include <fmt/core.h>

namespace lagsim::sim {
namespace {

using namespace std::chrono_literals;

/// A partition's pause is known to an arrival interval, and what the measuring host's scheduler
/// adds is no more than that.
constexpr double pause_resolution = 0.05;
/// Events of the broker's log and of the workers are noted to some milliseconds [s].
constexpr double event_resolution = 0.01;

/// Whether each of `values` lies in the range of `others`.
bool among(const std::vector<double>& values, const std::vector<double>& others,
           double resolution) {
    const auto [low, high] = std::ranges::minmax(others);
    return std::ranges::all_of(values, [&](double value) {
        return low - resolution <= value && value <= high + resolution;
    });
}

Verdict verdict_of(bool inside) {
    return inside ? Verdict::inside : Verdict::outside;
}

struct Pair {
    SetupRuns measured;
    SimulatedRuns simulated;
};

std::string setup_name(const Setup& setup) {
    const std::string mode = setup.mode == "consumer" ? "KIP-848" : setup.mode;
    return fmt::format("{}, {}, S {} s, hb {} s{}", mode, setup.commit, setup.session_ms / 1000,
                       setup.heartbeat_ms / 1000, setup.broker == "4.4.0" ? ", Kafka 4.4.0" : "");
}

/// All setups; two threads, because that is what the machine of the measurement had.
std::vector<Pair> simulate_all() {
    const std::vector<SetupRuns> measured = measured_runs();
    std::vector<Pair> pairs(measured.size());
    const auto part = [&](std::size_t first) {
        for (std::size_t i = first; i < pairs.size(); i += 2) {
            pairs[i] = {.measured = measured[i], .simulated = simulate(measured[i].setup)};
        }
    };
    std::future<void> other = std::async(std::launch::async, part, std::size_t{1});
    part(0);
    other.get();
    return pairs;
}

void append(Pauses& all, const Pauses& more) {
    if (more.medians.empty()) {
        return;
    }
    all.low = all.medians.empty() ? more.low : std::min(all.low, more.low);
    all.high = all.medians.empty() ? more.high : std::max(all.high, more.high);
    all.medians.insert(all.medians.end(), more.medians.begin(), more.medians.end());
    all.count += more.count;
}

/// Adds the pair to the six comparisons that begin at `first`.
void append(std::vector<PauseComparison>& comparisons, std::size_t first, const Pair& pair) {
    for (std::size_t phase = 0; phase < phase_names.size(); ++phase) {
        for (std::size_t kept = 0; kept < 2; ++kept) {
            PauseComparison& to = comparisons[first + 2 * phase + kept];
            const PhasePauses& measured = pair.measured.phases[phase];
            const PhasePauses& simulated = pair.simulated.phases[phase];
            append(to.measured, kept == 1 ? measured.kept : measured.moved);
            append(to.simulated, kept == 1 ? simulated.kept : simulated.moved);
            to.runs += pair.measured.runs;
            to.random_phase += pair.measured.random_phase;
        }
    }
}

std::size_t begin_comparisons(std::vector<PauseComparison>& comparisons, const std::string& setup,
                              const std::string& members) {
    const std::size_t first = comparisons.size();
    for (const char* const phase : phase_names) {
        for (const char* const partitions : {"moved", "kept"}) {
            PauseComparison& comparison = comparisons.emplace_back();
            comparison.name = fmt::format("{}, n {}: {}, {}", setup, members, phase, partitions);
            comparison.setup = setup;
            comparison.members = members;
            comparison.event = phase;
            comparison.partitions = partitions;
        }
    }
    return first;
}

void compare_pauses(Validation& all, const std::vector<Pair>& pairs) {
    std::map<std::string, std::size_t> pooled;
    for (const Pair& pair : pairs) {
        const std::string setup = setup_name(pair.measured.setup);
        if (!pooled.contains(setup)) {
            pooled[setup] = begin_comparisons(all.pooled, setup, "all");
        }
        append(all.pooled, pooled[setup], pair);
        const std::size_t first =
            begin_comparisons(all.rows, setup, fmt::format("{}", pair.measured.setup.members));
        append(all.rows, first, pair);
    }
}

Figure figure_of(std::string what, const std::vector<double>& measured,
                 const std::vector<double>& simulated) {
    const auto [low, high] = std::ranges::minmax(measured);
    const auto [simulated_low, simulated_high] = std::ranges::minmax(simulated);
    const double median = median_of(simulated);
    return {.what = std::move(what),
            .measured = fmt::format("{:.2f} ({:.2f}..{:.2f}), n {}", median_of(measured), low, high,
                                    measured.size()),
            .simulated = fmt::format("{:.2f} ({:.2f}..{:.2f}), n {}", median, simulated_low,
                                     simulated_high, simulated.size()),
            .verdict = among({median}, measured, event_resolution)    ? Verdict::inside
                       : among(measured, simulated, event_resolution) ? Verdict::phase
                                                                      : Verdict::outside};
}

void compare_detections(Validation& all, const std::vector<Pair>& pairs) {
    for (const Detection& measured : measured_detections()) {
        std::vector<double> after_kill;
        std::vector<double> after_commit;
        std::vector<double> reaction;
        for (const Pair& pair : pairs) {
            const Setup& setup = pair.measured.setup;
            if (setup.broker != "4.0.0" || setup.mode != measured.mode ||
                setup.session_ms != measured.session_ms ||
                setup.heartbeat_ms != measured.heartbeat_ms) {
                continue;
            }
            for (const DetectionRun& run : pair.simulated.detections) {
                after_kill.push_back(run.removed_after_kill);
                after_commit.push_back(run.removed_after_commit);
                reaction.push_back(run.reaction);
            }
        }
        const std::string name =
            fmt::format("{}, S {} s, hb {} s",
                        measured.mode == "consumer" ? std::string{"KIP-848"} : measured.mode,
                        measured.session_ms / 1000, measured.heartbeat_ms / 1000);
        all.detections.push_back(
            figure_of(name + ": removed after the kill", measured.removed_after_kill, after_kill));
        if (measured.mode != "consumer") {
            all.detections.push_back(figure_of(name + ": removed after the last commit",
                                               measured.removed_after_commit, after_commit));
        }
        all.detections.push_back(figure_of(name + ": first survivor acts after the removal",
                                           measured.reaction, reaction));
    }
}

struct Moments {
    double mean = 0.0;
    double deviation = 0.0;
    double highest = 0.0;
    double count = 0.0;
};

Moments moments_of(const std::vector<double>& values) {
    Moments moments{.count = static_cast<double>(values.size())};
    moments.mean = std::accumulate(values.begin(), values.end(), 0.0) / moments.count;
    for (const double value : values) {
        moments.deviation += (value - moments.mean) * (value - moments.mean);
        moments.highest = std::max(moments.highest, value);
    }
    moments.deviation = std::sqrt(moments.deviation / (moments.count - 1.0));
    return moments;
}

std::string text_of(const Moments& moments) {
    return fmt::format("mean {:.1f}, sd {:.1f}, max {:.0f}, n {:.0f}", moments.mean,
                       moments.deviation, moments.highest, moments.count);
}

/// 28 kills, 71.7 ms apart, so that they meet a pod at all stages between two of its commits.
std::vector<KillCounts> kills(const std::string& commit, const std::string& service,
                              std::int32_t count) {
    std::vector<KillCounts> counts;
    for (std::int32_t i = 0; i < count; ++i) {
        counts.push_back(kill_one(commit, service, 71'700us * i));
    }
    return counts;
}

void compare_duplicates(Validation& all, const std::vector<Pair>& pairs) {
    std::vector<double> measured_50;
    for (const Pair& pair : pairs) {
        if (pair.measured.setup.commit == "sync") {
            const auto& of_runs = pair.measured.duplicates;
            measured_50.insert(measured_50.end(), of_runs.begin(), of_runs.end());
        }
    }
    struct Case {
        std::int32_t every;
        Moments measured;
    };
    const std::vector<Case> cases{
        {10, {.mean = 4.1, .deviation = 2.9, .highest = 9, .count = 28}},
        {50, moments_of(measured_50)},
        {200, {.mean = 87, .deviation = 58, .highest = 197, .count = 28}}};
    for (const Case& one : cases) {
        std::vector<double> simulated;
        for (const KillCounts& kill :
             kills(fmt::format("{{every: {} records}}", one.every), "2.2ms", 28)) {
            simulated.push_back(static_cast<double>(kill.duplicates));
            all.lost += kill.lost;
        }
        const Moments moments = moments_of(simulated);
        const double error = one.measured.deviation / std::sqrt(one.measured.count) +
                             moments.deviation / std::sqrt(moments.count);
        all.duplicates.push_back(
            {.what = fmt::format("commit every {} records (theory {:.1f}, at most {})", one.every,
                                 (one.every - 1) / 2.0, one.every - 1),
             .measured = text_of(one.measured),
             .simulated = text_of(moments),
             .verdict = verdict_of(std::abs(moments.mean - one.measured.mean) <= 2.0 * error &&
                                   moments.highest <= one.every - 1)});
    }
}

void compare_losses(Validation& all) {
    const std::vector<KillCounts> simulated =
        kills("{when: before-processing, every: 1 records}", "8ms", 14);
    const auto one_lost = std::ranges::count(simulated, 1, &KillCounts::lost);
    std::int64_t duplicates = 0;
    for (const KillCounts& kill : simulated) {
        duplicates += kill.duplicates;
    }
    all.losses.push_back({.what = "commit before processing, every record: lost at a SIGKILL",
                          .measured = "1 in 14 of 14 kills, 0 duplicates",
                          .simulated = fmt::format("1 in {} of {} kills, {} duplicates", one_lost,
                                                   simulated.size(), duplicates),
                          .verdict = verdict_of(one_lost == 14 && duplicates == 0)});
}

/// A count beside a count; inside = within `tolerance` records or a part of it.
Figure count_figure(std::string what, double measured, double simulated, double tolerance) {
    return {.what = std::move(what),
            .measured = fmt::format("{:.0f}", measured),
            .simulated = fmt::format("{:.0f}", simulated),
            .verdict = verdict_of(std::abs(simulated - measured) <= tolerance)};
}

void compare_sarama(Validation& all) {
    struct Case {
        const char* run;
        const char* what;
        const char* commit;
    };
    for (const Case& one :
         {Case{"sarama-noauto-nocommit", "AutoCommit off, MarkMessage, no Commit",
               "{when: mark-only}"},
          Case{"sarama-auto", "AutoCommit on, 1 s", "{when: after-success, every: 1s}"}}) {
        const SaramaRun measured = measured_sarama(one.run);
        const SaramaCounts simulated = simulate_sarama(one.commit, measured.snapshot_times);
        const std::string what = one.what;
        for (std::size_t i = 0; i < measured.committed.size(); ++i) {
            // What is not committed yet is a second of work at most; a run that commits nothing
            // is exact.
            const double tolerance = measured.committed[i] == 0.0 ? 0.0 : 480.0;
            all.sarama.push_back(count_figure(
                fmt::format("{}: committed at {:.0f} s", what, measured.snapshot_times[i]),
                measured.committed[i], simulated.committed[i], tolerance));
        }
        all.sarama.push_back(count_figure(what + ": lag at the end", measured.lag.back(),
                                          simulated.lag.back(), 480.0));
        all.sarama.push_back(count_figure(what + ": executions that were done before [%]",
                                          100.0 * static_cast<double>(measured.duplicates) /
                                              static_cast<double>(measured.executions),
                                          100.0 * static_cast<double>(simulated.duplicates) /
                                              static_cast<double>(simulated.executions),
                                          10.0));
        all.sarama.push_back(count_figure(what + ": lost", static_cast<double>(measured.lost),
                                          static_cast<double>(simulated.lost), 0.0));
    }
}

Validation make_validation() {
    Validation all;
    const std::vector<Pair> pairs = simulate_all();
    compare_pauses(all, pairs);
    compare_detections(all, pairs);
    for (const Pair& pair : pairs) {
        all.lost += pair.simulated.lost;
        all.duplicates_elsewhere += pair.simulated.duplicates_elsewhere;
        for (const double duplicates : pair.simulated.duplicates) {
            ++all.simulated_kills;
            all.most_duplicates =
                std::max(all.most_duplicates, static_cast<std::int64_t>(duplicates));
        }
    }
    compare_duplicates(all, pairs);
    compare_losses(all);
    compare_sarama(all);
    return all;
}

}  // namespace

double PauseComparison::ratio() const {
    return median_of(simulated.medians) / median_of(measured.medians);
}

Verdict PauseComparison::verdict() const {
    const double median = median_of(simulated.medians);
    if (measured.low - pause_resolution <= median && median <= measured.high + pause_resolution) {
        return Verdict::inside;
    }
    return among(measured.medians, simulated.medians, pause_resolution) ? Verdict::phase
                                                                        : Verdict::outside;
}

const Validation& validation() {
    static const Validation once = make_validation();
    return once;
}

}  // namespace lagsim::sim
