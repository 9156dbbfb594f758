/// Parts of the field table that are written in several files.
#pragma once

#include "sim/scenario/fields.h"

namespace lagsim::sim {

extern const Kind topic_kind;
extern const Kind producer_kind;
extern const Kind consumer_kind;
extern const Kind distribution_kind;  ///< a random duration
extern const Kind nodes_kind;

}  // namespace lagsim::sim
