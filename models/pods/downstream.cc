#include "models/pods/downstream.h"

#include "models/random/pinned_math.h"

namespace lagsim::models {

double Downstream::slow_down(std::int64_t in_progress) {
    if (in_progress <= parameters_.capacity) {
        return 1.0;
    }
    const auto above = static_cast<std::size_t>(in_progress - parameters_.capacity);
    while (factors_.size() < above) {
        const double excess =
            static_cast<double>(factors_.size() + 1) / static_cast<double>(parameters_.capacity);
        factors_.push_back(1.0 + pinned::pow(excess, parameters_.exponent));
    }
    return factors_[above - 1];
}

}  // namespace lagsim::models
