/// Any bytes as a scenario: the reader must answer, and what it accepts must read back to itself.
///
/// The first line may be `#set PATH=VALUE` or `#explain PATH`, so that paths are fuzzed, too. Files
/// named inside are looked for in a folder that does not exist.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "sim/scenario/fields.h"
#include "sim/scenario/reader.h"

namespace {

void require(bool condition, const char* what, const std::string& text) {
    if (!condition) {
        std::fprintf(stderr, "%s:\n%s\n", what, text.c_str());
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    if (text.starts_with("#explain ")) {
        static_cast<void>(lagsim::sim::explain_key(std::string_view(text).substr(9)));
        return 0;
    }
    lagsim::sim::ReadOptions options;
    if (text.starts_with("#set ")) {
        options.sets.push_back(text.substr(5, text.find('\n') - 5));
    }
    const auto file = lagsim::sim::read_scenario_text(text, "fuzz.yaml", "/nonexistent", options);
    if (!file) {
        require(!file.error().empty(), "refused without a reason", text);
        static_cast<void>(lagsim::sim::render_diagnostics(file.error()));
        static_cast<void>(lagsim::sim::render_diagnostics_json(file.error()));
        return 0;
    }
    const std::string& resolved = file->scenario.provenance.resolved;
    const auto again = lagsim::sim::read_scenario_text(resolved, "fuzz.yaml", "/nonexistent");
    require(again.has_value(), "the resolved scenario is refused", resolved);
    require(again->scenario.provenance.resolved == resolved, "resolved differs when read again",
            resolved + "\n=====\n" + again->scenario.provenance.resolved);
    return 0;
}
