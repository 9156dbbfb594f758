/// The table, parts that consumers and the cluster share: random durations, and `spec.nodes`.
#include "sim/scenario/field_kinds.h"

namespace lagsim::sim {
namespace {

using enum ScalarType;

constexpr Field distribution_fields[] = {
    {.key = "distribution",
     .words = "constant|exponential|lognormal|gamma|uniform|weibull|pareto",
     .required = true,
     .doc = "The family. A uniform one has cv <= 1/sqrt(3); an exponential one has cv 1."},
    {.key = "mean",
     .scalar = duration,
     .unit = "s",
     .required = true,
     .doc = "Mean of the duration."},
    {.key = "cv",
     .scalar = number,
     .unit = "1",
     .fallback_note = "1 for exponential, 0 for constant; else required",
     .maximum = 1000.0,
     .doc = "Coefficient of variation: standard deviation / mean."}};
}  // namespace

constinit const Kind distribution_kind{
    .name = "a distribution",
    .fields = distribution_fields,
    .doc = "A random duration, given by its mean and its coefficient of variation."};

namespace {

constexpr Field nodes_fields[] = {
    {.key = "count",
     .scalar = integer,
     .unit = "nodes",
     .required = true,
     .minimum = 1,
     .maximum = 10'000,
     .doc = "Nodes at the start, with all images on them; fewer are not left by a scale-down."},
    {.key = "max",
     .scalar = integer,
     .unit = "nodes",
     .fallback_note = "count",
     .minimum = 1,
     .maximum = 10'000,
     .doc = "Most nodes that the cluster autoscaler may have."},
    {.key = "podsPerNode",
     .scalar = integer,
     .unit = "pods",
     .required = true,
     .minimum = 1,
     .maximum = 10'000,
     .doc = "Pods that fit on a node."},
    {.key = "provision",
     .scalar = duration,
     .map = &distribution_kind,
     .unit = "s",
     .fallback = "150s",
     .doc = "From the autoscaler's request until the node takes pods."},
    {.key = "scanInterval",
     .scalar = duration,
     .unit = "s",
     .fallback = "10s",
     .above_minimum = true,
     .doc = "How often the cluster autoscaler looks for pods that fit nowhere.",
     .source = "cluster-autoscaler --scan-interval"},
    {.key = "imagePull",
     .scalar = duration,
     .map = &distribution_kind,
     .unit = "s",
     .fallback = "0s",
     .doc = "Time to pull the image: once for a group and an added node, one pull after the other.",
     .source = "kubelet serializeImagePulls"},
    {.key = "scaleDownAfter",
     .scalar = duration,
     .unit = "s",
     .fallback = "10m",
     .doc = "A node goes that has been empty for so long, if no node was asked for in that time.",
     .source = "cluster-autoscaler --scale-down-unneeded-time, --scale-down-delay-after-add"}};

}  // namespace

constinit const Kind nodes_kind{.name = "'nodes'", .fields = nodes_fields};

}  // namespace lagsim::sim
