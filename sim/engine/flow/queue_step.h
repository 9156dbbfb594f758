/// One queue with one server between two instants, in expected numbers: what the flow resolution
/// knows of a partition instead of its records.
///
/// At rest the mean number in the system is Kingman's and Pollaczek-Khinchine's,
///   L(rho) = rho + c rho^2 / (1 - rho),  c = (ca^2 + cs^2) / 2,
/// exact for M/G/1 (ca = 1) and D/D/1 (c = 0). Above L(rho) the server is never idle, so the queue
/// shrinks by mu - lambda, to the letter. Below it grows by lambda - mu * rho(n), rho(n) being the
/// load whose mean at rest is n: the pointwise stationary fluid flow approximation.
/// Sources: Kingman, Math. Proc. Camb. Phil. Soc. 57 (1961); Wang, Tipper, Banerjee, INFOCOM 1996.
#pragma once

namespace lagsim::sim::flow {

struct QueueInput {
    double number = 0.0;        ///< [records] expected in the system at the beginning
    double arrival_rate = 0.0;  ///< [records/s] mean over the step
    double service_rate = 0.0;  ///< [records/s] of a server that is never idle; 0 = it stands still
    double variability = 1.0;   ///< [1] c, see above
    double seconds = 0.0;       ///< length of the step
};

struct QueueOutput {
    double number = 0.0;    ///< [records] at the end
    double integral = 0.0;  ///< [records * s] of the number over the step
    double served = 0.0;    ///< [records]
    bool at_rest = false;   ///< for most of the step: a stable queue, not longer than its mean
};

/// Mean number at rest; infinity where load >= 1.
[[nodiscard]] double number_at_rest(double load, double variability);

/// Cost does not depend on how much traffic the step stands for. Conserves: number + served =
/// number before + arrivals, up to rounding.
[[nodiscard]] QueueOutput step_queue(const QueueInput& input);

}  // namespace lagsim::sim::flow
