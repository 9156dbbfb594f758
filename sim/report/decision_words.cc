#include "sim/report/decision_words.h"

#include <cmath>

#include <fmt/format.h>

#include "core/scaling/replica_calculator.h"
#include "sim/results/sparkline.h"
#include "sim/scenario/units.h"

namespace lagsim::sim {

std::string clock_time(double seconds) {
    const auto nanoseconds = static_cast<std::int64_t>(std::llround(seconds * 1e3)) * 1'000'000;
    return format_duration(core::Duration{nanoseconds});
}

std::string inputs_in_words(const StoredDecision& decision) {
    std::string text;
    if (decision.error) {
        text = "the metric could not be read";
    } else if (std::isfinite(decision.metric)) {
        text = fmt::format("metric {} records", readable_number(decision.metric));
    } else {
        text = "no metric";
    }
    if (decision.lag >= 0) {
        text += fmt::format(", lag {} records", decision.lag);
    }
    if (decision.who == "hpa") {
        text += fmt::format(", {} pods in status, {} ready", decision.status, decision.ready);
    } else {
        text += decision.active ? ", trigger active" : ", trigger not active";
    }
    return text;
}

/// The rule that decided, in the order in which the HPA controller applies them.
std::string rule_in_words(const StoredDecision& d) {
    if (d.before < d.min_replicas || d.before > d.max_replicas) {
        return "outside minReplicas..maxReplicas the controller sets the bound without reading "
               "metrics";
    }
    if (d.proposed < 0) {
        return "without a valid metric the controller leaves the count alone";
    }
    const double ratio = d.metric / (d.target * static_cast<double>(d.status));
    const core::Tolerances tolerances{.up = d.tolerance_up, .down = d.tolerance_down};
    if (std::isfinite(ratio) && tolerances.contain(ratio)) {
        return fmt::format(
            "metric / (target {} x {} pods) = {:.3f} is within the tolerance of {:.3g} "
            "to {:.3g}: the count stays",
            readable_number(d.target), d.status, ratio, 1.0 - d.tolerance_down,
            1.0 + d.tolerance_up);
    }
    if (std::isfinite(d.target)) {
        return fmt::format("metric / target {} rounded up proposes {}", readable_number(d.target),
                           d.proposed);
    }
    return fmt::format("the largest proposal of its metrics is {}", d.proposed);
}

/// What another outcome would have taken.
std::string alternative_in_words(const StoredDecision& d) {
    if (d.limited_by == "ScaleDownStabilized") {
        return "time: the highest proposal within the stabilization window holds the count";
    }
    if (d.limited_by == "ScaleUpStabilized") {
        return "time: the lowest proposal within the scale-up window holds the count";
    }
    if (d.limited_by == "ScaleUpLimit" || d.limited_by == "ScaleDownLimit") {
        return "the next syncs, or a scaling policy that allows more at once";
    }
    if (d.limited_by == "TooManyReplicas") {
        return fmt::format("a maxReplicaCount above {}", d.max_replicas);
    }
    if (d.limited_by == "TooFewReplicas") {
        return fmt::format("a minReplicaCount below {}", d.min_replicas);
    }
    if (!std::isfinite(d.target) || d.proposed < 0) {
        return "other metrics";
    }
    const double pods = d.target * static_cast<double>(d.status);
    if (d.proposed == d.status) {
        return fmt::format("a metric above {} (up) or below {} (down)",
                           readable_number(pods * (1.0 + d.tolerance_up)),
                           readable_number(pods * (1.0 - d.tolerance_down)));
    }
    return fmt::format("a metric above {} (more) or up to {} (fewer)",
                       readable_number(d.target * static_cast<double>(d.proposed)),
                       readable_number(d.target * static_cast<double>(d.proposed - 1)));
}

}  // namespace lagsim::sim
