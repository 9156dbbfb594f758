#include "sim/autoscale/replay.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "sim/autoscale/replay_stack.h"
#include "sim/autoscale/vector_reader.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

[[nodiscard]] std::string sentence(const std::string& path, const std::string& expected,
                                   const std::string& actual) {
    return (path.empty() ? "expect" : path) + ": expected " + expected + ", got " + actual;
}

[[nodiscard]] std::string join(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
}

[[nodiscard]] std::string difference(const Json& expected, const Json& actual,
                                     const std::string& path);

[[nodiscard]] std::string object_difference(const Json& expected, const Json& actual,
                                            const std::string& path) {
    for (const auto& [key, value] : expected.items()) {
        if (key == "errorText") {
            continue;
        }
        const auto found = actual.find(key);
        if (found == actual.end()) {
            return sentence(join(path, key), value.dump(), "nothing");
        }
        if (key == "buildError") {
            continue;
        }
        if (std::string found_difference = difference(value, *found, join(path, key));
            !found_difference.empty()) {
            return found_difference;
        }
    }
    for (const auto& [key, value] : actual.items()) {
        if (!expected.contains(key) && key != "errorText") {
            return sentence(join(path, key), "nothing", value.dump());
        }
    }
    return "";
}

[[nodiscard]] std::string array_difference(const Json& expected, const Json& actual,
                                           const std::string& path) {
    for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
        if (std::string found =
                difference(expected[i], actual[i], path + "[" + std::to_string(i) + "]");
            !found.empty()) {
            return found;
        }
    }
    return expected.size() == actual.size()
               ? ""
               : sentence(path, std::to_string(expected.size()) + " entries",
                          std::to_string(actual.size()));
}

[[nodiscard]] std::string difference(const Json& expected, const Json& actual,
                                     const std::string& path) {
    if (expected.is_object() && actual.is_object()) {
        return object_difference(expected, actual, path);
    }
    if (expected.is_array() && actual.is_array()) {
        return array_difference(expected, actual, path);
    }
    return expected == actual ? "" : sentence(path, expected.dump(), actual.dump());
}

[[nodiscard]] Json play(const std::string& kind, const Json& scenario) {
    if (kind == "scaler") {
        return play_scaler(read_scaler_vector(scenario));
    }
    if (kind == "executor" || kind == "hpa" || kind == "e2e") {
        return play_stack(read_stack_vector(scenario));
    }
    throw VectorError{"unknown kind \"" + kind + "\"; known: scaler, executor, hpa, e2e"};
}

}  // namespace

std::string first_divergence(const Json& expected, const Json& actual) {
    return difference(expected, actual, "");
}

std::expected<ReplayResult, std::string> replay_vector(std::string_view text,
                                                       std::string_view name) {
    try {
        const Json vector = Json::parse(text);
        ReplayResult result;
        result.name = vector.value("name", std::string(name));
        result.kind = vector.at("kind").get<std::string>();
        result.actual = play(result.kind, vector.at("scenario"));
        if (vector.contains("expect") && !vector.at("expect").is_null()) {
            result.first_divergence = first_divergence(vector.at("expect"), result.actual);
            result.diverged = !result.first_divergence.empty();
        }
        return result;
    } catch (const nlohmann::json::exception& error) {
        return std::unexpected(std::string("not a vector: ") + error.what());
    } catch (const VectorError& error) {
        return std::unexpected(error.message);
    }
}

}  // namespace lagsim::sim
