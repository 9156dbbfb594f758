/// Paths into a scenario and its manifests, as `--set` and `sweep` write them:
/// `spec.consumers[0].serviceTime.mean`, `spec.topics["a.b"].partitions`,
/// `ScaledObject/NAME.spec.triggers[0].metadata.lagThreshold`. What the field table does not know
/// is an error; nothing is ever created beside it.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/fields.h"
#include "sim/scenario/yaml_node.h"

namespace lagsim::sim {

struct PathSegment {
    std::string key;        ///< empty for an index
    std::size_t index = 0;  ///< `[3]`
    bool is_index = false;
    std::size_t offset = 0;  ///< of the segment within the path [bytes]
};

/// Why not: a message.
[[nodiscard]] std::expected<std::vector<PathSegment>, std::string> parse_path(
    std::string_view path);

/// A document of kind ScaledObject, HorizontalPodAutoscaler, Deployment or StatefulSet.
struct ManifestDocument {
    std::string path;  ///< as written; of the scenario file itself if inline
    std::string kind;
    YamlNode node;
};

struct Documents {
    YamlNode scenario;  ///< null where only manifests are read
    std::vector<ManifestDocument> manifests;
};

/// The table of a document kind, null if it is none of ours.
[[nodiscard]] const Kind* kind_named(std::string_view kind);

/// Applies `path=value`; what is wrong goes to the report, and then nothing is changed.
void apply_set(Documents& documents, const std::string& assignment, Sources& sources,
               Report& report);

/// Puts `path=values` (`a,b,c`, `[a, b, c]` or `{from, to, ...}`) into spec.sweep, where its path
/// and values are checked like those of the file.
void apply_axis(Documents& documents, const std::string& assignment, Sources& sources,
                Report& report);

/// The field that a path leads to, or null with the reason in the report (placed at `mark`).
[[nodiscard]] const Field* resolve_field(const Documents& documents, const std::string& path,
                                         const Mark& mark, Report& report);

}  // namespace lagsim::sim
