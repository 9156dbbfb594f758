#include "models/pods/shared_cpu.h"

#include <cmath>
#include <numeric>

#include "core/check.h"

namespace lagsim::models {

using core::int128;

SharedCpu::SharedCpu(double share, std::optional<double> limit) {
    share_ = std::llround(share * 1e6);
    if (limit && share_ > 0) {
        limit_ = std::llround(*limit * 1e6);
    }
}

SharedCpu::Speed SharedCpu::speed_of(std::int32_t busy) const {
    const std::int64_t demand = share_ * busy;
    if (limit_ == 0 || limit_ >= demand) {
        return {};
    }
    const std::int64_t common = std::gcd(limit_, demand);
    return {limit_ / common, demand / common};
}

std::optional<double> SharedCpu::full_speed_workers() const {
    if (limit_ == 0) {
        return std::nullopt;
    }
    return static_cast<double>(limit_) / static_cast<double>(share_);
}

std::int64_t SharedCpu::moved_by(core::Instant now) const {
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
    return static_cast<std::int64_t>(static_cast<int128>(elapsed) * speed_.numerator /
                                     speed_.denominator);
}

void SharedCpu::advance(core::Instant now) {
    const std::int64_t moved = moved_by(now);
    progress_ += moved;
    work_ += static_cast<int128>(moved) * busy_;
    since_ = now;
}

void SharedCpu::set_busy(std::int32_t busy, core::Instant now) {
    LAGSIM_CHECK(now >= since_ || speed_.denominator == 1,
                 "time runs backwards only where nobody is slowed, which is linear");
    advance(now);
    busy_ = busy;
    const auto index = static_cast<std::size_t>(busy);
    for (std::size_t known = speeds_.size(); known <= index; ++known) {
        speeds_.push_back(speed_of(static_cast<std::int32_t>(known)));
    }
    speed_ = speeds_[index];
}

void SharedCpu::settle(std::int32_t busy, core::Instant now, std::int64_t correction) {
    set_busy(busy, now);
    work_ += correction;
}

void SharedCpu::set_frozen(bool frozen, core::Instant now) {
    advance(now);
    frozen_ = frozen;
}

core::Instant SharedCpu::reaches(std::int64_t progress) const {
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
    const int128 scaled = static_cast<int128>(missing) * speed_.denominator;
    return since_ + core::Duration{static_cast<std::int64_t>((scaled + speed_.numerator - 1) /
                                                             speed_.numerator)};
}

core::int128 SharedCpu::work(core::Instant now) const {
    return work_ + static_cast<int128>(moved_by(now)) * busy_;
}

}  // namespace lagsim::models
