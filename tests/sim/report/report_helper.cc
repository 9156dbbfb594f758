#include "tests/sim/report/report_helper.h"

#include <fmt/format.h>

#include "sim/engine/engine.h"
#include "sim/results/result_file.h"

namespace lagsim::tests {

ReportFiles::ReportFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "lagsim-report-XXXXXX").string();
    directory_ = mkdtemp(name.data());
}

ReportFiles::~ReportFiles() {
    std::filesystem::remove_all(directory_);
}

std::string ReportFiles::run(const std::string& text, const std::string& name) const {
    const std::string path = directory_ / name;
    const auto read = sim::read_scenario_text(text, "s.yaml", "");
    if (!read) {
        ADD_FAILURE() << sim::render_diagnostics(read.error());
        return path;
    }
    const sim::Scenario& scenario = read->scenario;
    auto file = sim::ResultFile::create(path, scenario, "0.0.1");
    sim::Summary summary(scenario);
    for (std::uint32_t number = 0; number < scenario.replications; ++number) {
        sim::RunControl control;
        const auto result = sim::run_replication(scenario, number, sim::default_engine, control);
        summary.add(sim::replication_metrics(scenario, *result), *result);
        EXPECT_TRUE(file->add(*result));
    }
    EXPECT_TRUE(file->finish(summary));
    return path;
}

sim::report::ReportInput ReportFiles::load(const std::string& path) {
    auto input = sim::report::load_report(path, 0);
    if (!input) {
        ADD_FAILURE() << input.error();
        return {};
    }
    return std::move(*input);
}

std::string report_scenario(const std::string& group, const std::string& more) {
    return fmt::format(
        "apiVersion: lagsim/v1\n"
        "kind: Scenario\n"
        "metadata: {{name: small}}\n"
        "spec:\n"
        "  duration: 3m\n"
        "  sampleInterval: 5s\n"
        "  replications: 2\n"
        "  topics: {{orders: {{partitions: 4}}}}\n"
        "  producers: [{{topic: orders, rate: 40/s}}]\n"
        "  consumers:\n"
        "    - group: \"{}\"\n"
        "      replicas: [{{at: 0s, count: 2}}, {{at: 60s, count: 3}}, {{at: 160s, count: 2}}]\n"
        "      serviceTime: 5ms\n"
        "  faults: [{{at: 90s, kind: pod-crash}}]\n"
        "  assertions: [lost == 0]\n{}",
        group, more);
}

}  // namespace lagsim::tests
