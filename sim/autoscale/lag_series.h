/// A recorded lag series: what the brokers said about each partition, from a time on until the next
/// row of that partition. CSV with a header
/// `time_s[,topic],partition,log_end_offset,committed_offset`.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/scaling/broker_state.h"
#include "core/time.h"
#include "sim/scenario/diagnostics.h"

namespace lagsim::sim {

struct LagRow {
    core::Instant at;
    core::BrokerPartition partition;  ///< `topic` is an index into LagSeries::topics
};

struct LagSeries {
    std::vector<std::string> topics;
    std::vector<LagRow> rows;  ///< in time order
};

/// `topic` names the topic of files without such a column; empty = the column is needed.
/// Every mistake is reported (up to 20).
[[nodiscard]] std::expected<LagSeries, std::vector<Diagnostic>> read_lag_series(
    std::string_view text, const std::string& file, const std::string& topic);

/// The brokers at a time: rows are applied as the time advances.
class LagPlayback {
  public:
    explicit LagPlayback(const LagSeries& series) : series_(&series) {}
    /// Rows up to and including `now`; of equal ones the later holds.
    void advance(core::Instant now);
    [[nodiscard]] core::BrokerState state() const {
        return {.topics = series_->topics, .partitions = partitions_};
    }

  private:
    const LagSeries* series_;
    std::size_t next_ = 0;
    std::vector<core::BrokerPartition> partitions_;
};

}  // namespace lagsim::sim
