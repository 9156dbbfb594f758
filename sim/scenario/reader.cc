#include "sim/scenario/reader.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/core.h>

#include "sim/scenario/paths.h"
#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/values.h"
#include "sim/scenario/yaml_reader.h"
#include "sim/scenario/yaml_writer.h"

namespace lagsim::sim {
namespace {

constexpr std::array<std::string_view, 5> all_kinds{
    "Scenario", "ScaledObject", "HorizontalPodAutoscaler", "Deployment", "StatefulSet"};

/// `kind` of a document, with a complaint if it has none.
std::optional<std::string> kind_of(const YamlNode& document, Report& report) {
    if (!document.is_map()) {
        report.error(
            document.mark,
            {.code = "wrong-type", .message = "a document is a map with 'apiVersion' and 'kind'"});
        return std::nullopt;
    }
    const YamlNode* kind = document.find("kind");
    if (kind == nullptr || !kind->is_scalar()) {
        report.error(
            kind == nullptr ? document.mark : kind->mark,
            {.code = "missing-key", .message = "a document needs the key 'kind'", .path = "kind"});
        return std::nullopt;
    }
    return kind->text;
}

void refuse_kind(const YamlNode& document, const std::string& kind, std::string_view context,
                 Report& report) {
    report.error(mark_of(document, "kind"),
                 {.code = "unknown-kind",
                  .message = fmt::format("a document of kind '{}' {}", kind, context),
                  .path = "kind",
                  .suggestion = kind_named(kind) == nullptr ? did_you_mean(kind, all_kinds)
                                                            : std::string_view(),
                  .width = static_cast<int>(std::max<std::size_t>(1, kind.size()))});
}

void refuse_empty(const Source& source, Report& report) {
    if (!report.failed()) {
        report.file_error(source.name, "empty-file", "the file holds no document");
    }
}

/// One scenario being read: its sources, its documents, and what is wrong with them.
class ScenarioReader {
  public:
    ScenarioReader(const ReadOptions& options, Sources& sources, Report& report)
        : options_(options), sources_(sources), report_(report) {}

    std::expected<ScenarioFile, std::vector<Diagnostic>> read(const Source& source,
                                                              std::vector<YamlNode> documents) {
        sort_documents(source, std::move(documents));
        if (report_.failed() && !documents_.scenario.is_map()) {
            return std::unexpected(report_.sorted());
        }
        apply_overlays();
        apply_sets([](const std::string& set) { return !names_manifest(set); });
        apply_axes();
        load_manifests();
        apply_sets(names_manifest);
        ScenarioFile file;
        file.scenario.provenance = provenance_of(source);
        build(source, file);
        if (report_.failed()) {
            return std::unexpected(report_.sorted());
        }
        file.warnings = report_.sorted();
        return file;
    }

  private:
    static bool names_manifest(const std::string& set) {
        return !set.starts_with("spec") && !set.starts_with("metadata");
    }

    /// One Scenario, and manifests beside it in the same file.
    void sort_documents(const Source& source, std::vector<YamlNode> documents) {
        if (documents.empty()) {
            refuse_empty(source, report_);
        }
        for (YamlNode& document : documents) {
            const auto kind = kind_of(document, report_);
            if (!kind) {
                continue;
            }
            if (*kind == "Scenario" && documents_.scenario.is_map()) {
                refuse_kind(document, *kind, "is already in this file; one file, one scenario",
                            report_);
            } else if (*kind == "Scenario") {
                documents_.scenario = std::move(document);
            } else if (kind_named(*kind) != nullptr) {
                documents_.manifests.push_back({source.name, *kind, std::move(document)});
            } else {
                refuse_kind(document, *kind, "is not known here", report_);
            }
        }
        if (!documents.empty() && !documents_.scenario.is_map() && !report_.failed()) {
            report_.file_error(source.name, "missing-scenario",
                               "the file holds no document of kind Scenario");
        }
    }

    void apply_overlays() {
        for (const std::string& path : options_.overlays) {
            const LoadedFile file = load_yaml_file(path, sources_, report_);
            if (file.source == nullptr) {
                continue;
            }
            if (file.documents.size() != 1 || !file.documents.front().is_map()) {
                report_.file_error(path, "bad-overlay",
                                   "an overlay is one document, a map (see RFC 7386)");
                continue;
            }
            check_deletions(file.documents.front(), scenario_kind(), "");
            merge_patch(documents_.scenario, file.documents.front());
        }
    }
    /// A misspelled key that is to be deleted would vanish without a trace.
    void check_deletions(const YamlNode& patch, const Kind& kind, const std::string& path) {
        for (const YamlEntry& entry : patch.entries) {
            const Field* field = find_field(kind, entry.key);
            if (field == nullptr && entry.value.is_null()) {
                const auto keys = keys_of(kind);
                report_.error(entry.mark, {.code = "unknown-key",
                                           .message = fmt::format("'{}' is not a key of {}",
                                                                  entry.key, kind.name),
                                           .path = child_path(path, entry.key),
                                           .suggestion = did_you_mean(entry.key, keys),
                                           .width = static_cast<int>(entry.key.size())});
            } else if (field != nullptr && field->map != nullptr && entry.value.is_map()) {
                check_deletions(entry.value, *field->map, child_path(path, entry.key));
            }
        }
    }

    template <class Choose>
    void apply_sets(Choose choose) {
        for (const std::string& set : options_.sets) {
            if (choose(set)) {
                apply_set(documents_, set, sources_, report_);
            }
        }
    }

    void apply_axes() {
        for (const std::string& axis : options_.axes) {
            apply_axis(documents_, axis, sources_, report_);
        }
        YamlNode* spec = documents_.scenario.find("spec");
        if (options_.without_sweep && spec != nullptr) {
            std::erase_if(spec->entries, [](const YamlEntry& entry) {
                return entry.key == "sweep" || entry.key == "sweepDesign";
            });
        }
    }

    void load_manifests() {
        const YamlNode* spec = documents_.scenario.find("spec");
        const YamlNode* list = spec == nullptr ? nullptr : spec->find("manifests");
        if (list == nullptr || !list->is_sequence()) {
            return;
        }
        for (std::size_t i = 0; i < list->items.size(); ++i) {
            const YamlNode& item = list->items[i];
            if (!item.is_scalar() || item.text.empty()) {
                continue;
            }
            const std::string path = resolve_path(
                item.mark.source == nullptr ? "" : item.mark.source->directory, item.text);
            Report file_report;
            const Source* source = load_text_file(path, sources_, file_report, YamlLimits{}.bytes);
            if (source == nullptr) {
                report_.error(item.mark, {.code = "unreadable-file",
                                          .message = fmt::format("'{}': {}", path,
                                                                 file_report.all().front().message),
                                          .path = fmt::format("spec.manifests[{}]", i),
                                          .width = width_of(item)});
                continue;
            }
            manifest_texts_.emplace_back(item.text, source->text);
            add_manifests(*source, item.text);
        }
    }
    void add_manifests(const Source& source, const std::string& written) {
        const std::size_t errors_before = report_.errors();
        std::vector<YamlNode> documents = parse_yaml(source, report_);
        if (documents.empty() && report_.errors() == errors_before) {
            report_.file_error(source.name, "empty-file", "the file holds no document");
        }
        for (YamlNode& document : documents) {
            const auto kind = kind_of(document, report_);
            if (kind && kind_named(*kind) != nullptr && *kind != "Scenario") {
                documents_.manifests.push_back({written, *kind, std::move(document)});
            } else if (kind) {
                refuse_kind(document, *kind, "is not known among manifests", report_);
            }
        }
    }

    [[nodiscard]] Provenance provenance_of(const Source& source) const {
        Provenance provenance;
        provenance.scenario_path = source.name;
        provenance.scenario_text = source.text;
        provenance.manifests = manifest_texts_;
        for (const std::string& overlay : options_.overlays) {
            provenance.overrides.push_back("-f " + overlay);
        }
        for (const std::string& set : options_.sets) {
            provenance.overrides.push_back("--set " + set);
        }
        for (const std::string& axis : options_.axes) {
            provenance.overrides.push_back("--axis " + axis);
        }
        return provenance;
    }

    void build(const Source& source, ScenarioFile& file) {
        YamlNode& document = documents_.scenario;
        collect_positions(document, "", file.positions);
        Sweep sweep = build_sweep(report_, documents_);
        file.sweep = std::move(sweep.axes);
        file.sweep_design = sweep.design;
        SchemaCheck(report_).check_map(document, scenario_kind(), "");
        const YamlNode* checked_spec = value_of(document, "spec");
        file.manifests = map_manifests(documents_, keda_version(checked_spec), report_);
        YamlNode* spec = document.find("spec");
        if (spec == nullptr || !spec->is_map()) {
            return;
        }
        Build build{.report = report_,
                    .sources = sources_,
                    .scenario = file.scenario,
                    .manifests = file.manifests};
        bind_manifests(build, *spec);
        fill_consumer_defaults(build, *spec);
        fill_defaults(document, scenario_kind());
        name_scenario(document, source);
        spec = document.find("spec");  // the defaults may have moved it
        read_head(document, file.scenario);
        build_topics(build, *spec);
        build_producers(build, *spec);
        build_consumers(build, *spec);
        build_autoscalers(build, *spec);
        build_nodes(build, *spec);
        build_faults(build, *spec);
        build_assertions(build, *spec);
        if (file.scenario.resolution == Resolution::flow) {
            check_flow(build, *spec);
        }
        if (!report_.failed()) {
            file.scenario.provenance.resolved = resolved_text(document);
        }
    }

    [[nodiscard]] static core::KedaVersion keda_version(const YamlNode* spec) {
        const YamlNode* autoscaler = spec == nullptr ? nullptr : value_of(*spec, "autoscaler");
        const bool old = autoscaler != nullptr && text_of(*autoscaler, "kedaVersion") == "2.20";
        return old ? core::KedaVersion::v2_20 : core::KedaVersion::v2_21;
    }

    static void name_scenario(YamlNode& document, const Source& source) {
        YamlNode* metadata = document.find("metadata");
        if (metadata == nullptr || !metadata->is_map() || metadata->find("name") != nullptr) {
            return;
        }
        std::string stem = std::filesystem::path(source.name).stem().string();
        std::erase_if(stem, [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '<' || c == '>';
        });
        metadata->insert("name", {}, scalar_node(stem.empty() ? "scenario" : stem));
    }

    void read_head(const YamlNode& document, Scenario& scenario) {
        if (const YamlNode* metadata = value_of(document, "metadata")) {
            scenario.name = text_of(*metadata, "name").value_or("");
            scenario.description = text_of(*metadata, "description").value_or("");
        }
        const YamlNode& spec = *document.find("spec");
        scenario.duration = duration_of(spec, "duration").value_or(core::Duration{0});
        scenario.warmup = duration_of(spec, "warmup").value_or(core::Duration{0});
        scenario.sample_interval =
            duration_of(spec, "sampleInterval").value_or(scenario.sample_interval);
        const auto replications = integer_of(spec, "replications");
        scenario.replications = static_cast<std::uint32_t>(
            std::clamp<std::int64_t>(replications.value_or(1), 1, 1'000'000));
        scenario.resolution =
            text_of(spec, "resolution") == "flow" ? Resolution::flow : Resolution::exact;
        read_seed(spec, scenario);
        if (scenario.duration > core::Duration{0}) {
            check_times(spec, scenario);
        }
    }
    void read_seed(const YamlNode& spec, Scenario& scenario) {
        const auto text = text_of(spec, "seed");
        if (!text) {
            return;
        }
        const auto seed = parse_seed(*text);
        const auto whole = parse_integer(*text);  // `42k` is a seed, too
        if (seed || (whole && *whole >= 0)) {
            scenario.seed = seed ? *seed : static_cast<std::uint64_t>(*whole);
        } else {
            report_.error(mark_of(spec, "seed"),
                          {.code = "wrong-type", .message = seed.error(), .path = "spec.seed"});
        }
    }
    void check_times(const YamlNode& spec, const Scenario& scenario) {
        constexpr std::int64_t most_samples = 10'000'000;
        if (scenario.warmup >= scenario.duration) {
            report_.error(mark_of(spec, "warmup"),
                          {.code = "conflict",
                           .message = fmt::format("the warm-up of {} leaves nothing of a run of {}",
                                                  format_duration(scenario.warmup),
                                                  format_duration(scenario.duration)),
                           .path = "spec.warmup"});
        }
        if (scenario.sample_interval > core::Duration{0} &&
            scenario.duration / scenario.sample_interval > most_samples) {
            report_.error(mark_of(spec, "sampleInterval"),
                          {.code = "out-of-range",
                           .message = fmt::format("more than {} samples; take a longer interval",
                                                  most_samples),
                           .path = "spec.sampleInterval"});
        }
    }

    /// Stands alone: manifests follow as documents of the same file.
    [[nodiscard]] std::string resolved_text(const YamlNode& document) const {
        YamlNode alone = document;
        if (YamlNode* manifests = alone.find("spec")->find("manifests")) {
            manifests->items.clear();
        }
        std::string text = write_yaml(alone);
        for (const ManifestDocument& manifest : documents_.manifests) {
            text += "---\n" + write_yaml(manifest.node);
        }
        return text;
    }

    const ReadOptions& options_;
    Sources& sources_;
    Report& report_;
    Documents documents_;
    std::vector<std::pair<std::string, std::string>> manifest_texts_;
};

}  // namespace

std::expected<ScenarioFile, std::vector<Diagnostic>> read_scenario(const std::string& path,
                                                                   const ReadOptions& options) {
    Sources sources;
    Report report;
    LoadedFile file = load_yaml_file(path, sources, report);
    if (file.source == nullptr) {
        return std::unexpected(report.sorted());
    }
    return ScenarioReader(options, sources, report).read(*file.source, std::move(file.documents));
}

std::expected<ScenarioFile, std::vector<Diagnostic>> read_scenario_text(
    const std::string& text, const std::string& name, const std::string& directory,
    const ReadOptions& options) {
    Sources sources;
    Report report;
    const Source& source = add_source(sources, name, directory, text);
    std::vector<YamlNode> documents = parse_yaml(source, report);
    return ScenarioReader(options, sources, report).read(source, std::move(documents));
}

namespace {

void add_lone_manifests(LoadedFile file, Documents& documents, Report& report) {
    if (file.source != nullptr && file.documents.empty()) {
        refuse_empty(*file.source, report);
    }
    for (YamlNode& document : file.documents) {
        const auto kind = kind_of(document, report);
        if (kind && kind_named(*kind) != nullptr && *kind != "Scenario") {
            documents.manifests.push_back({file.source->name, *kind, std::move(document)});
        } else if (kind) {
            refuse_kind(document, *kind, "is not known among manifests", report);
        }
    }
}

bool is_scenario(const LoadedFile& file) {
    return std::ranges::any_of(file.documents, [](const YamlNode& document) {
        const YamlNode* kind = document.find("kind");
        const YamlNode* version = document.find("apiVersion");
        return (kind != nullptr && kind->text == "Scenario") ||
               (version != nullptr && version->text.starts_with("lagsim"));
    });
}

/// Loads once, so that stdin can be validated, too.
std::vector<Diagnostic> validate_file(const std::string& path) {
    Sources sources;
    Report report;
    LoadedFile file = load_yaml_file(path, sources, report);
    if (file.source == nullptr) {
        return report.sorted();
    }
    if (is_scenario(file)) {
        const ReadOptions options;
        const auto read =
            ScenarioReader(options, sources, report).read(*file.source, std::move(file.documents));
        return read ? read->warnings : read.error();
    }
    Documents documents;
    add_lone_manifests(std::move(file), documents, report);
    static_cast<void>(map_manifests(documents, core::KedaVersion::v2_21, report));
    return report.sorted();
}

}  // namespace

std::expected<ManifestSet, std::vector<Diagnostic>> read_manifest_files(
    const std::vector<std::string>& paths, const ReadOptions& options) {
    Sources sources;
    Report report;
    Documents documents;
    for (const std::string& path : paths) {
        add_lone_manifests(load_yaml_file(path, sources, report), documents, report);
    }
    for (const std::string& set : options.sets) {
        apply_set(documents, set, sources, report);
    }
    ManifestSet set = map_manifests(documents, core::KedaVersion::v2_21, report);
    if (report.failed()) {
        return std::unexpected(report.sorted());
    }
    set.warnings = report.sorted();
    return set;
}

std::expected<ManifestSet, std::vector<Diagnostic>> read_manifest_texts(
    const std::vector<std::pair<std::string, std::string>>& files) {
    Sources sources;
    Report report;
    Documents documents;
    for (const auto& [name, text] : files) {
        const Source& source = add_source(sources, name, "", text);
        add_lone_manifests({.source = &source, .documents = parse_yaml(source, report)}, documents,
                           report);
    }
    ManifestSet set = map_manifests(documents, core::KedaVersion::v2_21, report);
    if (report.failed()) {
        return std::unexpected(report.sorted());
    }
    return set;
}

std::expected<FileKind, std::vector<Diagnostic>> kind_of_file(const std::string& path) {
    Sources sources;
    Report report;
    const LoadedFile file = load_yaml_file(path, sources, report);
    if (report.failed()) {
        return std::unexpected(report.sorted());
    }
    return is_scenario(file) ? FileKind::scenario : FileKind::manifests;
}

std::vector<Diagnostic> validate_files(const std::vector<std::string>& paths) {
    std::vector<Diagnostic> all;
    for (const std::string& path : paths) {
        const std::vector<Diagnostic> found = validate_file(path);
        all.insert(all.end(), found.begin(), found.end());
    }
    return all;
}

}  // namespace lagsim::sim
