#include "sim/study/sweep_plan.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <thread>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/scenario/units.h"

namespace lagsim::sim {
namespace {

/// Points x replications; their results wait in memory.
constexpr double most_runs = 10'000'000;

std::uint64_t hash_of(const std::string& text) {
    std::uint64_t hash = fingerprint_start;
    for (const char letter : text) {
        hash = fold_fingerprint(hash, static_cast<unsigned char>(letter));
    }
    return hash;
}

Diagnostic nothing_to_sweep(const std::string& path) {
    Diagnostic diagnostic;
    diagnostic.file = path == "-" ? "<stdin>" : path;
    diagnostic.code = "missing-key";
    diagnostic.path = "spec.sweep";
    diagnostic.message = "there is nothing to sweep: write 'spec.sweep', or give --axis PATH=a,b,c";
    return diagnostic;
}

const char* word_of(SweepMethod method) {
    return method == SweepMethod::grid  ? "grid"
           : method == SweepMethod::zip ? "zip"
                                        : "latin-hypercube";
}

/// Base unit of a field's numbers; empty: it has none.
std::string units_of(ScalarType type) {
    switch (type) {
        case ScalarType::duration:
        case ScalarType::duration_or_rest:
        case ScalarType::records_or_duration:
            return "s";
        case ScalarType::rate:
            return "s-1";
        case ScalarType::name:
        case ScalarType::path:
        case ScalarType::boolean:
        case ScalarType::records:
            return "";
        default:
            return "1";
    }
}

/// Numbers where every value is one, so that `sel(lagThreshold=500)` works; else the texts.
void choose_type(SweepCoordinate& coordinate, ScalarType type,
                 const std::vector<std::string>& values) {
    const std::string units = units_of(type);
    const auto is_integer = [](const std::string& text) { return parse_integer(text).has_value(); };
    const auto is_number = [&units](const std::string& text) {
        return coordinate_number(text, units).has_value();
    };
    const bool whole = type == ScalarType::integer || type == ScalarType::api_integer;
    if (units == "1" && std::ranges::all_of(values, is_integer)) {
        coordinate.type = CoordinateType::integer;
    } else if (!units.empty() && !whole && std::ranges::all_of(values, is_number)) {
        coordinate.type = CoordinateType::number;
    }
    coordinate.units = coordinate.type == CoordinateType::text ? "" : units;
}

std::vector<std::string> names_in_files(const std::vector<SweepMetric>& metrics) {
    std::vector<std::string> taken{"point",
                                   "replication",
                                   "metric",
                                   "unit",
                                   "mean",
                                   "half_width",
                                   "n",
                                   "confidence",
                                   "event_fingerprint",
                                   "overrides",
                                   "assertions_held",
                                   "replication_count"};
    for (const SweepMetric& metric : metrics) {
        taken.push_back(metric.name);
    }
    return taken;
}

/// The mistakes of all points: equal ones once, with the first point that has them.
class PointMistakes {
  public:
    void add(const Diagnostic& diagnostic, const std::string& label, std::int64_t point) {
        const Key key{diagnostic.file, diagnostic.line, diagnostic.column, diagnostic.code,
                      diagnostic.message};
        const auto [found, is_new] = seen_.try_emplace(key, mistakes_.size());
        if (is_new) {
            mistakes_.push_back({diagnostic, point, label, 0});
        } else if (mistakes_[found->second].point != point) {
            ++mistakes_[found->second].others;
        }
    }
    [[nodiscard]] std::vector<Diagnostic> all() const {
        std::vector<Diagnostic> diagnostics;
        for (const Mistake& mistake : mistakes_) {
            Diagnostic diagnostic = mistake.diagnostic;
            diagnostic.message +=
                mistake.others == 0
                    ? fmt::format(" (at point {}: {})", mistake.point, mistake.label)
                    : fmt::format(" (at point {}: {}; and at {} more)", mistake.point,
                                  mistake.label, mistake.others);
            diagnostics.push_back(std::move(diagnostic));
        }
        return diagnostics;
    }

  private:
    using Key = std::tuple<std::string, int, int, std::string, std::string>;
    struct Mistake {
        Diagnostic diagnostic;
        std::int64_t point = 0;
        std::string label;
        std::int64_t others = 0;
    };
    std::map<Key, std::size_t> seen_;
    std::vector<Mistake> mistakes_;
};

/// A mistake in a value of an axis stands where the value is written.
void move_to_axis(Diagnostic& diagnostic, const std::vector<SweepAxis>& axes,
                  const SweepValues& values) {
    for (std::size_t a = 0; a < axes.size(); ++a) {
        const SweepAxis& axis = axes[a];
        if (diagnostic.file != "--set" || diagnostic.source_line != axis.path + "=" + values[a] ||
            axis.places.empty()) {
            continue;
        }
        const auto found = std::ranges::find(axis.values, values[a]);
        const auto index = static_cast<std::size_t>(found - axis.values.begin());
        const Position& place = axis.places[std::min(index, axis.places.size() - 1)];
        diagnostic.file = place.file;
        diagnostic.line = place.line;
        diagnostic.column = place.column;
        diagnostic.source_line = place.source_line;
        return;
    }
}

}  // namespace

std::expected<SweepPlan, std::vector<Diagnostic>> SweepPlan::read(const std::string& path,
                                                                  const ReadOptions& options,
                                                                  const std::string& version,
                                                                  unsigned jobs) {
    SweepPlan plan;
    plan.path_ = path;
    plan.options_ = options;
    if (path == "-") {
        plan.text_.assign(std::istreambuf_iterator<char>(std::cin), {});
    }
    const auto file = plan.read_file(options);
    if (!file) {
        return std::unexpected(file.error());
    }
    if (file->sweep.empty()) {
        return std::unexpected(std::vector<Diagnostic>{nothing_to_sweep(path)});
    }
    plan.warnings_ = file->warnings;
    plan.axes_ = file->sweep;
    plan.values_ = sweep_points(file->sweep, file->sweep_design, file->scenario.seed);
    plan.options_.without_sweep = true;
    const auto base = plan.read_file(plan.options_);
    if (!base) {
        return std::unexpected(base.error());
    }
    plan.study_.method = word_of(file->sweep_design.method);
    plan.describe(*base, version);
    if (auto mistakes = plan.read_points(jobs); !mistakes.empty()) {
        return std::unexpected(std::move(mistakes));
    }
    return plan;
}

void SweepPlan::describe(const ScenarioFile& base, const std::string& version) {
    study_.version = version;
    study_.scenario = base.scenario.name;
    study_.resolved = base.scenario.provenance.resolved;
    study_.seed = fmt::format("{}", base.scenario.seed);
    for (const MetricSummary& metric : Summary(base.scenario).metrics()) {
        study_.metrics.push_back({metric.name, metric.unit, metric.meaning});
    }
    std::vector<std::string> paths;
    for (const SweepAxis& axis : axes_) {
        paths.push_back(axis.path);
    }
    const auto names = coordinate_names(paths, names_in_files(study_.metrics));
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        SweepCoordinate coordinate{.path = paths[a], .name = names[a]};
        std::vector<std::string> values;
        for (const SweepValues& point : values_) {
            values.push_back(point[a]);
        }
        choose_type(coordinate, axes_[a].type, values);
        coordinate.values = study_.is_grid() ? axes_[a].values : std::vector<std::string>();
        study_.axes.push_back(std::move(coordinate));
    }
    for (const SweepValues& point : values_) {
        nlohmann::ordered_json overrides = nlohmann::ordered_json::object();
        for (std::size_t a = 0; a < axes_.size(); ++a) {
            overrides[paths[a]] = point[a];
        }
        study_.points.push_back(overrides.dump());
    }
}

std::vector<Diagnostic> SweepPlan::read_points(unsigned jobs) {
    planned_.resize(values_.size());
    std::vector<std::vector<Diagnostic>> found(values_.size());
    std::atomic<std::size_t> next{0};
    const auto serve = [&] {
        for (std::size_t i = next++; i < values_.size(); i = next++) {
            const auto point = static_cast<std::int64_t>(i) + 1;
            const auto file = read_file(options_of(point));
            if (!file) {
                found[i] = file.error();
                continue;
            }
            const Scenario& scenario = file->scenario;
            planned_[i] = {.replications = scenario.replications,
                           .seconds = core::seconds(scenario.duration),
                           .resolved = hash_of(scenario.provenance.resolved)};
            if (!std::ranges::equal(metric_names(scenario), study_.metrics, {}, {},
                                    &SweepMetric::name)) {
                Diagnostic other = nothing_to_sweep(path_);
                other.code = "conflict";
                other.message = "all points of a sweep have the same consumer groups";
                found[i].push_back(other);
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 1; i < std::min<std::size_t>(jobs, values_.size()); ++i) {
            threads.emplace_back(serve);
        }
        serve();
    }
    PointMistakes mistakes;
    double runs = 0.0;
    for (const PlannedPoint& point : planned_) {
        runs += point.replications;
    }
    if (runs > most_runs) {
        Diagnostic many = nothing_to_sweep(path_);
        many.code = "out-of-range";
        many.message =
            fmt::format("{:.0f} runs (points x replications); at most {:.0f}", runs, most_runs);
        return {many};
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        for (Diagnostic& diagnostic : found[i]) {
            if (diagnostic.severity == Severity::error) {
                move_to_axis(diagnostic, axes_, values_[i]);
                const auto point = static_cast<std::int64_t>(i) + 1;
                mistakes.add(diagnostic, label(point), point);
            }
        }
    }
    return mistakes.all();
}

ReadOptions SweepPlan::options_of(std::int64_t point) const {
    ReadOptions options = options_;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        options.sets.push_back(axes_[a].path + "=" +
                               values_[static_cast<std::size_t>(point - 1)][a]);
    }
    return options;
}

std::expected<ScenarioFile, std::vector<Diagnostic>> SweepPlan::read_file(
    const ReadOptions& options) const {
    return path_ == "-" ? read_scenario_text(text_, "<stdin>", "", options)
                        : read_scenario(path_, options);
}

std::string SweepPlan::label(std::int64_t point) const {
    std::vector<std::string> parts;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        parts.push_back(study_.axes[a].name + "=" +
                        values_[static_cast<std::size_t>(point - 1)][a]);
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::expected<Scenario, std::string> SweepPlan::scenario(std::int64_t point) const {
    auto file = read_file(options_of(point));
    if (!file || hash_of(file->scenario.provenance.resolved) != planned(point).resolved) {
        return std::unexpected(fmt::format(
            "the scenario's files have changed while the sweep ran; point {} and later ones are "
            "not simulated",
            point));
    }
    return std::move(file->scenario);
}

bool SweepPlan::shares_seed() const {
    return std::ranges::none_of(axes_,
                                [](const SweepAxis& axis) { return axis.path == "spec.seed"; });
}

}  // namespace lagsim::sim
