#include "sim/cli/explain_decision.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cli/input.h"
#include "sim/report/decision_words.h"
#include "sim/results/result_reader.h"
#include "sim/scenario/units.h"

namespace lagsim::cli {
namespace {

using sim::StoredDecision;

std::string in_words(const StoredDecision& decision, bool several_groups) {
    std::string text = fmt::format(
        "{}  {}{}: {} -> {} replicas\n", sim::clock_time(decision.seconds), decision.who,
        several_groups ? " for " + decision.group : "", decision.before, decision.after);
    text += fmt::format("  read        {}\n", sim::inputs_in_words(decision));
    if (decision.who == "hpa") {
        text += fmt::format("  rule        {}\n", sim::rule_in_words(decision));
    }
    if (decision.proposed >= 0) {
        text += fmt::format("  proposed    {} from the metrics\n", decision.proposed);
    }
    if (decision.stabilized >= 0) {
        text +=
            fmt::format("  stabilized  {} after the stabilization window\n", decision.stabilized);
    }
    text += fmt::format("  {}  {}\n", decision.who == "hpa" ? "limited by" : "action    ",
                        decision.limited_by);
    if (decision.who == "hpa") {
        text += fmt::format("  changed by  {}\n", sim::alternative_in_words(decision));
    }
    return text;
}

nlohmann::ordered_json as_json(const StoredDecision& decision) {
    using Json = nlohmann::ordered_json;
    return {{"t", decision.seconds},
            {"who", decision.who},
            {"replication", decision.replication},
            {"group", decision.group},
            {"lag", decision.lag >= 0 ? Json(decision.lag) : Json(nullptr)},
            {"metric", std::isfinite(decision.metric) ? Json(decision.metric) : Json(nullptr)},
            {"before", decision.before},
            {"proposed", decision.proposed >= 0 ? Json(decision.proposed) : Json(nullptr)},
            {"stabilized", decision.stabilized >= 0 ? Json(decision.stabilized) : Json(nullptr)},
            {"replicas", decision.after},
            {"limited_by", decision.limited_by}};
}

/// The last decision of each kind at or before the instant; null = none.
struct Found {
    const StoredDecision* change = nullptr;  ///< that changed the count
    const StoredDecision* hpa = nullptr;
    const StoredDecision* keda = nullptr;
};

Found find(const std::vector<StoredDecision>& decisions, double seconds) {
    Found found;
    for (const StoredDecision& decision : decisions) {
        if (decision.seconds > seconds) {
            break;
        }
        if (decision.before != decision.after) {
            found.change = &decision;
        }
        (decision.who == "hpa" ? found.hpa : found.keda) = &decision;
    }
    return found;
}

void print(const Found& found, const std::string& at, bool several_groups, bool json) {
    if (json) {
        nlohmann::ordered_json object{{"schema", "lagsim.decision/1"}, {"at", at}};
        object["last_change"] = found.change != nullptr ? as_json(*found.change) : nullptr;
        object["last_hpa"] = found.hpa != nullptr ? as_json(*found.hpa) : nullptr;
        object["last_keda"] = found.keda != nullptr ? as_json(*found.keda) : nullptr;
        fmt::print("{}\n", object.dump());
        return;
    }
    const auto section = [&](const char* title, const StoredDecision* decision) {
        fmt::print("{}\n{}\n", title,
                   decision != nullptr ? in_words(*decision, several_groups) : "  none\n");
    };
    section("Last change until then", found.change);
    section("Last HPA sync", found.hpa);
    section("Last KEDA poll", found.keda);
}

}  // namespace

CommandResult explain_decision(const Invocation& call) {
    const auto at = call.value("at");
    if (call.operands.size() != 2 || !at) {
        return std::unexpected(
            UsageError{"usage: lagsim explain decision FILE.h5 --at TIME, e.g. --at 2h13m"});
    }
    const auto instant = sim::parse_duration(*at);
    if (!instant) {
        return std::unexpected(UsageError{fmt::format("--at: {}", instant.error())});
    }
    const auto replication =
        parse_whole_number(call.value("replication").value_or("0"), "--replication", 0, INT32_MAX);
    if (!replication) {
        return std::unexpected(replication.error());
    }
    const auto decisions =
        sim::read_decisions(call.operands[1], static_cast<std::int64_t>(*replication));
    if (!decisions) {
        return refuse_result(call.common, call.operands[1], decisions.error());
    }
    const bool several_groups =
        !decisions->empty() && std::ranges::any_of(*decisions, [&](auto& d) {
            return d.group != decisions->front().group;
        });
    print(find(*decisions, core::seconds(*instant)), *at, several_groups, call.common.json);
    return ExitCode::ok;
}

}  // namespace lagsim::cli
