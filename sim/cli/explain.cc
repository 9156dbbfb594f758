/// `lagsim explain` and `lagsim schema`: the field table, for people and for editors.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.h"
#include "sim/cli/explain_decision.h"
#include "sim/scenario/fields.h"

namespace lagsim::cli {
namespace {

CommandResult run_explain(const Invocation& call) {
    const std::string path = call.operands.empty() ? "" : call.operands[0];
    if (path == "decision") {
        return explain_decision(call);
    }
    if (call.operands.size() > 1) {
        return std::unexpected(UsageError{
            fmt::format("unexpected argument '{}'; explain takes one path", call.operands[1])});
    }
    const auto text = sim::explain_key(path);
    if (!text) {
        return std::unexpected(UsageError{text.error()});
    }
    if (call.common.json) {
        const nlohmann::ordered_json object{
            {"schema", "lagsim.explain/1"}, {"path", path}, {"text", *text}};
        fmt::print("{}\n", object.dump());
    } else {
        fmt::print("{}{}", *text, text->ends_with('\n') ? "" : "\n");
    }
    return ExitCode::ok;
}

CommandResult run_schema(const Invocation& /*call*/) {
    const std::string schema = sim::json_schema();
    fmt::print("{}{}", schema, schema.ends_with('\n') ? "" : "\n");
    return ExitCode::ok;
}

}  // namespace

Command explain_command() {
    return {
        .name = "explain",
        .summary = "what a scenario key means: type, unit, default, source",
        .operands = {.usage = "[PATH] | decision FILE.h5", .least = 0, .most = 2},
        .options = {{.name = "at",
                     .argument = "TIME",
                     .help = "with 'decision FILE.h5': the instant, e.g. 2h13m"},
                    {.name = "replication",
                     .argument = "N",
                     .help = "with 'decision': which one (0)"}},
        .details = "PATH is e.g. spec.consumers.serviceTime, or the end of one: serviceTime.mean",
        .run = run_explain};
}

Command schema_command() {
    return {.name = "schema",
            .summary = "print the JSON Schema of the scenario file",
            .run = run_schema};
}

}  // namespace lagsim::cli
