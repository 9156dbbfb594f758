/// KEDA and Kubernetes manifests, unmodified: ScaledObject, HorizontalPodAutoscaler
/// (autoscaling/v2), Deployment and StatefulSet, in one file or many.
///
/// Known fields that the simulator does not model give one warning a manifest; unknown fields of
/// the kinds above are errors. Source: KEDA v2.21.0 apis/keda/v1alpha1, Kubernetes v1.36.4.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/scaling/parameters.h"
#include "core/time.h"
#include "sim/scenario/diagnostics.h"

namespace lagsim::sim {

struct Documents;
class Report;

struct Position {
    std::string file;
    int line = 0;
    int column = 0;
    std::string source_line;
    friend bool operator==(const Position&, const Position&) = default;
};

/// What all manifests have.
struct ManifestHeader {
    std::string name;
    std::string name_space;                     ///< empty = not written
    Position position;                          ///< of the document
    std::map<std::string, Position> positions;  ///< by path, e.g. `spec.cooldownPeriod`
};

struct ScaledObjectManifest {
    ManifestHeader header;
    std::string target_kind = "Deployment";
    std::string target_name;
    core::ScaledObjectParameters parameters;
    core::HpaParameters hpa;  ///< the HPA that KEDA creates for it (controller flags at defaults)
    bool scaling_modifiers = false;  ///< uses advanced.scalingModifiers
};

struct HpaManifest {
    ManifestHeader header;
    std::string target_kind = "Deployment";
    std::string target_name;
    core::HpaParameters parameters;
};

/// A Deployment, or a StatefulSet.
struct DeploymentManifest {
    ManifestHeader header;
    bool stateful_set = false;
    std::map<std::string, std::string> environment;  ///< of its containers, plain values only
    std::optional<std::int32_t> replicas;            ///< as written
    std::optional<double> cpu_request;           ///< [cores] a pod; absent if a container lacks it
    std::optional<double> cpu_limit;             ///< [cores] a pod; absent if a container lacks it
    std::optional<core::Duration> grace_period;  ///< terminationGracePeriodSeconds as written
};

struct ManifestSet {
    std::vector<ScaledObjectManifest> scaled_objects;
    std::vector<HpaManifest> autoscalers;
    std::vector<DeploymentManifest> deployments;
    std::vector<Diagnostic> warnings;  ///< of read_manifest_files; a scenario has its own
};

/// Checks and maps the documents of these kinds.
/// What is wrong goes to the report, warnings too.
[[nodiscard]] ManifestSet map_manifests(Documents& documents, core::KedaVersion version,
                                        Report& report);

}  // namespace lagsim::sim
