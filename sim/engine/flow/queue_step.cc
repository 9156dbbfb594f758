#include "sim/engine/flow/queue_step.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lagsim::sim::flow {
namespace {

/// The queue is longer than at rest: it shrinks evenly and then stays.
QueueOutput drain(const QueueInput& input, double rest) {
    const double slope = input.service_rate - input.arrival_rate;
    const double needed = (input.number - rest) / slope;
    const double draining = std::min(needed, input.seconds);
    QueueOutput output;
    output.number = needed <= input.seconds ? rest : input.number - slope * input.seconds;
    output.integral = 0.5 * (input.number + output.number) * draining +
                      output.number * (input.seconds - draining);
    output.at_rest = needed <= 0.5 * input.seconds;
    return output;
}

/// One implicit step of n' = lambda - mu rho(n): a quadratic in rho, so that a step much longer
/// than a service time needs no more work and ends at rest.
QueueOutput approach(const QueueInput& input, bool stable) {
    const double services = input.service_rate * input.seconds;
    const double offered = input.number + input.arrival_rate * input.seconds;
    const double sum = 1.0 + services + offered;
    const double difference = 1.0 + services - offered;
    const double root = std::sqrt(difference * difference + 4.0 * input.variability * offered);
    const double busy = std::min(1.0, 2.0 * offered / (sum + root));
    QueueOutput output;
    output.number = std::max(0.0, offered - services * busy);
    output.at_rest = stable;
    output.integral =
        (stable ? output.number : 0.5 * (input.number + output.number)) * input.seconds;
    return output;
}

}  // namespace

double number_at_rest(double load, double variability) {
    return load < 1.0 ? load + variability * load * load / (1.0 - load)
                      : std::numeric_limits<double>::infinity();
}

QueueOutput step_queue(const QueueInput& input) {
    const double offered = input.number + input.arrival_rate * input.seconds;
    if (input.service_rate <= 0.0) {
        return {.number = offered, .integral = 0.5 * (input.number + offered) * input.seconds};
    }
    const double rest = number_at_rest(input.arrival_rate / input.service_rate, input.variability);
    QueueOutput output =
        input.number >= rest ? drain(input, rest) : approach(input, std::isfinite(rest));
    output.served = std::max(0.0, offered - output.number);
    return output;
}

}  // namespace lagsim::sim::flow
