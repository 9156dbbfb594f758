#include "sim/export/export_source.h"

#include <variant>

#include <fmt/format.h>

#include "sim/results/result_reader.h"
#include "sim/results/stored_replication.h"
#include "sim/scenario/reader.h"

namespace lagsim::sim {
namespace {

/// The trigger of a ScaledObject that asks about a group; -1 = none.
std::ptrdiff_t trigger_of(const ScaledObjectManifest& manifest, const std::string& group) {
    const auto& triggers = manifest.parameters.triggers;
    for (std::size_t i = 0; i < triggers.size(); ++i) {
        const auto* kafka = std::get_if<core::KafkaTriggerParameters>(&triggers[i].spec);
        if (kafka != nullptr && kafka->consumer_group == group) {
            return static_cast<std::ptrdiff_t>(i);
        }
    }
    return -1;
}

void name_by(ExportGroup& group, const ScaledObjectManifest& manifest, std::ptrdiff_t trigger) {
    if (!manifest.header.name_space.empty()) {
        group.name_space = manifest.header.name_space;
    }
    group.deployment = manifest.target_name;
    group.scaled_object = manifest.header.name;
    group.hpa = manifest.hpa.name;
    const std::string beginning = fmt::format("s{}-", trigger);
    for (const core::HpaMetric& metric : manifest.hpa.metrics) {
        if (metric.name.starts_with(beginning)) {
            group.metric = metric.name;
        }
    }
}

std::vector<ExportGroup> groups_of(const StoredNames& names) {
    // Overrides are not in these texts, but names seldom change by --set.
    const auto manifests = read_manifest_texts(names.manifests);
    std::vector<ExportGroup> groups;
    for (const std::string& name : names.groups) {
        ExportGroup& group = groups.emplace_back();
        group.name = group.deployment = name;
        if (!manifests) {
            continue;
        }
        for (const ScaledObjectManifest& manifest : manifests->scaled_objects) {
            if (const std::ptrdiff_t trigger = trigger_of(manifest, name); trigger >= 0) {
                name_by(group, manifest, trigger);
            }
        }
        const bool alone = names.groups.size() == 1;
        if (group.scaled_object.empty() && alone && manifests->deployments.size() == 1) {
            group.deployment = manifests->deployments.front().header.name;
        }
        for (const HpaManifest& hpa : manifests->autoscalers) {
            if (group.hpa.empty() && (hpa.target_name == group.deployment || alone)) {
                group.hpa = hpa.header.name;
            }
        }
    }
    return groups;
}

}  // namespace

std::expected<ExportSource, std::string> read_export_source(const std::string& path,
                                                            std::int64_t replication) {
    ExportSource source;
    auto names = read_names(path);
    if (!names) {
        return std::unexpected(names.error());
    }
    auto run = read_replication(path, replication);
    if (!run) {
        return std::unexpected(run.error());
    }
    const auto stored = read_result(path);
    if (!stored) {
        return std::unexpected(stored.error());
    }
    source.names = std::move(*names);
    source.run = std::move(*run);
    source.metrics = stored->metrics;
    source.groups = groups_of(source.names);
    return source;
}

}  // namespace lagsim::sim
