/// One pod's cores shared by its busy workers: how far work gets, and when a piece of it is done.
///
/// Every busy worker runs at speed min(1, limit / (share * busy)). Progress is kept as one virtual
/// clock of the pod: it runs at that speed, and a record that needs w ns of work is done when the
/// clock has moved on by w. Integer arithmetic, cut only where the number of busy workers changes,
/// so that any engine gets the same instants.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/check.h"
#include "core/int128.h"
#include "core/time.h"

namespace lagsim::models {

class SharedCpu {
  public:
    /// `share` [1]: part of the service time that is CPU; `limit` [cores]; without either, nobody
    /// is slowed.
    SharedCpu(double share, std::optional<double> limit);

    void set_busy(std::int32_t busy, core::Instant now);
    /// As set_busy, where the busy workers so far did `correction` [ns] more service than their
    /// number says. While nobody is slowed the clock is linear, and `now` may lie before the last
    /// change: the result does not depend on the order of the calls.
    void settle(std::int32_t busy, core::Instant now, std::int64_t correction);
    /// A frozen pod's clock stands still.
    void set_frozen(bool frozen, core::Instant now);

    /// The virtual clock as of the last change [ns of unhindered service].
    [[nodiscard]] std::int64_t progress() const { return progress_; }
    /// When the clock shows `progress` if nothing changes; core::never while frozen.
    [[nodiscard]] core::Instant reaches(std::int64_t progress) const;
    /// Service done up to `now`: integral of busy workers times speed [ns].
    [[nodiscard]] core::int128 work(core::Instant now) const;
    [[nodiscard]] std::int32_t busy() const { return busy_; }
    [[nodiscard]] core::Instant since() const { return since_; }  ///< last change
    [[nodiscard]] bool frozen() const { return frozen_; }
    /// Workers that can run at full speed; none = no limit.
    [[nodiscard]] std::optional<double> full_speed_workers() const;

  private:
    /// Reduced fraction <= 1.
    struct Speed {
        std::int64_t numerator = 1;
        std::int64_t denominator = 1;
    };
    [[nodiscard]] Speed speed_of(std::int32_t busy) const;
    void learn_speeds(std::int32_t busy);
    [[nodiscard]] std::int64_t moved_by(core::Instant now) const;
    void advance(core::Instant now);

    std::int64_t limit_ = 0;  ///< [millicores * 1000]; 0 = none
    std::int64_t share_ = 0;  ///< [parts per million]
    std::int64_t progress_ = 0;
    core::Instant since_;
    std::int32_t busy_ = 0;
    bool frozen_ = false;
    Speed speed_;
    std::vector<Speed> speeds_;  ///< by number of busy workers
    core::int128 work_ = 0;
};

// Once or twice a record:

inline std::int64_t SharedCpu::moved_by(core::Instant now) const {
    const std::int64_t elapsed = core::nanoseconds(now - since_);
    if (frozen_ || elapsed == 0) {
        return 0;
    }
    if (speed_.numerator == 1) {
        return speed_.denominator == 1 ? elapsed : elapsed / speed_.denominator;
    }
    if (elapsed < (std::int64_t{1} << 40) && speed_.numerator < (1 << 20)) {
        return elapsed * speed_.numerator / speed_.denominator;  // cheaper, and the same
    }
    return static_cast<std::int64_t>(static_cast<core::int128>(elapsed) * speed_.numerator /
                                     speed_.denominator);
}

inline void SharedCpu::advance(core::Instant now) {
    const std::int64_t moved = moved_by(now);
    progress_ += moved;
    work_ += static_cast<core::int128>(moved) * busy_;
    since_ = now;
}

inline void SharedCpu::set_busy(std::int32_t busy, core::Instant now) {
    LAGSIM_CHECK(now >= since_ || speed_.denominator == 1,
                 "time runs backwards only where nobody is slowed, which is linear");
    advance(now);
    busy_ = busy;
    const auto index = static_cast<std::size_t>(busy);
    if (index >= speeds_.size()) {
        learn_speeds(busy);
    }
    speed_ = speeds_[index];
}

inline void SharedCpu::settle(std::int32_t busy, core::Instant now, std::int64_t correction) {
    set_busy(busy, now);
    work_ += correction;
}

inline core::Instant SharedCpu::reaches(std::int64_t progress) const {
    if (frozen_) {
        return core::never;
    }
    const std::int64_t missing = progress - progress_;
    if (missing <= 0) {
        return since_;
    }
    if (speed_.denominator == 1) {
        return since_ + core::Duration{missing};
    }
    // Rounded up, so that the clock has surely got there.
    if (missing < (std::int64_t{1} << 40) && speed_.denominator < (1 << 20)) {
        const std::int64_t scaled = missing * speed_.denominator + speed_.numerator - 1;
        return since_ + core::Duration{speed_.numerator == 1 ? scaled : scaled / speed_.numerator};
    }
    const core::int128 scaled = static_cast<core::int128>(missing) * speed_.denominator;
    return since_ + core::Duration{static_cast<std::int64_t>((scaled + speed_.numerator - 1) /
                                                             speed_.numerator)};
}

}  // namespace lagsim::models
