/// Columns in, netCDF-4 compatible HDF5 out: the rules of docs/results-file.md, kept in one place.
///
/// - every axis of every variable has a dimension scale in the variable's own group, of its name;
/// - integers, doubles and variable-length UTF-8 strings only: netCDF-C 4.9 crashes on fixed-length
///   string variables and silently hides enums and compounds;
/// - creation order tracked, object times not, so that two runs give the same bytes.
///
/// Everything here throws H5::Exception; result_file.cc, which owns the file, turns that into text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <H5Cpp.h>

namespace lagsim::sim::hdf5 {

enum class ColumnType : std::uint8_t { u8, i32, i64, u64, f64, text };

/// Values of a small set, as CF's flag_values and flag_meanings; meanings hold no blanks.
struct Flags {
    std::span<const char* const> meanings;  ///< meaning of 0, 1, 2 ...
};

struct Description {
    std::string units;  ///< "s", "1", "s-1"; never a plural word: xarray would make it a timedelta
    std::string long_name;
    Flags flags{};
};

/// A variable, or the values of an axis. Rows are appended along the first axis.
class Column {
  public:
    Column() = default;

    template <class T>
    void append(std::span<const T> values, std::span<const hsize_t> rest = {}) {
        append_raw(values.data(), values.size(), rest);
    }
    template <class T>
    void append(const std::vector<T>& values, std::span<const hsize_t> rest = {}) {
        append_raw(values.data(), values.size(), rest);
    }
    template <class T>
    void append_one(const T& value) {
        append_raw(&value, 1, {});
    }
    void append_text(std::span<const std::string> values);
    [[nodiscard]] hsize_t rows() const { return size_.empty() ? 0 : size_[0]; }
    [[nodiscard]] const H5::DataSet& dataset() const { return dataset_; }
    void set_attribute(const std::string& name, const std::string& value) const;

  private:
    friend class Group;
    /// `rest`: extents of the axes after the first; empty = as they are. A growing axis after the
    /// first becomes as long as the longest row.
    void append_raw(const void* values, std::size_t count, std::span<const hsize_t> rest);

    H5::DataSet dataset_;
    ColumnType type_ = ColumnType::i64;
    std::vector<hsize_t> size_;
};

/// A dimension: how long it is and whether it grows. Its values are a column of the same name.
struct Axis {
    std::string name;
    hsize_t size = 0;      ///< now; the first chunk's worth for a growing one is allocated lazily
    bool growing = false;  ///< HDF5 unlimited: replications, events
    hsize_t usual = 1024;  ///< a growing one's length in mind: a chunk is written and packed whole,
                           ///< however few rows it holds
};

class Group {
  public:
    /// Creates `name` below `parent`.
    Group(H5::H5File& file, const std::string& name);

    /// The values of a new axis; append them before the file is finished.
    Column axis(const Axis& axis, ColumnType type, const Description& description);
    /// `axes` by name, slowest first; each created before by `axis`.
    Column variable(const std::string& name, ColumnType type, const std::vector<std::string>& axes,
                    const Description& description);
    /// A single text, however long (attributes end at 64 KiB).
    void text(const std::string& name, const std::string& value, const std::string& long_name);

    void set_attribute(const std::string& name, const std::string& value) const;
    void set_attribute(const std::string& name, std::int32_t value) const;
    void set_attribute(const std::string& name, std::uint64_t value) const;

  private:
    struct Scale {
        Axis axis;
        H5::DataSet dataset;
    };
    [[nodiscard]] const Scale& scale(const std::string& name) const;
    Column create(const std::string& name, ColumnType type, const std::vector<Axis>& axes,
                  const Description& description);

    H5::Group group_;
    std::vector<Scale> scales_;
};

/// New file at `path` (truncated if it exists), written through hdf5_driver.h: ask `write_error`
/// after writing.
[[nodiscard]] H5::H5File create_file(const std::string& path);
void set_attribute(const H5::H5Object& object, const std::string& name, const std::string& value);
void set_attribute(const H5::H5Object& object, const std::string& name, std::int32_t value);
void set_attribute(const H5::H5Object& object, const std::string& name, std::uint64_t value);

/// From here on this thread's library errors are kept for `error_text` instead of printed.
void record_errors();
/// The first error since the last call, in the operating system's words where there are any
/// ("No space left on device").
[[nodiscard]] std::string error_text(const H5::Exception& error);

}  // namespace lagsim::sim::hdf5
