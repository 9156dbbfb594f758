/// Opening a result file to read, and saying in words what is wrong with it.
#pragma once

#include <exception>
#include <expected>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "sim/results/hdf5_reader.h"
#include "sim/results/hdf5_writer.h"

namespace lagsim::sim::hdf5 {

/// Runs `work`, which calls HDF5, and says what is wrong with the file if it throws.
template <class Result, class Work>
std::expected<Result, std::string> reading(const std::string& path, Work work) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return std::unexpected(fmt::format("cannot read {}: there is no such file", path));
    }
    if (std::filesystem::is_directory(path, error)) {
        return std::unexpected(fmt::format("cannot read {}: it is a directory", path));
    }
    record_errors();
    try {
        const Reader reader(path);
        if (reader.text_attribute("/", "lagsim_filetype", "") != "results") {
            return std::unexpected(
                fmt::format("cannot read {}: it is HDF5, but no result file of lagsim", path));
        }
        return work(reader);
    } catch (const H5::FileIException& failure) {
        return std::unexpected(fmt::format("cannot read {}: it is no HDF5 file, or damaged ({})",
                                           path, error_text(failure)));
    } catch (const H5::Exception& failure) {
        return std::unexpected(
            fmt::format("cannot read {}: damaged ({})", path, error_text(failure)));
    } catch (const std::exception& failure) {
        return std::unexpected(fmt::format("cannot read {}: {}", path, failure.what()));
    }
}

/// Names of the file's consumer groups, in the order of `group_index`.
[[nodiscard]] inline std::vector<std::string> group_names(const Reader& reader) {
    if (reader.has("/timeseries/consumer_group")) {
        return reader.texts("/timeseries/consumer_group");
    }
    return {reader.text_attribute("/timeseries", "consumer_group", "")};
}

}  // namespace lagsim::sim::hdf5
