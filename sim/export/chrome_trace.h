/// One replication as a Chrome trace (JSON), which ui.perfetto.dev and chrome://tracing open: pods
/// and partitions as threads, what they did as slices, decisions with flows to the pods that they
/// made, lag and replicas as counters.
#pragma once

#include "sim/export/export_source.h"
#include "sim/export/text_output.h"

namespace lagsim::sim {

/// Times are microseconds since 0 s; events are in time order behind the names of threads.
void write_chrome_trace(const ExportSource& source, TextOutput& output);

}  // namespace lagsim::sim
