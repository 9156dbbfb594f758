/// The table of the scenario document, leaves first. A key that is not in the table does not exist.
#include "sim/scenario/field_kinds.h"

namespace lagsim::sim {
namespace {

using enum ScalarType;
using enum FieldStatus;

constexpr Field path_element{.scalar = path};
constexpr Field text_element{.scalar = text};

// ---- spec.replications
// ---------------------------------------------------------------------------

constexpr Field until_fields[] = {
    {.key = "metric", .scalar = name, .required = true, .doc = "Metric to be known precisely."},
    {.key = "relativeHalfWidth",
     .scalar = percentage,
     .unit = "1",
     .required = true,
     .above_minimum = true,
     .doc = "Half-width of the confidence interval over the mean."},
    {.key = "confidence",
     .scalar = number,
     .unit = "1",
     .fallback = "0.95",
     .maximum = 1.0,
     .doc = "Level of the confidence interval."}};
constexpr Kind until{.name = "'until'", .fields = until_fields};
constexpr Field replications_fields[] = {
    {.key = "min", .scalar = integer, .fallback = "10", .minimum = 2, .doc = "Fewest."},
    {.key = "max", .scalar = integer, .required = true, .minimum = 2, .doc = "Most."},
    {.key = "until", .map = &until, .required = true, .doc = "The precision to reach."}};
constexpr Kind replications{.name = "'replications'", .fields = replications_fields};

// ---- spec.autoscaler, faults, sweep
// --------------------------------------------------------------

constexpr Field autoscaler_fields[] = {
    {.key = "kedaVersion", .words = "2.20|2.21", .fallback = "2.21", .doc = "Whose rules hold."},
    {.key = "hpaSync",
     .scalar = duration,
     .unit = "s",
     .fallback = "15s",
     .above_minimum = true,
     .doc = "Wait between syncs of the HPA controller.",
     .source = "--horizontal-pod-autoscaler-sync-period"},
    {.key = "hpaTolerance",
     .scalar = number,
     .unit = "1",
     .fallback = "0.1",
     .maximum = 10.0,
     .doc = "No scaling while |ratio - 1| is at most this.",
     .source = "--horizontal-pod-autoscaler-tolerance"},
    {.key = "downscaleStabilization",
     .scalar = duration,
     .unit = "s",
     .fallback = "5m",
     .doc = "The highest recommendation of this time holds.",
     .source = "--horizontal-pod-autoscaler-downscale-stabilization"},
    {.key = "syncLatency",
     .scalar = duration,
     .unit = "s",
     .fallback = "20ms",
     .doc = "How long one sync takes; the HPA's period is hpaSync + syncLatency."},
    {.key = "kedaPhase",
     .scalar = duration,
     .words = "random",
     .unit = "s",
     .fallback = "random",
     .doc = "Instant of the first poll; random: uniform in [0, pollingInterval)."},
    {.key = "hpaPhase",
     .scalar = duration,
     .words = "random",
     .unit = "s",
     .fallback = "random",
     .doc = "Instant of the first sync; random: uniform in [0, hpaSync)."}};
constexpr Kind autoscaler{.name = "'autoscaler'", .fields = autoscaler_fields};

constexpr Field partition_element{.scalar = integer};
constexpr Field fault_fields[] = {
    {.key = "at", .scalar = duration, .unit = "s", .required = true, .doc = "When it begins."},
    {.key = "kind",
     .words = "pod-crash|node-loss|pod-stall|slow-down|broker-down|dead-letter-down|trigger-error|"
              "rolling-restart|crash-storm|downstream-down|metric-zero|oom-kill|"
              "spot-reclaim|node-drain|coordinator-move|"
              "add-partitions|unclean-election|truncate",
     .required = true,
     .doc = "What happens."},
    {.key = "group",
     .scalar = name,
     .fallback_note = "the only group",
     .doc = "The consumer group that it happens to."},
    {.key = "count",
     .scalar = integer,
     .unit = "pods",
     .fallback_note = "1",
     .minimum = 1,
     .maximum = 10'000,
     .doc = "pod-crash, oom-kill, pod-stall: how many pods at once, drawn by the seed; node-loss: "
            "pods, "
            "or nodes with spec.nodes; spot-reclaim, node-drain: nodes."},
    {.key = "restart",
     .words = "same-pod|replace|none",
     .fallback_note = "same-pod",
     .doc = "pod-crash, crash-storm: restarted in place with the kubelet's back-off, replaced by a "
            "new pod, or not at all."},
    {.key = "for",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "coordinator-move 1s",
     .above_minimum = true,
     .doc =
         "pod-stall, slow-down, crash-storm, coordinator-move and all that are down: how long it "
         "lasts."},
    {.key = "factor",
     .scalar = number,
     .unit = "1",
     .above_minimum = true,
     .maximum = 1e6,
     .doc = "slow-down: service times are multiplied by it."},
    {.key = "every",
     .scalar = duration,
     .unit = "s",
     .above_minimum = true,
     .doc = "crash-storm: mean time between two crashes (Poisson)."},
    {.key = "replaceAfter",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "node-loss: 0s, with spec.nodes 340s; spot-reclaim: 60s",
     .doc = "node-loss, spot-reclaim: when the pods that died with their node are replaced.",
     .source = "node-monitor-grace-period 40s + tolerationSeconds 300s; podgc: 20s + 40s"},
    {.key = "notice",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "120s",
     .doc = "spot-reclaim: from the announcement until the node is gone.",
     .source = "EC2 Spot two-minute notice"},
    {.key = "drain",
     .scalar = boolean,
     .fallback_note = "true",
     .doc =
         "spot-reclaim: a termination handler evicts the node's pods at the announcement; false: "
         "nobody listens."},
    {.key = "topic",
     .scalar = name,
     .fallback_note = "the only topic",
     .doc = "add-partitions, unclean-election, truncate, broker-down with partitions: the topic."},
    {.key = "partition", .scalar = integer, .doc = "unclean-election, truncate: the partition."},
    {.key = "partitions",
     .element = &partition_element,
     .fallback_note = "all of all topics",
     .doc = "broker-down: only these have no leader; commits and the group go on."},
    {.key = "to",
     .scalar = integer,
     .maximum = 1e12,
     .doc = "add-partitions: the new number; truncate: the new log end."},
    {.key = "lose",
     .scalar = integer,
     .unit = "records",
     .minimum = 1,
     .maximum = 1e12,
     .doc = "unclean-election: so many of the last acknowledged records vanish.",
     .source = "Kafka unclean.leader.election.enable"}};
constexpr Kind fault{.name = "a fault", .fields = fault_fields};
constexpr Field fault_element{.map = &fault};

constexpr Field range_fields[] = {
    {.key = "from", .scalar = text, .required = true, .doc = "First value, with its unit."},
    {.key = "to", .scalar = text, .required = true, .doc = "Last value, inclusive."},
    {.key = "step", .scalar = text, .doc = "From one value to the next."},
    {.key = "count",
     .scalar = integer,
     .unit = "values",
     .minimum = 2,
     .maximum = 99'999,
     .doc = "Instead of step: how many values, the last one included."},
    {.key = "scale",
     .words = "linear|log",
     .fallback_note = "linear",
     .doc = "With count, or for a Latin hypercube: equal steps, or equal ratios."}};
constexpr Kind range{.name = "a range", .fields = range_fields};
constexpr Field sweep_value_element{.scalar = any};
constexpr Field sweep_entry{.map = &range, .element = &sweep_value_element};
constexpr Field sweep_design_fields[] = {
    {.key = "method",
     .words = "grid|zip|latin-hypercube",
     .fallback = "grid",
     .doc = "grid: all combinations; zip: the k-th value of every axis; latin-hypercube: of "
            "'points' equal parts of every axis each is used once, drawn by the seed."},
    {.key = "points",
     .scalar = integer,
     .unit = "points",
     .fallback_note = "none",
     .minimum = 1,
     .maximum = 100'000,
     .doc = "latin-hypercube: how many points."}};
constexpr Kind sweep_design{.name = "'sweepDesign'", .fields = sweep_design_fields};

// ---- spec and document
// ---------------------------------------------------------------------------

constexpr Field topic_entry{.map = &topic_kind};
constexpr Field producer_element{.map = &producer_kind};
constexpr Field consumer_element{.map = &consumer_kind};
constexpr Field spec_fields[] = {
    {.key = "duration",
     .scalar = duration,
     .unit = "s",
     .required = true,
     .above_minimum = true,
     .doc = "Simulated time."},
    {.key = "warmup",
     .scalar = duration,
     .unit = "s",
     .fallback = "0s",
     .doc = "Statistics leave this first part out; samples do not."},
    {.key = "sampleInterval",
     .scalar = duration,
     .unit = "s",
     .fallback = "15s",
     .above_minimum = true,
     .doc = "Spacing of the time series."},
    {.key = "seed",
     .scalar = integer,
     .unit = "1",
     .fallback = "1",
     .doc = "All randomness follows from it; 0 to 2^64 - 1."},
    {.key = "replications",
     .scalar = integer,
     .map = &replications,
     .map_status = not_modelled,
     .unit = "1",
     .fallback = "1",
     .minimum = 1,
     .maximum = 1e6,
     .doc = "Independent repetitions, or {min, max, until} (not modelled yet)."},
    {.key = "resolution",
     .words = "exact|flow",
     .fallback = "exact",
     .doc = "Record by record, or expected counts with variance, at a cost that does not depend on "
            "the traffic (docs/models/flow.md)."},
    {.key = "manifests",
     .element = &path_element,
     .fallback = "[]",
     .doc = "ScaledObject, HorizontalPodAutoscaler, Deployment and StatefulSet files, unmodified; "
            "further "
            "documents of the scenario file itself count as well."},
    {.key = "topics",
     .dictionary = true,
     .element = &topic_entry,
     .required = true,
     .doc = "The topics, by name."},
    {.key = "producers",
     .element = &producer_element,
     .required = true,
     .doc = "Where records come from."},
    {.key = "consumers",
     .element = &consumer_element,
     .required = true,
     .doc = "The consumer groups; one group = one Deployment or StatefulSet."},
    {.key = "nodes",
     .words = "none",
     .map = &nodes_kind,
     .fallback = "none",
     .doc = "The nodes that pods run on, and a cluster autoscaler; none: room for every pod."},
    {.key = "autoscaler",
     .map = &autoscaler,
     .fallback = "{}",
     .doc = "The control plane around the manifests."},
    {.key = "faults", .element = &fault_element, .fallback = "[]", .doc = "What goes wrong when."},
    {.key = "assertions",
     .element = &text_element,
     .fallback = "[]",
     .doc = "`metric op value`, over the mean of all replications, or, quoted, `\"every "
            "replication: metric op value\"`; op is one of < <= > >= ==."},
    {.key = "sweep",
     .dictionary = true,
     .element = &sweep_entry,
     .fallback_note = "none",
     .doc = "A study for `lagsim sweep`: paths and the values each takes, a list, {from, to, step} "
            "or {from, to, count, scale}."},
    {.key = "sweepDesign",
     .map = &sweep_design,
     .fallback_note = "{method: grid}",
     .doc = "How the values of several paths make points."}};
constexpr Kind spec{.name = "'spec'", .fields = spec_fields};

constexpr Field metadata_fields[] = {
    {.key = "name",
     .scalar = name,
     .fallback_note = "the file's name",
     .doc = "Name of the scenario."},
    {.key = "description", .scalar = text, .fallback_note = "none", .doc = "What it shows."}};
constexpr Kind metadata{.name = "'metadata'", .fields = metadata_fields};

constexpr Field document_fields[] = {
    {.key = "apiVersion", .words = "lagsim/v1", .required = true, .doc = "Version of this format."},
    {.key = "kind", .words = "Scenario", .required = true, .doc = "What the document is."},
    {.key = "metadata", .map = &metadata, .fallback = "{}", .doc = "Name and description."},
    {.key = "spec", .map = &spec, .required = true, .doc = "The scenario."}};
constexpr Kind document{.name = "a Scenario",
                        .fields = document_fields,
                        .doc =
                            "A Kafka cluster, its producers and consumers, and how long to "
                            "watch them."};

}  // namespace

const Kind& scenario_kind() {
    return document;
}

}  // namespace lagsim::sim
