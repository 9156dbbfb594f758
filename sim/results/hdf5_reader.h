/// Columns out of a result file. Everything here throws H5::Exception; result_reader.cc turns that
/// into text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <H5Cpp.h>

namespace lagsim::sim::hdf5 {

class Reader {
  public:
    explicit Reader(const std::string& path);

    /// Is there such a group or variable?
    [[nodiscard]] bool has(const std::string& name) const;
    /// All values of a variable in storage order, converted.
    [[nodiscard]] std::vector<std::int64_t> integers(const std::string& name) const;
    /// Rows first .. first+count-1 along the first axis; throws std::out_of_range beyond its end.
    [[nodiscard]] std::vector<std::int64_t> integers(const std::string& name, hsize_t first,
                                                     hsize_t count) const;
    [[nodiscard]] std::vector<double> numbers(const std::string& name, hsize_t first,
                                              hsize_t count) const;
    [[nodiscard]] std::vector<std::uint64_t> unsigned_integers(const std::string& name) const;
    [[nodiscard]] std::vector<double> numbers(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> texts(const std::string& name) const;
    [[nodiscard]] std::vector<hsize_t> shape(const std::string& name) const;
    /// flag_meanings of a variable, split at the blanks.
    [[nodiscard]] std::vector<std::string> meanings(const std::string& name) const;

    /// Attributes; `object` is "/" or a group's name. Absent = the fallback.
    [[nodiscard]] std::string text_attribute(const std::string& object, const std::string& name,
                                             const std::string& fallback) const;
    [[nodiscard]] std::int64_t integer_attribute(const std::string& object, const std::string& name,
                                                 std::int64_t fallback) const;

  private:
    template <class T>
    [[nodiscard]] std::vector<T> values(const std::string& name, const H5::DataType& type) const;
    template <class T>
    [[nodiscard]] std::vector<T> rows(const std::string& name, const H5::DataType& type,
                                      hsize_t first, hsize_t count) const;
    H5::H5File file_;
};

}  // namespace lagsim::sim::hdf5
