#include <fmt/core.h>

#include "sim/scenario/scenario_builder.h"
#include "sim/scenario/schema_check.h"
#include "sim/scenario/values.h"

namespace lagsim::sim {

void build_nodes(Build& build, YamlNode& spec) {
    YamlNode* node = spec.find("nodes");
    if (node == nullptr || node->invalid || !node->is_map()) {
        return;
    }
    Nodes nodes;
    nodes.count = int32_of(*node, "count").value_or(1);
    if (node->find("max") == nullptr) {
        node->insert("max", {}, scalar_node(fmt::format("{}", nodes.count)));
    }
    nodes.max = int32_of(*node, "max").value_or(nodes.count);
    nodes.pods_per_node = int32_of(*node, "podsPerNode").value_or(1);
    nodes.provision = build_distribution(build.report, *node, "provision", "spec.nodes");
    nodes.image_pull = build_distribution(build.report, *node, "imagePull", "spec.nodes");
    nodes.scan_interval = duration_of(*node, "scanInterval").value_or(nodes.scan_interval);
    nodes.scale_down_after = duration_of(*node, "scaleDownAfter").value_or(nodes.scale_down_after);
    if (nodes.max < nodes.count) {
        build.report.error(mark_of(*node, "max"),
                           {.code = "conflict",
                            .message = fmt::format("there are {} nodes at the start", nodes.count),
                            .path = "spec.nodes.max"});
    }
    build.scenario.nodes = nodes;
}

}  // namespace lagsim::sim
