#include "production/worker/work_handler.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include "production/worker/durations.h"

namespace lagsim::production {

namespace {

/// Calls `take` with each non-empty piece of `text` between separators.
template <class Take>
void for_each_word(std::string_view text, std::string_view separators, Take take) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) {
            take(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// The rest of a word behind `key`, if it begins so.
std::optional<std::string_view> value_of(std::string_view word, std::string_view key) {
    if (!word.starts_with(key)) {
        return std::nullopt;
    }
    return word.substr(key.size());
}

std::optional<double> parse_probability(std::string_view text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc{} || (rest != "" && rest != "%")) {
        return std::nullopt;
    }
    value /= rest == "%" ? 100.0 : 1.0;
    return value >= 0.0 && value <= 1.0 ? std::optional(value) : std::nullopt;
}

/// Uniform in [0, 1): splitmix64's mixing (public domain, S. Vigna) of a record's coordinates.
double luck(std::int32_t partition, std::int64_t offset, std::int64_t attempt) {
    std::uint64_t x = static_cast<std::uint64_t>(offset) * 0x9E3779B97F4A7C15U +
                      static_cast<std::uint64_t>(attempt) * 0xD1B54A32D192ED03U +
                      static_cast<std::uint64_t>(partition);
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    x ^= x >> 31U;
    return static_cast<double>(x >> 11U) * 0x1p-53;
}

}  // namespace

std::expected<WorkSettings, std::string> parse_work(std::string_view text) {
    WorkSettings settings;
    std::string wrong;
    for_each_word(text, ",", [&](std::string_view word) {
        const auto transient = value_of(word, "transient=");
        const auto poison = value_of(word, "poison=");
        const auto probability = parse_probability(transient ? *transient : poison.value_or(""));
        if ((transient || poison) && probability) {
            (transient ? settings.transient : settings.poison) = *probability;
        } else if (const auto work = parse_duration(word)) {
            settings.work = *work;
        } else {
            wrong += (wrong.empty() ? "'" : ", '") + std::string(word) + "'";
        }
    });
    if (!wrong.empty()) {
        return std::unexpected("cannot read " + wrong +
                               "; expected a duration, transient=P or poison=P, as in "
                               "work:5ms,transient=1%");
    }
    return settings;
}

Instruction parse_instruction(std::string_view value) {
    Instruction instruction;
    for_each_word(value, " \t\r\n", [&](std::string_view word) {
        if (const auto work = value_of(word, "work=")) {
            instruction.work = parse_duration(*work);
        } else if (const auto fail = value_of(word, "fail=")) {
            std::from_chars(fail->data(), fail->data() + fail->size(), instruction.fail);
        } else if (word == "poison") {
            instruction.poison = true;
        }
    });
    return instruction;
}

std::expected<void, std::string> WorkHandler::handle(const RecordView& record) {
    const Instruction instruction = parse_instruction(record.value.value_or(""));
    const core::Duration work = instruction.work.value_or(settings_.work);
    if (work > core::Duration{0}) {
        std::this_thread::sleep_for(work);
    }
    if (instruction.poison || luck(record.partition, record.offset, 0) < settings_.poison) {
        return std::unexpected("poison");
    }
    if (record.attempt <= instruction.fail) {
        return std::unexpected("told to fail");
    }
    if (luck(record.partition, record.offset, record.attempt) < settings_.transient) {
        return std::unexpected("transient");
    }
    return {};
}

}  // namespace lagsim::production
