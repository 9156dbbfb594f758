#include "sim/cli/measurement.h"

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace lagsim::cli {
namespace {

using Json = nlohmann::ordered_json;

double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Json context(const Measurement& measurement) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    return {{"date", fmt::format("{:%Y-%m-%dT%H:%M:%S+00:00}", fmt::gmtime(std::time(nullptr)))},
            {"host_name", host},
            {"executable", "lagsim"},
            {"num_cpus", sysconf(_SC_NPROCESSORS_ONLN)},
            {"mhz_per_cpu", 0},
            {"cpu_scaling_enabled", false},
            {"caches", Json::array()},
            {"load_avg", Json::array()},
#ifdef NDEBUG
            {"library_build_type", "release"},
#else
            {"library_build_type", "debug"},
#endif
            {"lagsim_version", LAGSIM_VERSION},
            {"compiler", __VERSION__},
            {"fingerprint", measurement.fingerprint}};
}

/// The keys that every entry has, with the counters of ours.
Json entry(const Measurement& measurement, double wall_ns, double cpu_ns) {
    Json object{{"name", measurement.name},
                {"family_index", 0},
                {"per_family_instance_index", 0},
                {"run_name", measurement.name},
                {"run_type", "iteration"},
                {"repetitions", measurement.cpu_ns.size()},
                {"threads", 1},
                {"iterations", 1},
                {"real_time", wall_ns},
                {"cpu_time", cpu_ns},
                {"time_unit", "ns"},
                {"records", measurement.records},
                {"ns_per_record", measurement.per_record(cpu_ns)},
                {"rss_bytes_max", measurement.rss_bytes_max}};
    if (measurement.instructions) {
        const auto instructions = static_cast<double>(*measurement.instructions);
        object["instructions"] = *measurement.instructions;
        object["instructions_per_record"] = measurement.per_record(instructions);
    }
    return object;
}

/// One repetition of a file that somebody wrote; throws what nlohmann's accessors throw.
void add_repetition(Measurement& measurement, const nlohmann::json& object) {
    if (object.at("time_unit").get<std::string>() != "ns") {
        throw std::invalid_argument("times are in ns in a file of lagsim bench");
    }
    measurement.records = object.at("records").get<std::int64_t>();
    measurement.cpu_ns.push_back(object.at("cpu_time").get<double>());
    measurement.wall_ns.push_back(object.at("real_time").get<double>());
    measurement.rss_bytes_max = object.value("rss_bytes_max", std::int64_t{0});
    if (object.contains("instructions")) {
        measurement.instructions = object["instructions"].get<std::int64_t>();
    }
    const bool sensible = measurement.records >= 0 && measurement.cpu_ns.back() > 0.0 &&
                          measurement.instructions.value_or(1) > 0;
    if (!sensible) {
        throw std::invalid_argument("a time or a count that is not positive");
    }
}

std::string names_in(const nlohmann::json& benchmarks) {
    std::vector<std::string> names;
    for (const nlohmann::json& object : benchmarks) {
        const std::string name = object.at("run_name").get<std::string>();
        if (std::ranges::find(names, name) == names.end()) {
            names.push_back(name);
        }
    }
    return names.empty() ? "nothing" : fmt::format("'{}'", fmt::join(names, "', '"));
}

}  // namespace

double Measurement::cpu_ns_median() const {
    return median(cpu_ns);
}

double Measurement::wall_ns_median() const {
    return median(wall_ns);
}

double Measurement::per_record(double sum) const {
    return sum / static_cast<double>(std::max<std::int64_t>(1, records));
}

std::string benchmark_json(const Measurement& measurement) {
    Json benchmarks = Json::array();
    for (std::size_t i = 0; i < measurement.cpu_ns.size(); ++i) {
        Json object = entry(measurement, measurement.wall_ns[i], measurement.cpu_ns[i]);
        object["repetition_index"] = i;
        benchmarks.push_back(object);
    }
    Json middle = entry(measurement, measurement.wall_ns_median(), measurement.cpu_ns_median());
    middle["name"] = measurement.name + "_median";
    middle["run_type"] = "aggregate";
    middle["aggregate_name"] = "median";
    middle["aggregate_unit"] = "time";
    middle["iterations"] = measurement.cpu_ns.size();
    benchmarks.push_back(middle);
    return Json{{"context", context(measurement)}, {"benchmarks", benchmarks}}.dump(2);
}

std::expected<Measurement, std::string> read_measurement(const std::string& text,
                                                         const std::string& name) {
    try {
        const nlohmann::json file = nlohmann::json::parse(text);
        const nlohmann::json& benchmarks = file.at("benchmarks");
        Measurement measurement{.name = name};
        measurement.fingerprint = file.at("context").at("fingerprint").get<std::string>();
        for (const nlohmann::json& object : benchmarks) {
            if (object.at("run_name") == name && object.at("run_type") == "iteration") {
                add_repetition(measurement, object);
            }
        }
        if (measurement.cpu_ns.empty()) {
            return std::unexpected(fmt::format("holds no measurement of the scenario '{}', but {}",
                                               name, names_in(benchmarks)));
        }
        return measurement;
    } catch (const std::exception& error) {
        return std::unexpected(
            fmt::format("is not what lagsim bench --out writes: {}", error.what()));
    }
}

Comparison compare(const Measurement& now, const Measurement& then, const Tolerances& tolerances) {
    Comparison result{.by_instructions = now.instructions && then.instructions,
                      .same_results = now.fingerprint == then.fingerprint};
    const auto cost = [&result](const Measurement& measurement) {
        return measurement.per_record(result.by_instructions
                                          ? static_cast<double>(*measurement.instructions)
                                          : measurement.cpu_ns_median());
    };
    result.change = cost(now) / cost(then) - 1.0;
    result.tolerance = result.by_instructions ? tolerances.instructions : tolerances.cpu;
    return result;
}

}  // namespace lagsim::cli
