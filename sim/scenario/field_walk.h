/// Every field of the table with its path, for whoever prints the table.
#pragma once

#include <functional>
#include <string>

#include "sim/scenario/fields.h"

namespace lagsim::sim {

struct FieldVisit {
    std::string path;  ///< `spec.consumers[].serviceTime.mean`, `spec.topics.NAME.partitions`
    const Field* field;
    const Kind* owner;
};

/// Depth first, in the order of the table. Kinds that are used in several places are visited in
/// each.
void visit_fields(const Kind& kind, const std::string& prefix,
                  const std::function<void(const FieldVisit&)>& visit);

/// Below a field: `[]` for a list, `.NAME` for a dictionary. Null if there are no keys below.
struct Below {
    const Kind* kind;
    std::string suffix;
};
[[nodiscard]] std::vector<Below> kinds_below(const Field& field);

/// The default, as it is to be read: "15s", "the only group", "required", "none".
[[nodiscard]] std::string describe_default(const Field& field);
/// "at least 1", "above 0, at most 1", or nothing.
[[nodiscard]] std::string describe_range(const Field& field);

}  // namespace lagsim::sim
