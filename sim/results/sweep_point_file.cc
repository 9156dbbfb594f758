/// One finished point of a sweep as a file of JSON: small, and whole or not there.
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/results/partial_file.h"
#include "sim/results/sweep_file.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* schema = "lagsim.point/1";

double value_of(const Json& value) {
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

SweepRow row_of(const Json& json) {
    SweepRow row{.point = json.at("point"), .assertions_held = json.at("assertions_held")};
    for (const Json& fingerprint : json.at("fingerprints")) {
        const std::string text = fingerprint;
        std::uint64_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value, 16);
        row.fingerprints.push_back(value);
    }
    for (const Json& replication : json.at("metrics")) {
        std::vector<double> values;
        for (const Json& value : replication) {
            values.push_back(value_of(value));
        }
        row.metrics.push_back(std::move(values));
    }
    return row;
}

}  // namespace

std::expected<void, std::string> write_point(const std::string& path, const std::string& study,
                                             const SweepRow& row) {
    Json fingerprints = Json::array(), metrics = Json::array();
    for (std::size_t r = 0; r < row.fingerprints.size(); ++r) {
        fingerprints.push_back(fingerprint_text(row.fingerprints[r]));
        // An undefined number is written as null.
        metrics.push_back(row.metrics.at(r));
    }
    const Json json{{"schema", schema},
                    {"study", study},
                    {"point", row.point},
                    {"assertions_held", row.assertions_held},
                    {"fingerprints", fingerprints},
                    {"metrics", metrics},
                    {"checksum", fingerprint_text(checksum(row))}};
    return write_text_file(path, json.dump() + "\n");
}

std::expected<SweepRow, std::string> read_point(const std::string& path, const std::string& study) {
    std::ifstream stream(path, std::ios::binary);
    const Json json = Json::parse(stream, nullptr, false);
    if (json.is_discarded() || !json.is_object() || json.value("schema", "") != schema) {
        return std::unexpected("damaged: it is no file of a point");
    }
    if (json.value("study", "") != study) {
        return std::unexpected("it belongs to another study");
    }
    try {
        SweepRow row = row_of(json);
        if (row.metrics.size() == row.fingerprints.size() &&
            fingerprint_text(checksum(row)) == json.at("checksum").get<std::string>()) {
            return row;
        }
    } catch (const Json::exception&) {
        // Said below.
    }
    return std::unexpected("damaged: its contents do not fit their checksum");
}

}  // namespace lagsim::sim
