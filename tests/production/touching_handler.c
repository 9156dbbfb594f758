/* A handler as users build one: it appends "partition offset value" to the file that is its argument,
 * and fails records whose value is "bad". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "production/worker/handler_abi.h"

void* lagsim_open(const char* argument, char* reason, size_t reason_size) {
    FILE* file = fopen(argument, "a");
    if (file == NULL) {
        snprintf(reason, reason_size, "cannot write '%s'", argument);
    }
    return file;
}

int lagsim_handle(void* state, const struct lagsim_record* record, char* reason,
                  size_t reason_size) {
    if (record->abi != LAGSIM_HANDLER_ABI || record->value == NULL) {
        snprintf(reason, reason_size, "no value");
        return 1;
    }
    if (record->value_size == 3 && memcmp(record->value, "bad", 3) == 0) {
        snprintf(reason, reason_size, "bad, attempt %lld", (long long)record->attempt);
        return 1;
    }
    fprintf(state, "%d %lld %.*s\n", record->partition, (long long)record->offset,
            (int)record->value_size, (const char*)record->value);
    return fflush(state) == 0 ? 0 : 1;
}

void lagsim_close(void* state) {
    fclose(state);
}
