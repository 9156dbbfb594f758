/// The table, part `spec.topics` and `spec.producers`, leaves first.
#include "sim/scenario/field_kinds.h"

namespace lagsim::sim {
namespace {

using enum ScalarType;
using enum FieldStatus;

// ---- spec.topics
// ---------------------------------------------------------------------------------

constexpr Field topic_fields[] = {
    {.key = "partitions",
     .scalar = integer,
     .unit = "1",
     .required = true,
     .minimum = 1,
     .maximum = 100'000,
     .doc = "Number of partitions: the most consumers of one group that can work at once."},
    {.key = "retention",
     .scalar = duration,
     .words = "none",
     .unit = "s",
     .fallback = "none",
     .above_minimum = true,
     .doc = "Age at which records are deleted, read or not; whole segments at a time.",
     .source = "Kafka retention.ms"},
    {.key = "segmentRoll",
     .scalar = duration,
     .unit = "s",
     .fallback = "5m",
     .above_minimum = true,
     .doc = "Time span of one log segment; retention removes whole segments.",
     .source = "Kafka segment.ms"},
    {.key = "compactionKeeps",
     .scalar = percentage,
     .unit = "1",
     .fallback = "100%",
     .maximum = 1.0,
     .doc = "Part of the records of a closed segment that compaction keeps, drawn by the seed; the "
            "offsets of the others stay as holes.",
     .source = "Kafka cleanup.policy=compact"}};

// ---- spec.producers
// ------------------------------------------------------------------------------

constexpr Field batch_fields[] = {{.key = "size",
                                   .scalar = integer,
                                   .unit = "records",
                                   .required = true,
                                   .minimum = 1,
                                   .maximum = 1e9,
                                   .doc = "Records sent at one instant."}};
constexpr Kind batch{.name = "'batch'", .fields = batch_fields};
constexpr Field arrivals_fields[] = {
    {.key = "batch",
     .map = &batch,
     .required = true,
     .doc = "Poisson instants of rate / size, `size` records at each."}};
constexpr Kind arrivals{.name = "'arrivals'", .fields = arrivals_fields};

constexpr Field rate_element{.scalar = rate};
constexpr Field step_fields[] = {
    {.key = "for",
     .scalar = duration_or_rest,
     .unit = "s",
     .required = true,
     .above_minimum = true,
     .doc = "How long the step lasts; `rest`: until the end of the run (last step only)."},
    {.key = "hold", .scalar = rate, .unit = "s-1", .doc = "Constant rate."},
    {.key = "ramp",
     .element = &rate_element,
     .unit = "s-1",
     .doc = "Rate at the beginning and at the end; linear between."}};
constexpr Kind step{
    .name = "a rate step", .fields = step_fields, .doc = "One of `hold` and `ramp` for some time."};
constexpr Field step_element{.map = &step};
constexpr Field trace_fields[] = {
    {.key = "trace",
     .scalar = path,
     .required = true,
     .doc = "CSV file with the columns time_s,rate_per_s; a row holds until the next one, the last "
            "one as long as the one before it."},
    {.key = "scale",
     .scalar = number,
     .unit = "1",
     .fallback = "1.0",
     .doc = "Factor on all rates of the trace."},
    {.key = "interpolate",
     .words = "step|linear",
     .fallback = "step",
     .doc = "Between two rows: the rate of the first one, or a straight line to the second."},
    {.key = "after",
     .words = "zero|hold|repeat",
     .fallback_note = "none: a trace that ends before the run is an error",
     .doc = "What follows a trace that ends before the run: no records, its last rate, or the "
            "trace again."}};
constexpr Kind trace{.name = "a rate trace", .fields = trace_fields};

constexpr Field keys_fields[] = {
    {.key = "distribution",
     .words = "zipf",
     .fallback = "zipf",
     .doc = "Probability of the key of rank k = 0, 1, ... is proportional to (k+1)^-exponent."},
    {.key = "exponent",
     .scalar = number,
     .unit = "1",
     .required = true,
     .maximum = 20.0,
     .doc = "0: all keys alike."},
    {.key = "count",
     .scalar = integer,
     .unit = "1",
     .required = true,
     .minimum = 1,
     .maximum = 1e8,
     .doc = "Number of distinct keys: `key-0`, `key-1`, ..."},
    {.key = "hash",
     .words = "murmur2|crc32|fnv1a",
     .fallback = "murmur2",
     .doc = "How the client maps a key to a partition: Java murmur2, librdkafka CRC-32, Sarama "
            "FNV-1a.",
     .source = "Kafka Utils.murmur2; librdkafka consistent; Sarama HashPartitioner"}};
constexpr Kind keys{.name = "'keys'", .fields = keys_fields};
constexpr Field weight_element{.scalar = number};
constexpr Field partitioner_fields[] = {
    {.key = "keys", .map = &keys, .doc = "Records have keys, which are hashed for real."},
    {.key = "weights",
     .element = &weight_element,
     .unit = "1",
     .doc = "Share of each partition, on any scale; one number a partition."}};
constexpr Kind partitioner{
    .name = "'partitioner'", .fields = partitioner_fields, .doc = "One of `keys` and `weights`."};

constexpr Field publish_fields[] = {
    {.key = "at", .scalar = duration, .unit = "s", .required = true, .doc = "When."},
    {.key = "count",
     .scalar = integer,
     .unit = "records",
     .fallback = "1",
     .minimum = 1,
     .maximum = 1e10,
     .doc = "How many records."},
    {.key = "partition",
     .scalar = integer,
     .fallback_note = "dealt by the partitioner",
     .doc = "The partition that gets all of them."},
    {.key = "poison",
     .scalar = boolean,
     .fallback = "false",
     .doc = "Whether these records never succeed, whatever `failures.poison` says."},
    {.key = "serviceTime",
     .scalar = duration,
     .unit = "s",
     .fallback_note = "the consumer's",
     .above_minimum = true,
     .doc = "Time to process each of these records, per attempt, in every group."}};
constexpr Kind publish{.name = "'publish'", .fields = publish_fields};
constexpr Field publish_element{.map = &publish};

constexpr Field transactions_fields[] = {{.key = "records",
                                          .scalar = integer,
                                          .unit = "records",
                                          .required = true,
                                          .minimum = 1,
                                          .doc = "Records a transaction; a marker offset follows "
                                                 "each."}};
constexpr Kind transactions{.name = "'transactions'", .fields = transactions_fields};

constexpr Field producer_fields[] = {
    {.key = "topic", .scalar = name, .required = true, .doc = "A name under `spec.topics`."},
    {.key = "arrivals",
     .words = "poisson|constant",
     .map = &arrivals,
     .fallback = "poisson",
     .doc = "Poisson; constant: record k = 0, 1, ... is sent when the integrated rate passes k, "
            "the first at 0 s; or batches."},
    {.key = "rate",
     .scalar = rate,
     .map = &trace,
     .element = &step_element,
     .unit = "s-1",
     .fallback_note = "none: only what `publish` says is sent",
     .doc = "A rate, a list of steps, or a trace. Steps and traces must cover the run."},
    {.key = "partitioner",
     .words = "uniform|round-robin|sticky",
     .map = &partitioner,
     .fallback = "uniform",
     .doc = "Which partition a record goes to: each independently and alike, one after the other, "
            "a batch at a time, or by key or weight.",
     .source = "Kafka BuiltInPartitioner; KIP-480, KIP-794"},
    {.key = "publish",
     .element = &publish_element,
     .fallback = "[]",
     .doc = "Records sent at stated instants, beside or instead of `rate`."},
    {.key = "transactions",
     .map = &transactions,
     .fallback_note = "none",
     .doc =
         "Transactional producer: a marker takes an offset after every so many of its records on "
         "a partition. Consumers read uncommitted records, which is the clients' default.",
     .source = "Kafka isolation.level"},
    {.key = "metadataRefresh",
     .scalar = duration,
     .unit = "s",
     .fallback = "0s",
     .doc = "New partitions are used from the next multiple of it on; 0s: at once, the worst case "
            "for consumers (Java's and librdkafka's producers: 5m).",
     .source = "Kafka metadata.max.age.ms"}};

}  // namespace

constinit const Kind topic_kind{.name = "a topic", .fields = topic_fields, .doc = "A Kafka topic."};
constinit const Kind producer_kind{.name = "a producer", .fields = producer_fields};

}  // namespace lagsim::sim
