/// The table, part `spec.consumers`, leaves first.
#include "sim/scenario/field_kinds.h"

namespace lagsim::sim {
namespace {

using enum ScalarType;
using enum FieldStatus;

constexpr Field name_element{.scalar = name};

// ---- spec.consumers
// ------------------------------------------------------------------------------

constexpr Field replica_step_fields[] = {
    {.key = "at", .scalar = duration, .unit = "s", .required = true, .doc = "From when on."},
    {.key = "count",
     .scalar = integer,
     .unit = "pods",
     .required = true,
     .maximum = 10'000,
     .doc = "How many pods."}};
constexpr Kind replica_step{.name = "a step of 'replicas'", .fields = replica_step_fields};
constexpr Field replica_step_element{.map = &replica_step};

constexpr Field concurrency_fields[] = {
    {.key = "workers",
     .scalar = integer,
     .unit = "1",
     .minimum = 1,
     .maximum = 100'000,
     .doc = "Servers a pod: one record of a partition at a time, oldest arrival first; a back-off "
            "holds no server."},
    {.key = "workersPerPartition",
     .scalar = integer,
     .unit = "1",
     .minimum = 1,
     .maximum = 100'000,
     .doc = "Records of one partition in progress at once."}};
constexpr Kind concurrency{.name = "'concurrency'",
                           .fields = concurrency_fields,
                           .doc = "One of `workers` and `workersPerPartition`."};

constexpr Field cpu_fields[] = {
    {.key = "share",
     .scalar = percentage,
     .unit = "1",
     .fallback = "0%",
     .maximum = 1.0,
     .doc = "The part of the service time that is CPU."},
    {.key = "limit",
     .scalar = quantity,
     .words = "none",
     .unit = "cores",
     .fallback_note = "the Deployment's limits, else none",
     .above_minimum = true,
     .doc = "A pod's cores: every busy worker runs at speed min(1, limit / (share * busy))."}};
constexpr Kind cpu{.name = "'cpu'", .fields = cpu_fields};

constexpr Field downstream_fields[] = {
    {.key = "capacity",
     .scalar = integer,
     .unit = "records",
     .required = true,
     .minimum = 1,
     .doc = "Records in progress in the whole group up to which nothing is slowed down."},
    {.key = "exponent",
     .scalar = number,
     .unit = "1",
     .fallback = "2",
     .maximum = 20.0,
     .doc = "Of the slow-down."}};
constexpr Kind downstream{.name = "'downstream'", .fields = downstream_fields};

constexpr Field failures_fields[] = {{.key = "transient",
                                      .scalar = percentage,
                                      .unit = "1",
                                      .fallback = "0%",
                                      .maximum = 1.0,
                                      .doc = "Chance that one attempt fails."},
                                     {.key = "poison",
                                      .scalar = percentage,
                                      .unit = "1",
                                      .fallback = "0%",
                                      .maximum = 1.0,
                                      .doc = "Chance that a record never succeeds."}};
constexpr Kind failures{.name = "'failures'", .fields = failures_fields};

constexpr Field backoff_element{.scalar = duration};
constexpr Field retry_fields[] = {
    {.key = "backoff",
     .element = &backoff_element,
     .unit = "s",
     .fallback_note = "[1s, 2s, 4s], or none where there are topics",
     .doc = "Waits between attempts, which block the partition; attempts = 1 + entries."},
    {.key = "jitter",
     .scalar = percentage,
     .unit = "1",
     .fallback = "0%",
     .maximum = 1.0,
     .doc = "A back-off is uniform in base * [1 - jitter, 1 + jitter]."},
    {.key = "topics",
     .element = &backoff_element,
     .unit = "s",
     .fallback_note = "none",
     .doc = "Retry topics instead of back-offs, one for each wait: a failed record is sent on, and "
            "its partition goes on. Their names are GROUP-retry-1s and so on, their partitions as "
            "many as the group's largest topic has; the group reads them too."},
    {.key = "produceTime",
     .scalar = duration,
     .map = &distribution_kind,
     .unit = "s",
     .fallback = "0s",
     .doc = "Time to send a record to a retry topic; no CPU."}};
constexpr Kind retry{.name = "'retry'", .fields = retry_fields};

constexpr Field dead_letter_fields[] = {
    {.key = "topic",
     .scalar = name,
     .required = true,
     .doc = "Name; it need not be declared under `topics`."},
    {.key = "produceTime",
     .scalar = duration,
     .map = &distribution_kind,
     .unit = "s",
     .fallback = "0s",
     .doc = "Time to send the record there; no CPU."},
    {.key = "failures",
     .scalar = percentage,
     .unit = "1",
     .fallback = "0%",
     .maximum = 0.99,
     .doc = "Chance that sending fails and is tried again at once."},
    {.key = "whenDown",
     .words = "block|stop|drop",
     .fallback = "block",
     .doc = "A record that the topic does not accept: block: it waits, and its partition with it; "
            "stop: the worker process exits (SIGKILL-like, restarted with back-off; Sarama: its "
            "session ends) and the next owner starts the record anew; drop: it is lost and its "
            "offset may be committed."},
    {.key = "attempts",
     .scalar = integer,
     .unit = "1",
     .fallback_note = "none: failures are repeated for ever, a topic that is down is not tried "
                      "twice",
     .minimum = 1,
     .maximum = 255,
     .doc = "With stop and drop: so many failed sends make a record undeliverable."}};
constexpr Kind dead_letter{.name = "'deadLetter'", .fields = dead_letter_fields};

constexpr Field commit_fields[] = {
    {.key = "when",
     .words = "after-success|before-processing|mark-only|auto|max-finished",
     .fallback = "after-success",
     .doc = "after-success: the low watermark; before-processing: the next to hand out; mark-only: "
            "never (Sarama with AutoCommit off and no Commit); auto: what was handed out, on the "
            "client's timer; max-finished: the highest finished + 1, whatever is open below.",
     .source = "Sarama offset_manager.go; Kafka ConsumerCoordinator"},
    {.key = "every",
     .scalar = records_or_duration,
     .unit = "s or records",
     .fallback = "1s",
     .above_minimum = true,
     .doc = "A duration, or `N records` counted over a pod's partitions."},
    {.key = "maxWindow",
     .scalar = records,
     .words = "none",
     .unit = "records",
     .fallback = "none",
     .doc = "Back-pressure: at most so many records of a partition from the lowest unfinished one "
            "to the last handed out. Matters with `workersPerPartition`."}};
constexpr Kind commit{.name = "'commit'", .fields = commit_fields};

constexpr Field protocol_fields[] = {
    {.key = "kind",
     .words = "classic|consumer|share",
     .fallback = "classic",
     .doc = "The group protocol: classic, consumer (KIP-848), share (KIP-932)."},
    {.key = "assignor",
     .words = "range|roundrobin|sticky|cooperative-sticky|uniform|simple",
     .fallback_note = "range (kind consumer: uniform, share: simple)",
     .doc = "Who gets which partition. classic: range, roundrobin, sticky (all eager), "
            "cooperative-sticky; consumer: uniform, range; share: simple.",
     .source =
         "Kafka RangeAssignor, RoundRobinAssignor, StickyAssignor, CooperativeStickyAssignor, "
         "UniformAssignor, SimpleAssignor"},
    {.key = "client",
     .words = "java|librdkafka|sarama",
     .fallback = "java",
     .doc = "Whose defaults hold below.",
     .source = "ConsumerConfig; rdkafka_conf.c; sarama config.go"},
    {.key = "sessionTimeout",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "45s (sarama 10s)",
     .above_minimum = true,
     .doc = "A silent member is removed after this.",
     .source = "session.timeout.ms"},
    {.key = "heartbeatInterval",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "3s (kinds consumer and share: 5s)",
     .above_minimum = true,
     .doc = "How often a member is heard, and hears of a rebalance.",
     .source = "heartbeat.interval.ms"},
    {.key = "maxPollInterval",
     .scalar = duration,
     .unit = "s",
     .fallback = "5m",
     .above_minimum = true,
     .doc = "A member that does not poll for so long leaves the group (Sarama has no such limit).",
     .source = "max.poll.interval.ms"},
    {.key = "rebalanceTimeout",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "maxPollInterval (sarama 60s)",
     .above_minimum = true,
     .doc = "How long a rebalance waits for a member.",
     .source = "JoinGroup rebalance_timeout_ms"},
    {.key = "initialRebalanceDelay",
     .scalar = duration,
     .unit = "s",
     .fallback = "3s",
     .doc = "How long an empty group waits for more members.",
     .source = "group.initial.rebalance.delay.ms"},
    {.key = "recordLock",
     .scalar = duration,
     .unit = "s",
     .fallback = "30s",
     .above_minimum = true,
     .doc = "Kind share: how long an acquired record is its member's; then it is delivered again.",
     .source = "group.share.record.lock.duration.ms"},
    {.key = "deliveryLimit",
     .scalar = integer,
     .unit = "deliveries",
     .fallback = "5",
     .minimum = 1,
     .maximum = 25,
     .doc = "Kind share: after so many deliveries without an acknowledgement a record is lost.",
     .source = "group.share.delivery.count.limit"},
    {.key = "maxRecordLocks",
     .scalar = integer,
     .unit = "records",
     .fallback = "2000",
     .minimum = 1,
     .maximum = 100'000,
     .doc = "Kind share: records of a partition between the first unsettled and the last acquired "
            "one (Kafka 4.0: 200).",
     .source = "group.share.partition.max.record.locks"},
    {.key = "maxPollRecords",
     .scalar = integer,
     .unit = "records",
     .fallback = "500",
     .minimum = 1,
     .maximum = 100'000,
     .doc = "Kind share: how many records a member acquires at once.",
     .source = "max.poll.records"},
    {.key = "staticMembership",
     .scalar = boolean,
     .fallback = "false",
     .doc =
         "The pod's name is the member's instance id (KIP-345): it leaves no word when it stops, "
         "and a process of the same name that comes back within the session has its place.",
     .source = "group.instance.id"}};
constexpr Kind protocol{.name = "'protocol'", .fields = protocol_fields};

constexpr Field revoke_fields[] = {
    {.key = "backoff",
     .words = "cut|wait",
     .fallback_note = "cut (sarama wait)",
     .doc = "A record in its back-off, or waiting for its dead-letter topic, when its partition "
            "must be given up. cut: put down at once; wait: its handler does not look at the "
            "session and finishes its retries first, or this round of them where there is no "
            "dead-letter topic.",
     .source = "Sarama examples; a handler that sleeps"},
    {.key = "bufferedRecords",
     .scalar = integer,
     .unit = "records",
     .fallback_note = "0 (sarama 256)",
     .maximum = 1'000'000,
     .doc = "How many records of a partition its worker has fetched ahead and still works through "
            "before it gives the partition up.",
     .source = "Sarama ChannelBufferSize; for message := range claim.Messages()"}};
constexpr Kind revoke{.name = "'revoke'",
                      .fields = revoke_fields,
                      .doc = "What a worker still does about partitions that it must give up."};

constexpr Field overheads_fields[] = {
    {.key = "commitMode",
     .words = "async|sync",
     .fallback = "async",
     .doc = "sync: the worker stops for commitLatency at each commit."},
    {.key = "commitLatency",
     .scalar = duration,
     .unit = "s",
     .fallback = "0s",
     .doc = "From the request until the broker has the offset."},
    {.key = "fetchStart",
     .scalar = duration,
     .unit = "s",
     .fallback = "0s",
     .doc = "From the assignment to the first record."},
    {.key = "rtt",
     .scalar = duration,
     .unit = "s",
     .fallback = "1ms",
     .doc = "Client to broker and back."},
    {.key = "syncCost",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "2 rtt",
     .doc = "From the last JoinGroup to the assignment at the members."},
    {.key = "fetchOrder",
     .words = "arrival|fetched",
     .fallback = "arrival",
     .doc = "Which record a pod's workers take next: arrival: the oldest; fetched: the one fetched "
            "first, so the backlog of a partition just taken over is worked off in one piece."},
    {.key = "unassignStall",
     .scalar = duration,
     .unit = "s",
     .fallback = "0s",
     .doc = "A member that gives up a part of its partitions (cooperative, KIP-848) fetches "
            "nothing for so long."},
    {.key = "unassignStallShare",
     .scalar = percentage,
     .unit = "1",
     .fallback = "100%",
     .maximum = 1.0,
     .doc = "Chance of that stall."}};
constexpr Kind overheads{.name = "'overheads'", .fields = overheads_fields};

constexpr Field shutdown_fields[] = {
    {.key = "gracePeriod",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "the Deployment's terminationGracePeriodSeconds, else 30s",
     .doc = "From the pod's deletion to SIGKILL; at least 2 s."},
    {.key = "drain",
     .scalar = boolean,
     .fallback = "true",
     .doc = "true: finish the record in hand, commit, leave; false: stop at SIGTERM without a "
            "commit."},
    {.key = "preStop",
     .scalar = duration,
     .unit = "s",
     .fallback = "0s",
     .doc = "How long the preStop hook takes: SIGTERM comes after it, at the latest when the grace "
            "period is over; SIGKILL at the end of the grace period, but 2 s after SIGTERM at the "
            "earliest.",
     .source = "kubelet, kuberuntime_container.go, killContainer"},
    {.key = "preStopPolls",
     .scalar = boolean,
     .fallback = "true",
     .doc = "true: the process goes on as before during preStop; false: it takes nothing new, "
            "finishes what it has in hand and stays a member."},
    {.key = "handlesSigterm",
     .scalar = boolean,
     .fallback = "true",
     .doc = "false: PID 1 without a handler; it works on until SIGKILL, and the group misses it "
            "after its session."}};
constexpr Kind shutdown{.name = "'shutdown'", .fields = shutdown_fields};

constexpr Field disruption_budget_fields[] = {
    {.key = "maxUnavailable",
     .scalar = integer,
     .unit = "pods",
     .maximum = 10'000,
     .doc = "An eviction is refused when more pods than this would be missing or not Ready."},
    {.key = "minAvailable",
     .scalar = integer,
     .unit = "pods",
     .maximum = 10'000,
     .doc = "An eviction is refused when fewer Ready pods than this would be left."}};
constexpr Kind disruption_budget{.name = "'disruptionBudget'", .fields = disruption_budget_fields};

constexpr Field consumer_fields[] = {
    {.key = "group",
     .scalar = name,
     .required = true,
     .doc = "Name of the consumer group: joined to the ScaledObject by consumerGroup, to the "
            "Deployment by scaleTargetRef."},
    {.key = "topics",
     .element = &name_element,
     .fallback_note = "the topics of its kafka triggers, else all declared topics",
     .doc = "What the group reads."},
    {.key = "workload",
     .words = "Deployment|StatefulSet",
     .fallback_note = "the kind of its manifest or of the autoscaler's target, else Deployment",
     .doc = "Who keeps the pods. A StatefulSet gives them lasting names and starts and ends them "
            "one by one (OrderedReady)."},
    {.key = "replicas",
     .scalar = integer,
     .element = &replica_step_element,
     .unit = "pods",
     .fallback_note = "from the Deployment, else 1",
     .maximum = 10'000,
     .doc = "Where no autoscaler is given: the count, or a schedule of counts."},
    {.key = "concurrency",
     .words = "partition|pod",
     .map = &concurrency,
     .fallback = "partition",
     .doc = "partition: a server for each partition; pod: one poll loop, = {workers: 1}."},
    {.key = "serviceTime",
     .scalar = duration,
     .map = &distribution_kind,
     .unit = "s",
     .required = true,
     .above_minimum = true,
     .doc = "Time to process one record, per attempt."},
    {.key = "cpu", .map = &cpu, .fallback = "{}", .doc = "What the work needs of the pod's cores."},
    {.key = "downstream",
     .words = "none",
     .map = &downstream,
     .fallback = "none",
     .doc = "A dependency that slows down: service time x (1 + max(0, (c - C)/C)^exponent), with c "
            "attempts in progress in the whole group when an attempt begins, itself included."},
    {.key = "failures", .map = &failures, .fallback = "{}", .doc = "How often processing fails."},
    {.key = "retry",
     .map = &retry,
     .fallback = "{}",
     .doc = "In-place retries, which block the partition."},
    {.key = "deadLetter",
     .words = "none",
     .map = &dead_letter,
     .fallback = "none",
     .doc =
         "Where a record goes that exhausts its retries; none: it blocks for ever and is retried "
         "from the first back-off."},
    {.key = "commit", .map = &commit, .fallback = "{}", .doc = "When which offset is committed."},
    {.key = "reset",
     .words = "earliest|latest|none",
     .fallback = "earliest",
     .doc = "Where a group without a commit starts.",
     .source = "auto.offset.reset"},
    {.key = "offsetsRetention",
     .scalar = duration,
     .unit = "s",
     .fallback = "7d",
     .above_minimum = true,
     .doc = "The broker forgets the commits of a group that has had no member for so long.",
     .source = "offsets.retention.minutes"},
    {.key = "protocol", .map = &protocol, .fallback = "{}", .doc = "The consumer group protocol."},
    {.key = "revoke",
     .map = &revoke,
     .fallback = "{}",
     .doc = "What a worker still does about partitions that it must give up."},
    {.key = "overheads",
     .words = "measured",
     .map = &overheads,
     .fallback = "{}",
     .doc = "What Kafka itself costs; measured: rtt 1ms, syncCost 15ms, fetchStart 40ms, "
            "commitLatency 6ms, fetchOrder fetched, and with client librdkafka unassignStall 1s "
            "(kind consumer: of 40 % of the members), as on a real broker (docs/validation.md)."},
    {.key = "metadataRefresh",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "5m (sarama: 10m)",
     .doc = "A process asks for metadata every so often since it started; the group's leader finds "
            "new partitions by it. With KIP-848 the broker knows at once.",
     .source = "Kafka metadata.max.age.ms; Sarama Metadata.RefreshFrequency"},
    {.key = "podStartup",
     .scalar = duration,
     .map = &distribution_kind,
     .unit = "s",
     .fallback = "0s",
     .doc = "Scheduled to started (the consumer joins)."},
    {.key = "podScheduling",
     .scalar = duration,
     .map = &distribution_kind,
     .unit = "s",
     .fallback = "0s",
     .doc = "Created to scheduled."},
    {.key = "readinessDelay",
     .scalar = duration,
     .map = &distribution_kind,
     .unit = "s",
     .fallback = "0s",
     .doc = "Started to Ready."},
    {.key = "shutdown", .map = &shutdown, .fallback = "{}", .doc = "How a pod ends."},
    {.key = "disruptionBudget",
     .words = "none",
     .map = &disruption_budget,
     .fallback = "none",
     .doc = "What a drain must leave: a PodDisruptionBudget with one of its two keys.",
     .source = "policy/v1 PodDisruptionBudget"}};

}  // namespace

constinit const Kind consumer_kind{.name = "a consumer", .fields = consumer_fields};

}  // namespace lagsim::sim
