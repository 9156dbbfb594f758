#include "core/check.h"

#include <cstdio>
#include <cstdlib>

namespace lagsim::core {

void check_failed(const char* condition, const char* file, int line, const char* explanation) {
    std::fprintf(stderr, "%s:%d: lagsim is wrong here: %s (%s)\n", file, line, explanation,
                 condition);
    std::abort();
}

}  // namespace lagsim::core
