/// The C interface of a handler in a shared library: `lagsim-worker --handler
/// library:PATH[,ARGUMENT]`.
///
/// The library exports `lagsim_handle`, and may export `lagsim_open` and `lagsim_close`. The worker
/// calls lagsim_open once for each thread that handles records, lagsim_handle from that thread
/// only, and lagsim_close at the end. A library that fails to open ends the worker before it joins
/// its group. Nothing of a record outlives its call.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Changes when the meaning of a field or of an answer does.
#define LAGSIM_HANDLER_ABI 1

struct lagsim_record {
    const char* topic;  ///< ends in a zero byte
    int64_t offset;
    int64_t timestamp_ms;  ///< [ms since 1970] -1 = none
    int64_t attempt;       ///< 1 = first under this owner of the partition
    const void* key;       ///< NULL = none
    size_t key_size;       ///< [bytes]
    const void* value;     ///< NULL = a tombstone
    size_t value_size;     ///< [bytes]
    int32_t partition;
    int32_t abi;  ///< LAGSIM_HANDLER_ABI of the worker
};

/// State for one thread, or NULL with a sentence in `reason` (at most `reason_size` bytes with its
/// zero) if it cannot be had. `argument` is what followed the comma, or "".
typedef void* (*lagsim_open_function)(const char* argument, char* reason, size_t reason_size);

/// 0 = the record is processed; anything else = this attempt failed, for the sentence in `reason`:
/// it is tried again after a back-off, then dead-lettered. It may be called again with the same
/// record at any time (at-least-once). Without lagsim_open `state` is NULL.
typedef int (*lagsim_handle_function)(void* state, const struct lagsim_record* record, char* reason,
                                      size_t reason_size);

typedef void (*lagsim_close_function)(void* state);

#ifdef __cplusplus
}
#endif
