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

void SharedCpu::learn_speeds(std::int32_t busy) {
    while (speeds_.size() <= static_cast<std::size_t>(busy)) {
        speeds_.push_back(speed_of(static_cast<std::int32_t>(speeds_.size())));
    }
}

std::optional<double> SharedCpu::full_speed_workers() const {
    if (limit_ == 0) {
        return std::nullopt;
    }
    return static_cast<double>(limit_) / static_cast<double>(share_);
}

void SharedCpu::set_frozen(bool frozen, core::Instant now) {
    advance(now);
    frozen_ = frozen;
}

core::int128 SharedCpu::work(core::Instant now) const {
    return work_ + static_cast<int128>(moved_by(now)) * busy_;
}

}  // namespace lagsim::models
