/// The scenario as it was read, and how to get this result again.
#include <fmt/format.h>

#include "sim/report/html.h"
#include "sim/report/sections.h"
#include "sim/results/summary.h"

namespace lagsim::sim::report {
namespace {

constexpr std::size_t most_bytes = 120'000;  ///< of one text

std::string text_block(const std::string& text) {
    std::size_t end = std::min(text.size(), most_bytes);
    // Not within a character.
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
        --end;
    }
    const std::string rest =
        end < text.size()
            ? paragraph(fmt::format("{} further bytes are in the file.", text.size() - end), "note")
            : "";
    return "<pre tabindex=\"0\"><code>" + escaped(text.substr(0, end)) + "</code></pre>\n" + rest;
}

/// 'it'"'"'s': a word for any POSIX shell.
std::string quoted(const std::string& word) {
    std::string text = "'";
    for (const char letter : word) {
        letter == '\'' ? text += "'\"'\"'" : text += letter;
    }
    return text + "'";
}

std::string commands(const ReportInput& input) {
    const std::string file = quoted(input.file);
    return fmt::format(
        "# the scenario with its manifests, overrides and every default, out of the result file\n"
        "python3 -c 'import h5py, sys; "
        "sys.stdout.write(h5py.File(sys.argv[1])[\"provenance/scenario_resolved_yaml\"][()]"
        ".decode())' {} > resolved.yaml\n"
        "lagsim run resolved.yaml -o again.h5     # fingerprint {}\n"
        "lagsim report {} --replication {} -o report.html\n",
        file, fingerprint_text(input.run.result.fingerprint), file, input.drawn.replication);
}

}  // namespace

std::string scenario_and_command(const Place& place) {
    const ReportInput& input = place.input;
    const Provenance& from = input.run.provenance;
    std::string body = paragraph(
        fmt::format("The same scenario, seed and version (lagsim {}) give the same digits on any "
                    "machine.",
                    escaped(input.run.result.version)));
    body += "<pre class=\"command\" tabindex=\"0\"><code>" + escaped(commands(input)) +
            "</code></pre>\n";
    if (!from.overrides.empty()) {
        std::string items;
        for (const std::string& override_text : from.overrides) {
            items += "<li><code>" + escaped(override_text) + "</code></li>\n";
        }
        body += "<h3>Overrides, in order</h3>\n<ul>\n" + items + "</ul>\n";
    }
    body += details("The scenario as read", text_block(from.scenario_text));
    for (const auto& [path, text] : from.manifests) {
        body += details("Manifest " + path, text_block(text));
    }
    body += details("The scenario with every default", text_block(from.resolved));
    return section(place.id + "scenario", "Scenario, and how to reproduce this", body);
}

}  // namespace lagsim::sim::report
