/// One function a rule, named like its code. lint.cc lists them; docs/lint.md explains them.
#pragma once

#include <vector>

#include "sim/lint/lint.h"

namespace lagsim::sim::rules {

using Findings = std::vector<LintFinding>;

// autoscaling_rules.cc: what KEDA and the HPA do with a setting
[[nodiscard]] Findings cooldown_inert(const LintSubject& subject);
[[nodiscard]] Findings activation_inert(const LintSubject& subject);
[[nodiscard]] Findings polling_inert(const LintSubject& subject);
[[nodiscard]] Findings poll_slower_than_hpa(const LintSubject& subject);
[[nodiscard]] Findings hpa_tolerance_residual(const LintSubject& subject);
[[nodiscard]] Findings deployment_replicas_fights_hpa(const LintSubject& subject);

// partition_rules.cc: pods against partitions
[[nodiscard]] Findings max_above_partitions(const LintSubject& subject);
[[nodiscard]] Findings cap_integer_division(const LintSubject& subject);
[[nodiscard]] Findings scale_to_zero_invalid_offset(const LintSubject& subject);

// consumer_rules.cc: what the consumer commits, retries and starts from
[[nodiscard]] Findings mark_without_commit(const LintSubject& subject);
[[nodiscard]] Findings commit_before_processing(const LintSubject& subject);
[[nodiscard]] Findings retry_exceeds_max_poll(const LintSubject& subject);
[[nodiscard]] Findings grace_shorter_than_retry(const LintSubject& subject);
[[nodiscard]] Findings reset_latest_loses(const LintSubject& subject);

// load_rules.cc: what is offered against what can be served
[[nodiscard]] Findings retention_shorter_than_drain(const LintSubject& subject);
[[nodiscard]] Findings under_provisioned(const LintSubject& subject);
[[nodiscard]] Findings hot_partition(const LintSubject& subject);

}  // namespace lagsim::sim::rules
