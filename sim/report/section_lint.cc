/// What lint says of the scenario and the manifests that this run was made from.
#include <fmt/format.h>

#include "sim/report/html.h"
#include "sim/report/sections.h"

namespace lagsim::sim::report {

std::string lint_findings(const Place& place) {
    const std::string id = place.id + "lint";
    const ReportInput& input = place.input;
    if (!input.scenario) {
        return section(id, "What lint finds",
                       paragraph("This version cannot read the scenario of this file again: " +
                                 escaped(input.scenario_error)));
    }
    if (input.findings.empty()) {
        return section(id, "What lint finds", paragraph("No findings."));
    }
    std::string items;
    for (const Diagnostic& finding : input.findings) {
        const bool error = finding.severity == Severity::error;
        items += fmt::format(
            "<li class=\"{}\"><b>{}</b> <code>{}</code> {}{}</li>\n", error ? "bad" : "warn",
            error ? "error" : "warning", escaped(finding.code), escaped(finding.message),
            finding.path.empty() ? ""
                                 : " <code class=\"note\">" + escaped(finding.path) + "</code>");
    }
    return section(id, "What lint finds", "<ul class=\"findings\">\n" + items + "</ul>\n");
}

}  // namespace lagsim::sim::report
