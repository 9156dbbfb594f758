/// How long the kubelet waits before it starts a crashed container again.
/// Source: Kubernetes kubelet, CrashLoopBackOff: 10 s doubling to 300 s, forgotten after 10 minutes
/// of running.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/time.h"

namespace lagsim::models {

class RestartBackoff {
  public:
    /// The wait after a crash of a container that had been running for `ran`.
    [[nodiscard]] core::Duration after_crash(core::Duration ran) {
        if (ran >= core::Duration{600'000'000'000}) {
            next_ = first;
        }
        const core::Duration wait = next_;
        next_ = std::min(core::Duration{300'000'000'000}, next_ * 2);
        return wait;
    }

  private:
    static constexpr core::Duration first{10'000'000'000};
    core::Duration next_ = first;
};

}  // namespace lagsim::models
