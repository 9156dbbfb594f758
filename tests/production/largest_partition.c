/* A policy as a user writes it: as many pods as the slowest partition alone would justify. */
#include "production/external_scaler/policy_abi.h"

int lagsim_policy(const struct lagsim_policy_input* input, struct lagsim_policy_output* output) {
    int64_t largest = 0;
    if (input->lag_threshold == 13) {
        return 7; /* superstition */
    }
    for (size_t i = 0; i < input->partition_count; ++i) {
        const struct lagsim_partition* partition = &input->partitions[i];
        const int64_t lag = partition->log_end_offset - (partition->committed_offset < 0
                                                             ? partition->log_start_offset
                                                             : partition->committed_offset);
        largest = lag > largest ? lag : largest;
    }
    output->metric = largest * (int64_t)input->partition_count;
    output->active = largest > input->activation_lag_threshold;
    return 0;
}
