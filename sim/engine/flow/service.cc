#include "sim/engine/flow/service.h"

#include <algorithm>

#include "core/time.h"
#include "models/random/distribution.h"

namespace lagsim::sim::flow {
namespace {

/// What is left of the failures is not worth another term of a sum.
constexpr double negligible = 1e-12;
constexpr int most_courses = 4096;

/// Ways of a record by its number of attempts, until it succeeds or is given up.
std::vector<Course> courses_of(const ConsumerGroup& group, double transient) {
    const std::vector<core::Duration>& backoff = group.retry.backoff;
    const double poison = group.failures.poison;
    std::vector<Course> courses;
    double reached = 1.0 - poison;  // a record that can succeed needs so many attempts
    double waited = 0.0;
    for (int failed = 0; failed < most_courses; ++failed) {
        const auto attempts = static_cast<double>(failed + 1);
        courses.push_back(
            {.probability = reached * (1.0 - transient), .attempts = attempts, .backoff = waited});
        reached *= transient;
        const bool exhausted = failed == static_cast<int>(backoff.size());
        if (group.dead_letter && exhausted) {
            courses.push_back({.probability = reached + poison,
                               .attempts = attempts,
                               .backoff = waited,
                               .dead_lettered = true});
            break;
        }
        if (!group.dead_letter && reached < negligible) {
            break;
        }
        if (!backoff.empty()) {
            waited += core::seconds(backoff[static_cast<std::size_t>(failed) % backoff.size()]);
        }
    }
    return courses;
}

/// What a worker that waits for its commits loses a record [s].
double commit_wait(const ConsumerGroup& group) {
    const bool waits = group.overheads.commit_mode == Overheads::CommitMode::sync &&
                       group.commit.when != core::CommitWhen::mark_only;
    const std::int64_t every = group.commit.every_records.value();
    return waits && every > 0
               ? core::seconds(group.overheads.commit_latency) / static_cast<double>(every)
               : 0.0;
}

double produce_time(const ConsumerGroup& group) {
    return group.dead_letter ? core::seconds(group.dead_letter->produce_time.mean) /
                                   (1.0 - std::min(0.999, group.dead_letter->failures))
                             : 0.0;
}

}  // namespace

double Service::variation(double speed) const {
    const double mean = occupancy(speed);
    const double square = work_square / (speed * speed) + 2.0 * cross / speed + rest_square;
    return mean > 0.0 ? std::max(0.0, square / (mean * mean) - 1.0) : 0.0;
}

Service service_of(const ConsumerGroup& group, bool downstream_down, double slow_down) {
    const models::Distribution distribution(group.service_time);
    Service service;
    service.attempt = distribution.mean_seconds() * slow_down;
    service.attempt_square = distribution.second_moment() * slow_down * slow_down;
    const double transient = downstream_down ? 1.0 : group.failures.transient;
    service.never_succeeds = transient >= 1.0 && !group.dead_letter;
    service.courses = courses_of(group, transient);
    const double spread = service.attempt_square - service.attempt * service.attempt;
    const double produce = produce_time(group);
    const double commit = commit_wait(group);
    service.attempts = 0.0;
    for (const Course& course : service.courses) {
        const double p = course.probability;
        const double work = course.attempts * service.attempt;
        const double held = commit + (course.dead_lettered ? produce : 0.0);
        const double rest = course.backoff + held;
        service.attempts += p * course.attempts;
        service.work += p * work;
        service.work_square += p * (work * work + course.attempts * spread);
        service.rest += p * rest;
        service.rest_square += p * rest * rest;
        service.cross += p * work * rest;
        service.held += p * held;
        service.dead_lettered += course.dead_lettered ? p : 0.0;
        service.backoff_square += p * course.backoff * course.backoff;
        service.longest_backoff =
            std::max(service.longest_backoff, p > negligible ? course.backoff : 0.0);
    }
    return service;
}

}  // namespace lagsim::sim::flow
