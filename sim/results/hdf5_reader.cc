#include "sim/results/hdf5_reader.h"

#include <functional>
#include <numeric>
#include <sstream>
#include <stdexcept>

namespace lagsim::sim::hdf5 {
namespace {

std::size_t count_of(const H5::DataSet& dataset) {
    return static_cast<std::size_t>(dataset.getSpace().getSimpleExtentNpoints());
}

std::string read_text(const H5::Attribute& attribute) {
    std::string text;
    attribute.read(attribute.getStrType(), text);
    // Null-padded texts come with their padding.
    return text.substr(0, text.find('\0'));
}

}  // namespace

Reader::Reader(const std::string& path) : file_(path, H5F_ACC_RDONLY) {}

bool Reader::has(const std::string& name) const {
    // nameExists asks for one link; its parents must exist, too.
    for (std::size_t slash = name.find('/', 1); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
        if (!file_.nameExists(name.substr(0, slash))) {
            return false;
        }
    }
    return file_.nameExists(name);
}

template <class T>
std::vector<T> Reader::values(const std::string& name, const H5::DataType& type) const {
    const H5::DataSet dataset = file_.openDataSet(name);
    std::vector<T> all(count_of(dataset));
    if (!all.empty()) {
        dataset.read(all.data(), type);
    }
    return all;
}

template <class T>
std::vector<T> Reader::rows(const std::string& name, const H5::DataType& type, hsize_t first,
                            hsize_t count) const {
    const H5::DataSet dataset = file_.openDataSet(name);
    const H5::DataSpace space = dataset.getSpace();
    std::vector<hsize_t> extents(static_cast<std::size_t>(space.getSimpleExtentNdims()));
    space.getSimpleExtentDims(extents.data());
    if (extents.empty() || first > extents[0] || count > extents[0] - first) {
        throw std::out_of_range(name + " is shorter than its axis");
    }
    extents[0] = count;
    const hsize_t size =
        std::accumulate(extents.begin(), extents.end(), hsize_t{1}, std::multiplies<>());
    std::vector<T> values(size);
    if (size > 0) {
        std::vector<hsize_t> start(extents.size(), 0);
        start[0] = first;
        space.selectHyperslab(H5S_SELECT_SET, extents.data(), start.data());
        dataset.read(values.data(), type, H5::DataSpace(1, &size), space);
    }
    return values;
}

std::vector<std::int64_t> Reader::integers(const std::string& name, hsize_t first,
                                           hsize_t count) const {
    return rows<std::int64_t>(name, H5::PredType::NATIVE_INT64, first, count);
}
std::vector<double> Reader::numbers(const std::string& name, hsize_t first, hsize_t count) const {
    return rows<double>(name, H5::PredType::NATIVE_DOUBLE, first, count);
}
std::vector<std::int64_t> Reader::integers(const std::string& name) const {
    return values<std::int64_t>(name, H5::PredType::NATIVE_INT64);
}
std::vector<std::uint64_t> Reader::unsigned_integers(const std::string& name) const {
    return values<std::uint64_t>(name, H5::PredType::NATIVE_UINT64);
}
std::vector<double> Reader::numbers(const std::string& name) const {
    return values<double>(name, H5::PredType::NATIVE_DOUBLE);
}

std::vector<std::string> Reader::texts(const std::string& name) const {
    const H5::DataSet dataset = file_.openDataSet(name);
    std::vector<char*> pointers(count_of(dataset), nullptr);
    std::vector<std::string> all;
    if (pointers.empty()) {
        return all;
    }
    const H5::StrType type = dataset.getStrType();
    dataset.read(pointers.data(), type);
    for (const char* pointer : pointers) {
        all.emplace_back(pointer != nullptr ? pointer : "");
    }
    H5Dvlen_reclaim(type.getId(), dataset.getSpace().getId(), H5P_DEFAULT, pointers.data());
    return all;
}

std::vector<hsize_t> Reader::shape(const std::string& name) const {
    const H5::DataSpace space = file_.openDataSet(name).getSpace();
    std::vector<hsize_t> extents(static_cast<std::size_t>(space.getSimpleExtentNdims()));
    space.getSimpleExtentDims(extents.data());
    return extents;
}

std::vector<std::string> Reader::meanings(const std::string& name) const {
    std::istringstream words(read_text(file_.openDataSet(name).openAttribute("flag_meanings")));
    std::vector<std::string> all;
    for (std::string word; words >> word;) {
        all.push_back(word);
    }
    return all;
}

std::string Reader::text_attribute(const std::string& object, const std::string& name,
                                   const std::string& fallback) const {
    const H5::Group group = file_.openGroup(object);
    return group.attrExists(name) ? read_text(group.openAttribute(name)) : fallback;
}

std::int64_t Reader::integer_attribute(const std::string& object, const std::string& name,
                                       std::int64_t fallback) const {
    const H5::Group group = file_.openGroup(object);
    std::int64_t value = fallback;
    if (group.attrExists(name)) {
        group.openAttribute(name).read(H5::PredType::NATIVE_INT64, &value);
    }
    return value;
}

}  // namespace lagsim::sim::hdf5
