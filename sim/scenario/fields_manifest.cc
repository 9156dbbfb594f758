/// The table of the manifests: what KEDA and Kubernetes know, and what of it the simulator uses.
/// Fields that cannot matter to scaling pass in silence (`any`); those that could, but are not
/// modelled, are marked `ignored` and give one warning a manifest.
/// Source: KEDA v2.21.0 apis/keda/v1alpha1, schema/generated/scalers-schema.json; Kubernetes
/// v1.36.4 autoscaling/v2, apps/v1, core/v1.
#include <algorithm>
#include <array>
#include <iterator>

#include "sim/scenario/fields.h"
#include "sim/scenario/yaml_node.h"

namespace lagsim::sim {
namespace {

using enum ScalarType;
using enum FieldStatus;

constexpr double int32_max = 2'147'483'647.0;

// ---- metadata
// ------------------------------------------------------------------------------------

constexpr Field string_value{.scalar = api_string};
constexpr Field metadata_fields[] = {
    {.key = "name", .scalar = name, .required = true, .doc = "Name of the object."},
    {.key = "namespace", .scalar = name, .doc = "Namespace."},
    {.key = "labels", .dictionary = true, .element = &string_value, .doc = "Labels."},
    {.key = "annotations",
     .dictionary = true,
     .element = &string_value,
     .doc = "Annotations; autoscaling.keda.sh/paused and its kin are honoured."},
    {.key = "creationTimestamp", .scalar = any, .doc = "Set by the API server."},
    {.key = "deletionTimestamp", .scalar = any, .doc = "Set by the API server."},
    {.key = "finalizers", .scalar = any, .doc = "Not looked at."},
    {.key = "generateName", .scalar = any, .doc = "Not looked at."},
    {.key = "generation", .scalar = any, .doc = "Set by the API server."},
    {.key = "managedFields", .scalar = any, .doc = "Set by the API server."},
    {.key = "ownerReferences", .scalar = any, .doc = "Not looked at."},
    {.key = "resourceVersion", .scalar = any, .doc = "Set by the API server."},
    {.key = "selfLink", .scalar = any, .doc = "Set by the API server."},
    {.key = "uid", .scalar = any, .doc = "Set by the API server."}};
constexpr Kind object_metadata{.name = "an object's metadata", .fields = metadata_fields};

constexpr Field target_fields[] = {
    {.key = "name", .scalar = name, .required = true, .doc = "Name of the scale target."},
    {.key = "apiVersion", .scalar = api_string, .doc = "Default apps/v1."},
    {.key = "kind", .scalar = name, .fallback = "Deployment", .doc = "Default Deployment."},
    {.key = "envSourceContainerName",
     .scalar = api_string,
     .doc = "Whose environment ...FromEnv keys are looked up in."}};
constexpr Kind target{.name = "'scaleTargetRef'", .fields = target_fields};

// ---- HPA behavior
// --------------------------------------------------------------------------------

constexpr Field policy_fields[] = {
    {.key = "type", .words = "Pods|Percent", .required = true, .doc = "Unit of `value`."},
    {.key = "value",
     .scalar = api_integer,
     .required = true,
     .minimum = 1,
     .maximum = int32_max,
     .doc = "Most that may change within the period."},
    {.key = "periodSeconds",
     .scalar = api_integer,
     .unit = "s",
     .required = true,
     .minimum = 1,
     .maximum = 1800,
     .doc = "The period."}};
constexpr Kind policy{.name = "a scaling policy", .fields = policy_fields};
constexpr Field policy_element{.map = &policy};
constexpr Field rules_fields[] = {
    {.key = "stabilizationWindowSeconds",
     .scalar = api_integer,
     .unit = "s",
     .fallback_note = "0 up, 300 down",
     .maximum = 3600,
     .doc = "Recommendations of this time are weighed."},
    {.key = "selectPolicy",
     .words = "Max|Min|Disabled",
     .fallback_note = "Max",
     .doc = "Which policy holds; Disabled: no scaling in this direction."},
    {.key = "policies",
     .element = &policy_element,
     .fallback_note = "up 4 pods or 100 % per 15 s, down 100 % per 15 s",
     .doc = "Limits of change."},
    {.key = "tolerance",
     .scalar = quantity,
     .unit = "1",
     .fallback_note = "the controller's",
     .doc = "Overrides the tolerance in this direction."}};
constexpr Kind rules{.name = "scaling rules", .fields = rules_fields};
constexpr Field behavior_fields[] = {
    {.key = "scaleUp", .map = &rules, .doc = "Rules for growing."},
    {.key = "scaleDown", .map = &rules, .doc = "Rules for shrinking."}};
constexpr Kind behavior{.name = "'behavior'", .fields = behavior_fields};

// ---- ScaledObject
// --------------------------------------------------------------------------------

constexpr Field kafka_fields[] = {
    {.key = "bootstrapServers",
     .scalar = api_string,
     .doc = "Brokers, separated by commas; required (or bootstrapServersFromEnv)."},
    {.key = "consumerGroup",
     .scalar = api_string,
     .doc = "The group whose lag counts; required (or consumerGroupFromEnv)."},
    {.key = "topic",
     .scalar = api_string,
     .fallback_note = "every topic that the group has committed offsets for",
     .doc = "The topic whose lag counts."},
    {.key = "lagThreshold",
     .scalar = api_string,
     .unit = "records",
     .fallback_note = "10",
     .doc = "Lag per replica that the autoscaler aims for.",
     .source = "KEDA kafka_scaler.go lagThreshold"},
    {.key = "activationLagThreshold",
     .scalar = api_string,
     .unit = "records",
     .fallback_note = "0",
     .doc = "Above this lag the trigger is active; matters at zero replicas only."},
    {.key = "offsetResetPolicy",
     .scalar = api_string,
     .fallback_note = "latest",
     .doc = "latest, earliest: what a partition without a commit counts as."},
    {.key = "allowIdleConsumers",
     .scalar = api_string,
     .fallback_note = "false",
     .doc = "true: lag is not capped at lagThreshold x partitions."},
    {.key = "scaleToZeroOnInvalidOffset",
     .scalar = api_string,
     .fallback_note = "false",
     .doc = "true: a partition without a commit counts as 0."},
    {.key = "excludePersistentLag",
     .scalar = api_string,
     .fallback_note = "false",
     .doc = "true: a partition whose commit did not move since the last look counts as 0."},
    {.key = "limitToPartitionsWithLag",
     .scalar = api_string,
     .fallback_note = "false",
     .doc = "true: the cap counts only partitions with lag."},
    {.key = "ensureEvenDistributionOfPartitions",
     .scalar = api_string,
     .fallback_note = "false",
     .doc = "true: replicas only at divisors of the partition count."},
    {.key = "partitionLimitation",
     .scalar = api_string,
     .fallback_note = "all",
     .doc = "Partitions that count: `1,3,5-10`."},
    {.key = "fullMetadata", .scalar = api_string, .fallback_note = "true", .doc = "KEDA 2.21."},
    {.key = "version", .scalar = api_string, .fallback_note = "1.0.0", .doc = "Kafka protocol."},
    {.key = "tls", .scalar = api_string, .doc = "Not simulated."},
    {.key = "unsafeSsl", .scalar = api_string, .doc = "Not simulated."},
    {.key = "sasl", .scalar = api_string, .doc = "Not simulated."},
    {.key = "saslTokenProvider", .scalar = api_string, .doc = "Not simulated."},
    {.key = "awsRegion", .scalar = api_string, .doc = "Not simulated."},
    {.key = "bootstrapServersFromEnv", .scalar = api_string, .doc = "Name in the environment."},
    {.key = "consumerGroupFromEnv", .scalar = api_string, .doc = "Name in the environment."},
    {.key = "topicFromEnv", .scalar = api_string, .doc = "Name in the environment."}};
constexpr Kind kafka_metadata{.name = "the kafka trigger", .fields = kafka_fields};

// What lagsim-external-scaler takes: the kafka trigger's metadata, and two keys of its own.
constexpr auto external_scaler_fields = [] {
    constexpr Field own[] = {
        {.key = "scalerAddress",
         .scalar = api_string,
         .required = true,
         .doc = "Where lagsim-external-scaler listens; it answers as the kafka trigger would.",
         .source = "KEDA external_scaler.go externalScalerMetadata"},
        {.key = "enableTLS", .scalar = api_string, .doc = "Not simulated."},
        {.key = "policy",
         .scalar = api_string,
         .doc = "A policy of the user's own (production/external_scaler/policy_abi.h).",
         .status = not_modelled}};
    std::array<Field, std::size(kafka_fields) + std::size(own)> all{};
    std::ranges::copy(own, std::ranges::copy(kafka_fields, all.begin()).out);
    return all;
}();
constexpr Kind external_metadata{.name = "the external trigger of lagsim-external-scaler",
                                 .fields = external_scaler_fields};

constexpr Field resource_fields[] = {
    {.key = "value", .scalar = api_string, .doc = "Target: percent, or a quantity."},
    {.key = "type", .scalar = api_string, .doc = "Deprecated spelling of metricType."},
    {.key = "containerName",
     .scalar = api_string,
     .fallback_note = "the whole pod",
     .doc = "Only this container counts."}};
constexpr Kind resource_metadata{.name = "the cpu and memory triggers", .fields = resource_fields};

constexpr Field cron_fields[] = {
    {.key = "timezone", .scalar = api_string, .doc = "IANA name; required."},
    {.key = "start", .scalar = api_string, .doc = "Cron expression; required."},
    {.key = "end", .scalar = api_string, .doc = "Cron expression; required."},
    {.key = "desiredReplicas", .scalar = api_string, .doc = "Replicas between; required."}};
constexpr Kind cron_metadata{.name = "the cron trigger", .fields = cron_fields};

const Kind* metadata_of_trigger(const YamlNode& trigger) {
    const YamlNode* type = trigger.find("type");
    if (type != nullptr && (type->text == "cpu" || type->text == "memory")) {
        return &resource_metadata;
    }
    if (type != nullptr && type->text == "external") {
        return &external_metadata;
    }
    return type != nullptr && type->text == "cron" ? &cron_metadata : &kafka_metadata;
}

constexpr Field trigger_fields[] = {
    {.key = "type",
     .words = "kafka|cpu|memory|cron|external",
     .unbuilt_words = "activemq|apache-kafka|artemis-queue|aws-cloudwatch|aws-dynamodb|"
                      "aws-kinesis-stream|aws-sqs-queue|azure-blob|azure-eventhub|azure-monitor|"
                      "azure-queue|azure-servicebus|cassandra|datadog|elasticsearch|external-push|"
                      "gcp-pubsub|gcp-stackdriver|graphite|influxdb|"
                      "kubernetes-workload|liiklus|loki|metrics-api|mongodb|mssql|mysql|nats-"
                      "jetstream|new-relic|postgresql|predictkube|prometheus|pulsar|rabbitmq|"
                      "redis|redis-streams|selenium-grid|solace-event-queue|stan",
     .required = true,
     .doc = "Which scaler."},
    {.key = "name", .scalar = name, .doc = "Name of the trigger."},
    {.key = "metadata",
     .map = &kafka_metadata,
     .map_for = metadata_of_trigger,
     .required = true,
     .doc = "The scaler's own settings, all strings."},
    {.key = "metricType",
     .words = "AverageValue|Value|Utilization",
     .fallback_note = "AverageValue",
     .doc = "How the HPA compares the metric with its target."},
    {.key = "useCachedMetrics",
     .scalar = boolean,
     .fallback_note = "false",
     .doc = "true: the HPA gets the value of the last poll."},
    {.key = "authenticationRef", .scalar = any, .doc = "Not simulated.", .status = ignored}};
constexpr Kind trigger{.name = "a trigger", .fields = trigger_fields};
constexpr Field trigger_element{.map = &trigger};

constexpr Field fallback_fields[] = {
    {.key = "failureThreshold",
     .scalar = api_integer,
     .required = true,
     .maximum = int32_max,
     .doc = "Failures before the fallback holds."},
    {.key = "replicas",
     .scalar = api_integer,
     .required = true,
     .maximum = int32_max,
     .doc = "Replicas to fall back to."},
    {.key = "behavior",
     .words = "static|currentReplicas|currentReplicasIfHigher|currentReplicasIfLower|"
              "scalingModifiers",
     .fallback_note = "static",
     .doc = "How `replicas` and the present count combine."}};
constexpr Kind fallback_kind{.name = "'fallback'", .fields = fallback_fields};

constexpr Field hpa_config_fields[] = {
    {.key = "name", .scalar = name, .doc = "Name of the HPA; default keda-hpa-NAME."},
    {.key = "behavior", .map = &behavior, .doc = "Copied into the HPA."}};
constexpr Kind hpa_config{.name = "'horizontalPodAutoscalerConfig'", .fields = hpa_config_fields};
constexpr Field modifiers_fields[] = {
    {.key = "formula", .scalar = any, .doc = "Not modelled in a run."},
    {.key = "target", .scalar = any, .doc = "Not modelled in a run."},
    {.key = "activationTarget", .scalar = any, .doc = "Not modelled in a run."},
    {.key = "metricType", .scalar = any, .doc = "Not modelled in a run."}};
constexpr Kind modifiers{.name = "'scalingModifiers'", .fields = modifiers_fields};
constexpr Field advanced_fields[] = {
    {.key = "restoreToOriginalReplicaCount",
     .scalar = boolean,
     .doc = "Acts when the ScaledObject is deleted, which never happens here.",
     .status = ignored},
    {.key = "horizontalPodAutoscalerConfig", .map = &hpa_config, .doc = "About the HPA."},
    {.key = "scalingModifiers", .map = &modifiers, .doc = "A formula over several triggers."}};
constexpr Kind advanced{.name = "'advanced'", .fields = advanced_fields};

constexpr Field scaled_object_spec_fields[] = {
    {.key = "scaleTargetRef", .map = &target, .required = true, .doc = "What is scaled."},
    {.key = "pollingInterval",
     .scalar = api_integer,
     .unit = "s",
     .fallback_note = "30",
     .minimum = 1,
     .maximum = int32_max,
     .doc =
         "KEDA's own look at the triggers; with minReplicaCount > 0 KEDA 2.21 reuses the HPA's."},
    {.key = "cooldownPeriod",
     .scalar = api_integer,
     .unit = "s",
     .fallback_note = "300",
     .maximum = int32_max,
     .doc = "From the last activity to scaling to zero; without effect if minReplicaCount >= 1."},
    {.key = "initialCooldownPeriod",
     .scalar = api_integer,
     .unit = "s",
     .fallback_note = "0",
     .maximum = int32_max,
     .doc = "The same after creation."},
    {.key = "minReplicaCount",
     .scalar = api_integer,
     .unit = "pods",
     .fallback_note = "0",
     .maximum = int32_max,
     .doc = "Fewest replicas."},
    {.key = "maxReplicaCount",
     .scalar = api_integer,
     .unit = "pods",
     .fallback_note = "100",
     .minimum = 1,
     .maximum = int32_max,
     .doc = "Most replicas."},
    {.key = "idleReplicaCount",
     .scalar = api_integer,
     .unit = "pods",
     .fallback_note = "unset",
     .maximum = int32_max,
     .doc = "Replicas while no trigger is active; below minReplicaCount."},
    {.key = "fallback", .map = &fallback_kind, .doc = "What holds while a trigger fails."},
    {.key = "advanced", .map = &advanced, .doc = "HPA behaviour, formulas."},
    {.key = "triggers", .element = &trigger_element, .required = true, .doc = "The triggers."}};
constexpr Kind scaled_object_spec{.name = "a ScaledObject's spec",
                                  .fields = scaled_object_spec_fields};
constexpr Field scaled_object_fields[] = {
    {.key = "apiVersion", .words = "keda.sh/v1alpha1", .required = true, .doc = "keda.sh/v1alpha1"},
    {.key = "kind", .words = "ScaledObject", .required = true, .doc = "ScaledObject"},
    {.key = "metadata", .map = &object_metadata, .required = true, .doc = "Name and annotations."},
    {.key = "spec", .map = &scaled_object_spec, .required = true, .doc = "What scales how."},
    {.key = "status", .scalar = any, .doc = "Set by KEDA."}};
constexpr Kind scaled_object{.name = "a ScaledObject", .fields = scaled_object_fields};

// ---- HorizontalPodAutoscaler
// ---------------------------------------------------------------------

constexpr Field metric_target_fields[] = {
    {.key = "type",
     .words = "AverageValue|Value|Utilization",
     .required = true,
     .doc = "Which of the following holds."},
    {.key = "value", .scalar = quantity, .above_minimum = true, .doc = "For Value."},
    {.key = "averageValue", .scalar = quantity, .above_minimum = true, .doc = "For AverageValue."},
    {.key = "averageUtilization",
     .scalar = api_integer,
     .unit = "%",
     .minimum = 1,
     .maximum = int32_max,
     .doc = "For Utilization."}};
constexpr Kind metric_target{.name = "a metric's target", .fields = metric_target_fields};
constexpr Field metric_name_fields[] = {
    {.key = "name", .scalar = name, .required = true, .doc = "Name of the metric."},
    {.key = "selector", .scalar = any, .doc = "Not looked at."}};
constexpr Kind metric_name_kind{.name = "a metric's identifier", .fields = metric_name_fields};
constexpr Field external_fields[] = {
    {.key = "metric", .map = &metric_name_kind, .required = true, .doc = "Which metric."},
    {.key = "target", .map = &metric_target, .required = true, .doc = "Its target."}};
constexpr Kind external{.name = "'external'", .fields = external_fields};
constexpr Field hpa_resource_fields[] = {
    {.key = "name", .words = "cpu|memory", .required = true, .doc = "Which resource."},
    {.key = "target", .map = &metric_target, .required = true, .doc = "Its target."}};
constexpr Kind hpa_resource{.name = "'resource'", .fields = hpa_resource_fields};
constexpr Field container_resource_fields[] = {
    {.key = "name", .words = "cpu|memory", .required = true, .doc = "Which resource."},
    {.key = "container", .scalar = name, .required = true, .doc = "Which container."},
    {.key = "target", .map = &metric_target, .required = true, .doc = "Its target."}};
constexpr Kind container_resource{.name = "'containerResource'",
                                  .fields = container_resource_fields};
constexpr Field metric_fields[] = {
    {.key = "type",
     .words = "External|Resource|ContainerResource",
     .unbuilt_words = "Object|Pods",
     .required = true,
     .doc = "Which of the following holds."},
    {.key = "external", .map = &external, .doc = "For External."},
    {.key = "resource", .map = &hpa_resource, .doc = "For Resource."},
    {.key = "containerResource", .map = &container_resource, .doc = "For ContainerResource."},
    {.key = "object", .scalar = any, .doc = "For Object."},
    {.key = "pods", .scalar = any, .doc = "For Pods."}};
constexpr Kind metric{.name = "a metric", .fields = metric_fields};
constexpr Field metric_element{.map = &metric};
constexpr Field hpa_spec_fields[] = {
    {.key = "scaleTargetRef", .map = &target, .required = true, .doc = "What is scaled."},
    {.key = "minReplicas",
     .scalar = api_integer,
     .unit = "pods",
     .fallback_note = "1",
     .minimum = 1,
     .maximum = int32_max,
     .doc = "Fewest replicas."},
    {.key = "maxReplicas",
     .scalar = api_integer,
     .unit = "pods",
     .required = true,
     .minimum = 1,
     .maximum = int32_max,
     .doc = "Most replicas."},
    {.key = "metrics", .element = &metric_element, .required = true, .doc = "What is compared."},
    {.key = "behavior", .map = &behavior, .doc = "Limits of change."}};
constexpr Kind hpa_spec{.name = "a HorizontalPodAutoscaler's spec", .fields = hpa_spec_fields};
constexpr Field hpa_fields[] = {
    {.key = "apiVersion", .words = "autoscaling/v2", .required = true, .doc = "autoscaling/v2"},
    {.key = "kind", .words = "HorizontalPodAutoscaler", .required = true, .doc = "The kind."},
    {.key = "metadata", .map = &object_metadata, .required = true, .doc = "Name."},
    {.key = "spec", .map = &hpa_spec, .required = true, .doc = "What scales how."},
    {.key = "status", .scalar = any, .doc = "Set by the controller."}};
constexpr Kind hpa{.name = "a HorizontalPodAutoscaler", .fields = hpa_fields};

// ---- Deployment
// ----------------------------------------------------------------------------------

constexpr Field other_resource{.scalar = any};
constexpr Field resources_fields[] = {{.key = "requests",
                                       .dictionary = true,
                                       .element = &other_resource,
                                       .doc = "cpu: the base of the cpu trigger's percentage."},
                                      {.key = "limits",
                                       .dictionary = true,
                                       .element = &other_resource,
                                       .doc = "cpu: default of the scenario's cpu.limit."},
                                      {.key = "claims", .scalar = any, .doc = "Not looked at."}};
constexpr Kind resources{.name = "'resources'", .fields = resources_fields};
constexpr Field env_fields[] = {
    {.key = "name", .scalar = name, .required = true, .doc = "Name of the variable."},
    {.key = "value", .scalar = api_string, .doc = "For the trigger's ...FromEnv keys."},
    {.key = "valueFrom", .scalar = any, .doc = "Not looked at."}};
constexpr Kind env{.name = "an environment variable", .fields = env_fields};
constexpr Field env_element{.map = &env};
constexpr Field container_fields[] = {
    {.key = "name", .scalar = name, .required = true, .doc = "Name of the container."},
    {.key = "resources", .map = &resources, .doc = "CPU requests and limits."},
    {.key = "env", .element = &env_element, .doc = "Environment."},
    {.key = "image", .scalar = any, .doc = "Not looked at."},
    {.key = "imagePullPolicy", .scalar = any, .doc = "Not looked at."},
    {.key = "command", .scalar = any, .doc = "Not looked at."},
    {.key = "args", .scalar = any, .doc = "Not looked at."},
    {.key = "workingDir", .scalar = any, .doc = "Not looked at."},
    {.key = "ports", .scalar = any, .doc = "Not looked at."},
    {.key = "envFrom", .scalar = any, .doc = "Not looked at."},
    {.key = "volumeMounts", .scalar = any, .doc = "Not looked at."},
    {.key = "volumeDevices", .scalar = any, .doc = "Not looked at."},
    {.key = "securityContext", .scalar = any, .doc = "Not looked at."},
    {.key = "stdin", .scalar = any, .doc = "Not looked at."},
    {.key = "stdinOnce", .scalar = any, .doc = "Not looked at."},
    {.key = "tty", .scalar = any, .doc = "Not looked at."},
    {.key = "terminationMessagePath", .scalar = any, .doc = "Not looked at."},
    {.key = "terminationMessagePolicy", .scalar = any, .doc = "Not looked at."},
    {.key = "livenessProbe", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "readinessProbe",
     .scalar = any,
     .doc = "Not modelled: say readinessDelay in the scenario.",
     .status = ignored},
    {.key = "startupProbe",
     .scalar = any,
     .doc = "Not modelled: say podStartup in the scenario.",
     .status = ignored},
    {.key = "lifecycle",
     .scalar = any,
     .doc = "Not modelled: say shutdown.preStop in the scenario.",
     .status = ignored},
    {.key = "resizePolicy", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "restartPolicy", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "restartPolicyRules", .scalar = any, .doc = "Not modelled.", .status = ignored}};
constexpr Kind container{.name = "a container", .fields = container_fields};
constexpr Field container_element{.map = &container};
constexpr Field pod_spec_fields[] = {
    {.key = "containers", .element = &container_element, .required = true, .doc = "Containers."},
    {.key = "terminationGracePeriodSeconds",
     .scalar = api_integer,
     .unit = "s",
     .fallback_note = "30",
     .maximum = int32_max,
     .doc = "Default of the scenario's shutdown.gracePeriod."},
    {.key = "serviceAccountName", .scalar = any, .doc = "Not looked at."},
    {.key = "serviceAccount", .scalar = any, .doc = "Not looked at."},
    {.key = "automountServiceAccountToken", .scalar = any, .doc = "Not looked at."},
    {.key = "imagePullSecrets", .scalar = any, .doc = "Not looked at."},
    {.key = "securityContext", .scalar = any, .doc = "Not looked at."},
    {.key = "volumes", .scalar = any, .doc = "Not looked at."},
    {.key = "dnsPolicy", .scalar = any, .doc = "Not looked at."},
    {.key = "dnsConfig", .scalar = any, .doc = "Not looked at."},
    {.key = "enableServiceLinks", .scalar = any, .doc = "Not looked at."},
    {.key = "hostAliases", .scalar = any, .doc = "Not looked at."},
    {.key = "hostIPC", .scalar = any, .doc = "Not looked at."},
    {.key = "hostNetwork", .scalar = any, .doc = "Not looked at."},
    {.key = "hostPID", .scalar = any, .doc = "Not looked at."},
    {.key = "hostUsers", .scalar = any, .doc = "Not looked at."},
    {.key = "hostname", .scalar = any, .doc = "Not looked at."},
    {.key = "hostnameOverride", .scalar = any, .doc = "Not looked at."},
    {.key = "os", .scalar = any, .doc = "Not looked at."},
    {.key = "setHostnameAsFQDN", .scalar = any, .doc = "Not looked at."},
    {.key = "shareProcessNamespace", .scalar = any, .doc = "Not looked at."},
    {.key = "subdomain", .scalar = any, .doc = "Not looked at."},
    {.key = "restartPolicy", .scalar = any, .doc = "Always, for a Deployment."},
    {.key = "activeDeadlineSeconds", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "affinity", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "ephemeralContainers", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "initContainers", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "nodeName", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "nodeSelector", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "overhead", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "preemptionPolicy", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "priority", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "priorityClassName", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "readinessGates", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "resourceClaims", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "resources", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "runtimeClassName", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "schedulerName", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "schedulingGates", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "tolerations", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "topologySpreadConstraints", .scalar = any, .doc = "Not modelled.", .status = ignored}};
constexpr Kind pod_spec{.name = "a pod's spec", .fields = pod_spec_fields};
constexpr Field template_fields[] = {
    {.key = "metadata", .scalar = any, .doc = "Not looked at."},
    {.key = "spec", .map = &pod_spec, .required = true, .doc = "The pod."}};
constexpr Kind pod_template{.name = "a pod template", .fields = template_fields};
// What the spec of a Deployment and of a StatefulSet have in common.
constexpr Field replicas_field{.key = "replicas",
                               .scalar = api_integer,
                               .unit = "pods",
                               .fallback_note = "1",
                               .maximum = int32_max,
                               .doc = "Replicas where no autoscaler is given."};
constexpr Field template_field{
    .key = "template", .map = &pod_template, .required = true, .doc = "The pods."};
constexpr Field selector_field{.key = "selector", .scalar = any, .doc = "Not looked at."};
constexpr Field history_field{
    .key = "revisionHistoryLimit", .scalar = any, .doc = "Not looked at."};
constexpr Field min_ready_field{
    .key = "minReadySeconds", .scalar = any, .doc = "Not modelled.", .status = ignored};

constexpr Field deployment_spec_fields[] = {
    replicas_field,
    template_field,
    selector_field,
    history_field,
    {.key = "progressDeadlineSeconds", .scalar = any, .doc = "Not looked at."},
    min_ready_field,
    {.key = "paused", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "strategy", .scalar = any, .doc = "Not modelled.", .status = ignored}};
constexpr Kind deployment_spec{.name = "a Deployment's spec", .fields = deployment_spec_fields};
constexpr Field deployment_fields[] = {
    {.key = "apiVersion", .words = "apps/v1", .required = true, .doc = "apps/v1"},
    {.key = "kind", .words = "Deployment", .required = true, .doc = "The kind."},
    {.key = "metadata", .map = &object_metadata, .required = true, .doc = "Name."},
    {.key = "spec", .map = &deployment_spec, .required = true, .doc = "The pods."},
    {.key = "status", .scalar = any, .doc = "Set by the controller."}};
constexpr Kind deployment{.name = "a Deployment", .fields = deployment_fields};

// ---- StatefulSet
// ---------------------------------------------------------------------------------

constexpr Field stateful_set_spec_fields[] = {
    replicas_field,
    template_field,
    {.key = "podManagementPolicy",
     .words = "OrderedReady",
     .unbuilt_words = "Parallel",
     .fallback = "OrderedReady",
     .doc = "Pods start and end one by one, in the order of their ordinals."},
    selector_field,
    {.key = "serviceName", .scalar = any, .doc = "Not looked at."},
    history_field,
    {.key = "volumeClaimTemplates", .scalar = any, .doc = "Not looked at."},
    {.key = "persistentVolumeClaimRetentionPolicy", .scalar = any, .doc = "Not looked at."},
    min_ready_field,
    {.key = "ordinals", .scalar = any, .doc = "Not modelled.", .status = ignored},
    {.key = "updateStrategy", .scalar = any, .doc = "Not modelled.", .status = ignored}};
constexpr Kind stateful_set_spec{.name = "a StatefulSet's spec",
                                 .fields = stateful_set_spec_fields};
constexpr Field stateful_set_fields[] = {
    {.key = "apiVersion", .words = "apps/v1", .required = true, .doc = "apps/v1"},
    {.key = "kind", .words = "StatefulSet", .required = true, .doc = "The kind."},
    {.key = "metadata", .map = &object_metadata, .required = true, .doc = "Name."},
    {.key = "spec", .map = &stateful_set_spec, .required = true, .doc = "The pods."},
    {.key = "status", .scalar = any, .doc = "Set by the controller."}};
constexpr Kind stateful_set{.name = "a StatefulSet", .fields = stateful_set_fields};

}  // namespace

const Kind& scaled_object_kind() {
    return scaled_object;
}
const Kind& hpa_kind() {
    return hpa;
}
const Kind& deployment_kind() {
    return deployment;
}
const Kind& stateful_set_kind() {
    return stateful_set;
}
const Kind& kafka_metadata_kind() {
    return kafka_metadata;
}
const Kind& resource_metadata_kind() {
    return resource_metadata;
}
const Kind& cron_metadata_kind() {
    return cron_metadata;
}

}  // namespace lagsim::sim
