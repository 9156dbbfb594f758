/// From a tree that was checked against the table to a Scenario: the checks that need more than
/// one key, and the defaults that come from manifests and clients. One file a part.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/manifests.h"
#include "sim/scenario/paths.h"
#include "sim/scenario/reader.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/yaml_node.h"

namespace lagsim::sim {

/// Which manifests stand behind a consumer group.
struct Binding {
    const ScaledObjectManifest* scaled_object = nullptr;
    const HpaManifest* autoscaler = nullptr;
    const DeploymentManifest* deployment = nullptr;
    [[nodiscard]] bool autoscaled() const {
        return scaled_object != nullptr || autoscaler != nullptr;
    }
};

/// `Deployment` or `StatefulSet` where a manifest says so; else empty.
[[nodiscard]] std::string workload_of(const Binding& binding);

/// What all parts share while one scenario is built.
struct Build {
    Report& report;
    Sources& sources;
    Scenario& scenario;
    const ManifestSet& manifests;
    std::vector<Binding> bindings = {};  ///< one a consumer
};

// consumer_defaults.cc
void bind_manifests(Build& build, const YamlNode& spec);
/// Writes defaults that depend on manifests and clients into the tree.
void fill_consumer_defaults(const Build& build, YamlNode& spec);

// traffic_builder.cc
void build_topics(Build& build, const YamlNode& spec);
/// A trace is replaced in the tree by the steps it means, so that the resolved scenario stands
/// alone.
void build_producers(Build& build, YamlNode& spec);

/// Kafka's rule: letters, digits, '.', '_', '-'; at most 249; not '.' or '..'.
[[nodiscard]] bool is_topic_name(const std::string& name);

// rate_builder.cc
[[nodiscard]] std::vector<models::RateSegment> build_rate(Build& build, YamlNode& producer,
                                                          const std::string& path);

// consumer_builder.cc
void build_consumers(Build& build, const YamlNode& spec);
[[nodiscard]] models::DistributionParameters build_distribution(Report& report,
                                                                const YamlNode& owner,
                                                                std::string_view key,
                                                                const std::string& path);

// nodes_builder.cc
void build_nodes(Build& build, YamlNode& spec);

// autoscaler_builder.cc
void build_autoscalers(Build& build, const YamlNode& spec);

// fault_builder.cc
/// Writes the defaults that belong to each kind of fault into the tree.
void build_faults(Build& build, YamlNode& spec);

// assertion_builder.cc
void build_assertions(Build& build, const YamlNode& spec);

// flow_limits.cc
/// Complains about all that expected numbers cannot stand for (resolution `flow`).
void check_flow(Build& build, const YamlNode& spec);

// sweep_builder.cc
struct Sweep {
    std::vector<SweepAxis> axes;
    SweepDesign design;
};
[[nodiscard]] Sweep build_sweep(Report& report, const Documents& documents);

/// Index of a declared topic, with a complaint at `mark` if there is none.
[[nodiscard]] std::optional<std::size_t> find_topic(Build& build, const std::string& name,
                                                    const Mark& mark, const std::string& path);

}  // namespace lagsim::sim
