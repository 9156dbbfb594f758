/// What a scaling policy of one's own implements: a function in a shared library, C linkage.
///
/// A ScaledObject whose trigger metadata says `policy: NAME` is answered by DIRECTORY/NAME.so
/// (--policies DIRECTORY) instead of by KEDA's own lag rules; offsets are read as for those.
/// Stable: fields are only added, and `size` says how many there are. C99 and C++.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lagsim_partition {
    const char* topic;
    int32_t partition;
    int64_t log_start_offset;
    int64_t log_end_offset;
    int64_t committed_offset; /* -1 = none */
};

struct lagsim_policy_input {
    size_t size; /* of this struct, as the scaler knows it */
    const struct lagsim_partition* partitions;
    size_t partition_count;
    int64_t lag_threshold;            /* of the trigger's metadata [records] */
    int64_t activation_lag_threshold; /* [records] */
    int64_t keda_metric;              /* what KEDA's own rules would report [records] */
};

struct lagsim_policy_output {
    int64_t metric; /* what the HPA compares with lagThreshold [records], not negative */
    int active;     /* not 0: at least one pod */
};

/* Called from several threads, for one ScaledObject never twice at once. 0 = done; anything else
 * is an error, which KEDA treats as it treats an unreachable Kafka. */
typedef int (*lagsim_policy_function)(const struct lagsim_policy_input* input,
                                      struct lagsim_policy_output* output);
/* The name that is looked up. */
int lagsim_policy(const struct lagsim_policy_input* input, struct lagsim_policy_output* output);

#ifdef __cplusplus
}
#endif
