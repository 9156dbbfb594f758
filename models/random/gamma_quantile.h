/// Exact quantiles of the gamma distribution with scale 1, for tabulation.
#pragma once

#include "models/random/quantile_table.h"

namespace lagsim::models {

/// Newton's method on ln P and ln Q as functions of ln x, both of which are concave; for large
/// shapes the Cornish-Fisher expansion. The last answer is the first guess for the next, so ask in
/// the order of `tabulate`. Relative error < 1e-9 for shapes from 1e-4 up.
class GammaQuantile {
  public:
    explicit GammaQuantile(double shape);
    [[nodiscard]] LogQuantile operator()(Tail tail, double p);

  private:
    [[nodiscard]] LogQuantile solve(Tail tail, double p);

    double shape_;
    double lgamma_;
    double log_median_;
    double log_x_;
};

}  // namespace lagsim::models
