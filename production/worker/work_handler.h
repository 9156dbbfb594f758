/// The built-in handler for experiments: it works for a while, and fails when it is told to.
#pragma once

#include <expected>
#include <string_view>

#include "core/time.h"
#include "production/worker/handler.h"

namespace lagsim::production {

struct WorkSettings {
    core::Duration work{0};  ///< [ns] of each attempt: the thread sleeps
    double transient = 0.0;  ///< [1] chance that one attempt fails
    double poison = 0.0;     ///< [1] chance that a record never succeeds
};

/// "5ms,transient=1%,poison=0.001", or what is wrong with it.
[[nodiscard]] std::expected<WorkSettings, std::string> parse_work(std::string_view text);

/// What the record's value asks of it: words `work=50ms`, `fail=2` (the first two attempts) and
/// `poison`, between blanks, among any others.
struct Instruction {
    std::optional<core::Duration> work;
    std::int64_t fail = 0;
    bool poison = false;
};
[[nodiscard]] Instruction parse_instruction(std::string_view value);

/// By partition, offset and attempt only: a crash serves the same luck again, as in the simulator
/// (though not the same draws).
class WorkHandler : public Handler {
  public:
    explicit WorkHandler(const WorkSettings& settings) : settings_(settings) {}
    [[nodiscard]] std::expected<void, std::string> handle(const RecordView& record) override;

  private:
    WorkSettings settings_;
};

}  // namespace lagsim::production
