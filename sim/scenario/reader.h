/// From files to a validated Scenario: strict, with every mistake reported at once, and with every
/// default written out in `Scenario::provenance.resolved`.
///
/// Order of precedence: file < `-f` overlays in order (RFC 7386) < `--set` in order. What is not
/// written comes from the manifests, then from the client's profile, then from the field table
/// (fields.h).
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/diagnostics.h"
#include "sim/scenario/fields.h"
#include "sim/scenario/manifests.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/sweep_range.h"

namespace lagsim::sim {

struct ReadOptions {
    std::vector<std::string> overlays;  ///< paths of `-f` files, in order
    std::vector<std::string> sets;      ///< `path=value` of `--set`, in order
    /// `path=values` of `--axis`, in order: beside those of `spec.sweep`, or instead of the one of
    /// the same path. Values are YAML: `a,b,c`, `[a, b, c]` or `{from, to, ...}`.
    std::vector<std::string> axes = {};
    /// Neither `spec.sweep` nor `spec.sweepDesign` is looked at or kept: one point of a study.
    bool without_sweep = false;
};

/// One line of a study: `values` are YAML texts to `--set` at `path`, in the order of the file.
struct SweepAxis {
    std::string path;
    std::vector<std::string> values = {};  ///< empty: drawn from `range`
    std::optional<SweepRange> range = {};  ///< of a Latin hypercube
    ScalarType type = ScalarType::none;    ///< of the field that the path leads to
    std::vector<Position> places = {};     ///< of each value, or one of the range
};

/// How the values of several axes make points.
enum class SweepMethod : std::uint8_t {
    grid,            ///< all combinations, the last axis fastest
    zip,             ///< the k-th values of all axes are point k
    latin_hypercube  ///< of `points` equal parts of every axis each is used once
};
struct SweepDesign {
    SweepMethod method = SweepMethod::grid;
    std::int64_t points = 0;  ///< latin_hypercube: how many
};

struct ScenarioFile {
    Scenario scenario;
    std::vector<SweepAxis> sweep;
    SweepDesign sweep_design;
    ManifestSet manifests;  ///< as read, after `--set`; for lint
    /// Where each key was written, by path (`spec.consumers[0].commit.when`); keys that come from
    /// a default are absent. Long lists are left out.
    std::map<std::string, Position> positions;
    std::vector<Diagnostic> warnings;
};

/// `path` is a file or `-` for stdin. Files named inside are relative to the file that names them
/// (stdin: to the working directory). A file that cannot be read gives code `unreadable-file`.
[[nodiscard]] std::expected<ScenarioFile, std::vector<Diagnostic>> read_scenario(
    const std::string& path, const ReadOptions& options = {});

/// The same from memory: `name` stands for the file in messages, `directory` is where relative
/// paths start.
[[nodiscard]] std::expected<ScenarioFile, std::vector<Diagnostic>> read_scenario_text(
    const std::string& text, const std::string& name, const std::string& directory,
    const ReadOptions& options = {});

/// Manifests alone, without a scenario: for `lint`, `autoscale` and `validate`.
[[nodiscard]] std::expected<ManifestSet, std::vector<Diagnostic>> read_manifest_files(
    const std::vector<std::string>& paths, const ReadOptions& options = {});

/// The same from memory: (name in messages, text) of each file, as a result file keeps them.
[[nodiscard]] std::expected<ManifestSet, std::vector<Diagnostic>> read_manifest_texts(
    const std::vector<std::pair<std::string, std::string>>& files);

/// What the documents of a file claim to be (`kind: Scenario` anywhere makes it a scenario).
enum class FileKind : std::uint8_t { scenario, manifests };
[[nodiscard]] std::expected<FileKind, std::vector<Diagnostic>> kind_of_file(
    const std::string& path);

/// `lagsim validate`: every error and warning of scenarios and lone manifests, in the order of the
/// files; empty = all well.
[[nodiscard]] std::vector<Diagnostic> validate_files(const std::vector<std::string>& paths);

}  // namespace lagsim::sim
