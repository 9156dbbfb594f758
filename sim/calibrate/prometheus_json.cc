/// Prometheus' range-query responses, read event by event: a day of 24 partitions is some hundred
/// thousand samples, and a mistake must be named with its line, which a document in memory has
/// forgotten.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/calibrate/metric_names.h"
#include "sim/calibrate/raw_recording.h"

namespace lagsim::sim {
namespace {

using Json = nlohmann::json;

/// Bytes of a text that says, through a counter shared by all copies, how far it has been read.
class CountedBytes {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountedBytes(const std::string& text, std::size_t* read) : text_(&text), read_(read) {}
    reference operator*() const { return (*text_)[*read_]; }
    CountedBytes& operator++() {
        ++*read_;
        return *this;
    }
    CountedBytes operator++(int) {
        CountedBytes before = *this;
        ++*read_;
        return before;
    }
    /// Only ever asked against the end.
    friend bool operator==(const CountedBytes& a, const CountedBytes&) {
        return *a.read_ >= a.text_->size();
    }

  private:
    const std::string* text_;
    std::size_t* read_;
};

/// Where in the response the reader is.
enum class Place : std::uint8_t {
    file,
    responses,
    response,
    data,
    result,
    series,
    metric,
    values,
    sample,
    ignored
};

struct Open {
    Place place = Place::file;
    std::string key;
    int count = 0;  ///< values so far, of an array
};

class ResponseReader {
  public:
    ResponseReader(const std::string& text, const std::string& file, RawRecording& into)
        : text_(text), file_(file), into_(into) {}

    std::vector<Diagnostic> read() {
        while (!stopped_ && skip_blanks()) {
            stack_.assign(1, Open{});
            if (!Json::sax_parse(CountedBytes(text_, &read_), CountedBytes(text_, &read_), this,
                                 nlohmann::detail::input_format_t::json, false)) {
                break;
            }
        }
        if (responses_ == 0 && diagnostics_.empty()) {
            complain("no-response", "there is no response of a range query in this file");
        }
        return std::move(diagnostics_);
    }

    // What nlohmann's parser calls; false stops it.
    bool null() { return scalar("null", std::nullopt); }
    bool boolean(bool value) { return scalar(value ? "true" : "false", std::nullopt); }
    bool number_integer(Json::number_integer_t value) {
        return scalar("a number", static_cast<double>(value));
    }
    bool number_unsigned(Json::number_unsigned_t value) {
        return scalar("a number", static_cast<double>(value));
    }
    bool number_float(Json::number_float_t value, const std::string& /*spelling*/) {
        return scalar("a number", value);
    }
    bool binary(Json::binary_t& /*value*/) { return false; }
    bool string(std::string& value);
    bool key(std::string& value) {
        stack_.back().key = value;
        return true;
    }
    bool start_object(std::size_t /*size*/);
    bool end_object();
    bool start_array(std::size_t /*size*/);
    bool end_array();
    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const Json::exception& error) {
        read_ = position > 0 ? position - 1 : 0;
        std::string why = error.what();
        const std::size_t begin = why.find("column ");
        const std::size_t colon = begin == std::string::npos ? begin : why.find(": ", begin);
        complain("bad-json", colon == std::string::npos ? why : why.substr(colon + 2));
        stopped_ = true;
        return false;
    }

  private:
    bool skip_blanks() {
        while (read_ < text_.size() &&
               (std::isspace(static_cast<unsigned char>(text_[read_])) != 0)) {
            ++read_;
        }
        return read_ < text_.size();
    }

    /// At the byte read last; false when enough has been said.
    bool complain(std::string code, std::string message, Severity severity = Severity::error) {
        const std::size_t at = std::min(read_ > 0 ? read_ - 1 : 0, text_.size());
        const std::size_t before = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
        const std::size_t begin = before == std::string::npos ? 0 : before + 1;
        constexpr std::size_t shown_max = 120;  // a response is often one line of megabytes
        const bool is_long = text_.find('\n', begin) - begin > shown_max;
        Diagnostic diagnostic{
            .file = file_,
            .line =
                1 + static_cast<int>(std::count(
                        text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(begin), '\n')),
            .column = static_cast<int>(at - begin) + 1,
            .path = {},
            .severity = severity,
            .code = std::move(code),
            .message = std::move(message),
            .suggestion = {},
            .source_line = is_long ? "" : text_.substr(begin, text_.find('\n', begin) - begin)};
        if (severity == Severity::warning) {
            into_.warnings.push_back(std::move(diagnostic));
            return true;
        }
        diagnostics_.push_back(std::move(diagnostic));
        stopped_ = diagnostics_.size() >= recording_diagnostics_max;
        return !stopped_;
    }

    bool expected(const char* what) {
        return complain("bad-response", fmt::format("expected {} here", what));
    }

    bool scalar(const char* what, std::optional<double> number);
    void open(Place place) { stack_.push_back({.place = place, .key = {}, .count = 0}); }
    bool close() {
        stack_.pop_back();
        return true;
    }
    bool end_series();
    [[nodiscard]] std::optional<SeriesKey> key_of_series();
    [[nodiscard]] const std::string* label(std::string_view name) const {
        const auto found = labels_.find(name);
        return found == labels_.end() ? nullptr : &found->second;
    }

    const std::string& text_;
    const std::string& file_;
    RawRecording& into_;
    std::size_t read_ = 0;
    bool stopped_ = false;
    int responses_ = 0;
    std::vector<Open> stack_;
    std::map<std::string, std::string, std::less<>> labels_;
    std::map<std::string, bool, std::less<>> unknown_;  ///< metrics that a warning named
    std::vector<Sample> samples_;
    double seconds_ = 0.0;
    std::vector<Diagnostic> diagnostics_;
};

bool ResponseReader::string(std::string& value) {
    Open& here = stack_.back();
    switch (here.place) {
        case Place::response:
            if (here.key == "status" && value != "success") {
                return complain("failed-query",
                                fmt::format("the query failed: status '{}'", value));
            }
            return true;
        case Place::data:
            if (here.key == "resultType" && value != "matrix") {
                return complain("not-a-range",
                                fmt::format("resultType '{}' has one instant; ask "
                                            "/api/v1/query_range, which gives a matrix",
                                            value));
            }
            return true;
        case Place::metric:
            labels_[here.key] = value;
            return true;
        case Place::sample: {
            if (++here.count != 2) {
                return expected("[seconds, \"value\"]");
            }
            double number = std::numeric_limits<double>::quiet_NaN();
            const char* end = value.data() + value.size();
            if (const auto [stop, error] = std::from_chars(value.data(), end, number);
                value != "NaN" && value != "+Inf" && (error != std::errc() || stop != end)) {
                return complain("bad-value", fmt::format("'{}' is not a number", value));
            }
            samples_.push_back({.seconds = seconds_,
                                .value = std::isfinite(number)
                                             ? number
                                             : std::numeric_limits<double>::quiet_NaN()});
            return true;
        }
        default:
            return scalar("a string", std::nullopt);
    }
}

bool ResponseReader::scalar(const char* what, std::optional<double> number) {
    Open& here = stack_.back();
    switch (here.place) {
        case Place::ignored:
        case Place::response:
        case Place::data:
        case Place::series:
            return true;
        case Place::sample:
            if (++here.count == 1 && number) {
                seconds_ = *number;
                return true;
            }
            return expected("[seconds, \"value\"]");
        case Place::metric:
            return expected("labels with strings");
        default:
            return complain("bad-response",
                            fmt::format("{} is no response of /api/v1/query_range", what));
    }
}

bool ResponseReader::start_object(std::size_t /*size*/) {
    const Open& here = stack_.back();
    switch (here.place) {
        case Place::file:
        case Place::responses:
            ++responses_;
            open(Place::response);
            return true;
        case Place::response:
            open(here.key == "data" ? Place::data : Place::ignored);
            return true;
        case Place::result:
            labels_.clear();
            samples_.clear();
            open(Place::series);
            return true;
        case Place::series:
            open(here.key == "metric" ? Place::metric : Place::ignored);
            return true;
        case Place::values:
        case Place::sample:
        case Place::metric:
            open(Place::ignored);
            return expected(here.place == Place::metric ? "labels with strings"
                                                        : "[seconds, \"value\"]");
        default:
            open(Place::ignored);
            return true;
    }
}

bool ResponseReader::end_object() {
    const Place ended = stack_.back().place;
    close();
    return ended == Place::series ? end_series() : true;
}

bool ResponseReader::start_array(std::size_t /*size*/) {
    const Open& here = stack_.back();
    switch (here.place) {
        case Place::file:
            open(Place::responses);
            return true;
        case Place::data:
            open(here.key == "result" ? Place::result : Place::ignored);
            return true;
        case Place::series:
            open(here.key == "values" ? Place::values : Place::ignored);
            return true;
        case Place::values:
            open(Place::sample);
            return true;
        case Place::result:
        case Place::sample:
        case Place::metric:
            open(Place::ignored);
            return expected(here.place == Place::result ? "a series with 'metric' and 'values'"
                                                        : "[seconds, \"value\"]");
        default:
            open(Place::ignored);
            return true;
    }
}

bool ResponseReader::end_array() {
    const Open ended = stack_.back();
    close();
    return ended.place != Place::sample || ended.count == 2 || expected("[seconds, \"value\"]");
}

/// The key, or nothing after a complaint or a warning.
std::optional<SeriesKey> ResponseReader::key_of_series() {
    const std::string* name = label("__name__");
    if (name == nullptr) {
        complain("unnamed-series",
                 "this series has no __name__: query the metric itself, without functions or sums");
        return std::nullopt;
    }
    // The HPA's view of what is desired, by KEDA's name for it.
    if (*name == "kube_horizontalpodautoscaler_status_desired_replicas") {
        const std::string* hpa = label("horizontalpodautoscaler");
        return SeriesKey{Quantity::desired_replicas, hpa != nullptr ? "hpa/" + *hpa : "hpa/", "",
                         -1};
    }
    const auto* meaning = std::ranges::find(metric_meanings, *name, &MetricMeaning::metric);
    if (meaning == metric_meanings.end()) {
        if (unknown_.emplace(*name, true).second) {
            complain("unknown-metric",
                     fmt::format("'{}' is not used; docs/calibrate.md lists the "
                                 "metrics that are",
                                 *name),
                     Severity::warning);
        }
        return std::nullopt;
    }
    SeriesKey key{meaning->quantity, "", "", -1};
    for (const auto& [wanted, text] :
         {std::pair{meaning->owner, &key.owner}, std::pair{meaning->topic, &key.topic}}) {
        if (!wanted.empty() && label(wanted) == nullptr) {
            complain("missing-label", fmt::format("{} has no label '{}' here", *name, wanted));
            return std::nullopt;
        }
        *text = wanted.empty() ? "" : *label(wanted);
    }
    if (!meaning->partition.empty()) {
        const std::string* partition = label(meaning->partition);
        const char* end = partition == nullptr ? nullptr : partition->data() + partition->size();
        if (partition == nullptr ||
            std::from_chars(partition->data(), end, key.partition).ptr != end ||
            partition->empty() || key.partition < 0) {
            complain("missing-label", fmt::format("{} has no partition number in '{}' here", *name,
                                                  meaning->partition));
            return std::nullopt;
        }
    }
    return key;
}

bool ResponseReader::end_series() {
    if (const auto key = key_of_series()) {
        std::vector<Sample>& all = into_.series[*key];
        all.insert(all.end(), samples_.begin(), samples_.end());
    }
    return !stopped_;
}

}  // namespace

std::vector<Diagnostic> read_prometheus_json(const std::string& text, const std::string& file,
                                             RawRecording& into) {
    return ResponseReader(text, file, into).read();
}

}  // namespace lagsim::sim
