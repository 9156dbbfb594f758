#include "sim/results/hdf5_writer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <H5DSpublic.h>

#include "sim/results/hdf5_driver.h"

namespace lagsim::sim::hdf5 {
namespace {

constexpr hsize_t values_a_chunk = 4096;  ///< 32 KiB of doubles; the chunk cache holds 1 MiB
constexpr int deflate_level = 1;

H5::StrType text_type() {
    H5::StrType type(H5::PredType::C_S1, H5T_VARIABLE);
    type.setCset(H5T_CSET_UTF8);
    return type;
}

H5::DataType stored_type(ColumnType type) {
    switch (type) {
        case ColumnType::u8:
            return H5::PredType::STD_U8LE;
        case ColumnType::i32:
            return H5::PredType::STD_I32LE;
        case ColumnType::i64:
            return H5::PredType::STD_I64LE;
        case ColumnType::u64:
            return H5::PredType::STD_U64LE;
        case ColumnType::f64:
            return H5::PredType::IEEE_F64LE;
        case ColumnType::text:
            break;
    }
    return text_type();
}

H5::DataType memory_type(ColumnType type) {
    switch (type) {
        case ColumnType::u8:
            return H5::PredType::NATIVE_UINT8;
        case ColumnType::i32:
            return H5::PredType::NATIVE_INT32;
        case ColumnType::i64:
            return H5::PredType::NATIVE_INT64;
        case ColumnType::u64:
            return H5::PredType::NATIVE_UINT64;
        case ColumnType::f64:
            return H5::PredType::NATIVE_DOUBLE;
        case ColumnType::text:
            break;
    }
    return text_type();
}

/// Texts are converted in a buffer that is cleared whole for each write, and 1 MiB unless told.
H5::DSetMemXferPropList transfer_of(ColumnType type) {
    constexpr std::size_t enough = std::size_t{16} << 10;  // 1,024 texts at a time
    H5::DSetMemXferPropList transfer;
    if (type == ColumnType::text) {
        transfer.setBuffer(enough, nullptr, nullptr);
    }
    return transfer;
}

void check(herr_t status, const char* function) {
    if (status < 0) {
        throw H5::DataSetIException(function, "failed");
    }
}

/// The last axis goes into the chunk first, then the one before it, until the chunk is full. A
/// growing first axis of a table is a replication: one replication's rows share no chunk with the
/// next one's.
std::vector<hsize_t> chunk_of(const std::vector<Axis>& axes) {
    std::vector<hsize_t> chunk(axes.size(), 1);
    hsize_t left = values_a_chunk;
    for (std::size_t i = axes.size(); i-- > 0;) {
        if (i == 0 && axes.size() > 1 && axes[0].growing) {
            break;
        }
        const hsize_t wanted = axes[i].growing ? axes[i].usual : std::max<hsize_t>(1, axes[i].size);
        chunk[i] = std::clamp<hsize_t>(left, 1, wanted);
        left = std::max<hsize_t>(1, left / chunk[i]);
    }
    return chunk;
}

H5::DSetCreatPropList creation_properties(const std::vector<Axis>& axes) {
    H5::DSetCreatPropList properties;
    check(H5Pset_obj_track_times(properties.getId(), false), "H5Pset_obj_track_times");
    check(H5Pset_attr_creation_order(properties.getId(),
                                     H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
          "H5Pset_attr_creation_order");
    if (!axes.empty()) {
        const std::vector<hsize_t> chunk = chunk_of(axes);
        properties.setChunk(static_cast<int>(chunk.size()), chunk.data());
        properties.setShuffle();
        properties.setDeflate(deflate_level);
    }
    return properties;
}

void describe(const H5::DataSet& dataset, const Description& description) {
    if (!description.units.empty()) {
        set_attribute(dataset, "units", description.units);
    }
    set_attribute(dataset, "long_name", description.long_name);
    if (description.flags.meanings.empty()) {
        return;
    }
    std::vector<std::uint8_t> values(description.flags.meanings.size());
    std::iota(values.begin(), values.end(), std::uint8_t{0});
    std::string meanings;
    for (const char* meaning : description.flags.meanings) {
        meanings += meanings.empty() ? "" : " ";
        meanings += meaning;
    }
    const hsize_t count = values.size();
    dataset.createAttribute("flag_values", H5::PredType::STD_U8LE, H5::DataSpace(1, &count))
        .write(H5::PredType::NATIVE_UINT8, values.data());
    set_attribute(dataset, "flag_meanings", meanings);
}

H5::H5File create_with(const std::string& path, hid_t creation, hid_t access) {
    const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access);
    if (id < 0) {
        throw H5::FileIException("H5Fcreate", "failed");
    }
    H5::H5File file;
    file.setId(id);  // takes a reference of its own
    H5Idec_ref(id);
    return file;
}

/// What went wrong first since the last question, in this thread.
std::string& first_error() {
    static thread_local std::string text;
    return text;
}

herr_t add_description(unsigned /*depth*/, const H5E_error2_t* entry, void* text) {
    if (entry->desc != nullptr) {
        static_cast<std::string*>(text)->append(entry->desc).append("\n");
    }
    return 0;
}

/// Called by the library as an API function fails: later the stack is gone, since every destructor
/// on the way to the catch block clears it.
herr_t record_error(hid_t stack, void* /*unused*/) {
    std::string text;
    H5Ewalk2(stack, H5E_WALK_DOWNWARD, add_description, &text);
    if (first_error().empty()) {
        first_error() = std::move(text);
    }
    return 0;
}

}  // namespace

void Column::append_raw(const void* values, std::size_t count, std::span<const hsize_t> rest) {
    std::vector<hsize_t> block = size_;
    std::copy(rest.begin(), rest.end(), block.begin() + 1);
    hsize_t row = 1;
    for (std::size_t i = 1; i < block.size(); ++i) {
        row *= block[i];
    }
    if (count == 0 || row == 0) {
        return;
    }
    block[0] = count / row;
    std::vector<hsize_t> start(size_.size(), 0);
    start[0] = size_[0];
    size_[0] += block[0];
    for (std::size_t i = 1; i < size_.size(); ++i) {
        size_[i] = std::max(size_[i], block[i]);
    }
    dataset_.extend(size_.data());
    H5::DataSpace target = dataset_.getSpace();
    target.selectHyperslab(H5S_SELECT_SET, block.data(), start.data());
    const H5::DataSpace source(static_cast<int>(block.size()), block.data());
    dataset_.write(values, memory_type(type_), source, target, transfer_of(type_));
}

void Column::append_text(std::span<const std::string> values) {
    std::vector<const char*> pointers;
    pointers.reserve(values.size());
    for (const std::string& value : values) {
        pointers.push_back(value.c_str());
    }
    append_raw(pointers.data(), pointers.size(), {});
}

void Column::set_attribute(const std::string& name, const std::string& value) const {
    hdf5::set_attribute(dataset_, name, value);
}

Group::Group(H5::H5File& file, const std::string& name) {
    const hid_t properties = H5Pcreate(H5P_GROUP_CREATE);
    check(H5Pset_obj_track_times(properties, false), "H5Pset_obj_track_times");
    check(H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
          "H5Pset_link_creation_order");
    check(H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
          "H5Pset_attr_creation_order");
    const hid_t id = H5Gcreate2(file.getId(), name.c_str(), H5P_DEFAULT, properties, H5P_DEFAULT);
    H5Pclose(properties);
    if (id < 0) {
        throw H5::GroupIException("H5Gcreate2", "failed");
    }
    group_.setId(id);
    H5Idec_ref(id);
}

Column Group::create(const std::string& name, ColumnType type, const std::vector<Axis>& axes,
                     const Description& description) {
    std::vector<hsize_t> now;
    std::vector<hsize_t> most;
    for (const Axis& axis : axes) {
        now.push_back(axis.growing ? 0 : axis.size);
        most.push_back(axis.growing ? H5S_UNLIMITED : axis.size);
    }
    // Rows are appended, so a fixed first axis starts empty, too, and ends at its size.
    if (!now.empty()) {
        now[0] = 0;
    }
    const H5::DataSpace space(static_cast<int>(now.size()), now.data(), most.data());
    Column column;
    column.dataset_ =
        group_.createDataSet(name, stored_type(type), space, creation_properties(axes));
    column.type_ = type;
    column.size_ = now;
    describe(column.dataset_, description);
    return column;
}

Column Group::axis(const Axis& axis, ColumnType type, const Description& description) {
    Column values = create(axis.name, type, {axis}, description);
    check(H5DSset_scale(values.dataset_.getId(), axis.name.c_str()), "H5DSset_scale");
    scales_.push_back({axis, values.dataset_});
    return values;
}

Column Group::variable(const std::string& name, ColumnType type,
                       const std::vector<std::string>& axes, const Description& description) {
    std::vector<Axis> resolved;
    for (const std::string& axis : axes) {
        resolved.push_back(scale(axis).axis);
    }
    Column column = create(name, type, resolved, description);
    for (std::size_t i = 0; i < axes.size(); ++i) {
        check(H5DSattach_scale(column.dataset_.getId(), scale(axes[i]).dataset.getId(),
                               static_cast<unsigned>(i)),
              "H5DSattach_scale");
    }
    return column;
}

void Group::text(const std::string& name, const std::string& value, const std::string& long_name) {
    const H5::DataSet dataset =
        group_.createDataSet(name, text_type(), H5::DataSpace(), creation_properties({}));
    describe(dataset, {.units = "", .long_name = long_name});
    const char* pointer = value.c_str();
    dataset.write(&pointer, text_type(), H5::DataSpace::ALL, H5::DataSpace::ALL,
                  transfer_of(ColumnType::text));
}

const Group::Scale& Group::scale(const std::string& name) const {
    for (const Scale& candidate : scales_) {
        if (candidate.axis.name == name) {
            return candidate;
        }
    }
    throw H5::DataSetIException("Group::variable", "no axis " + name);
}

void Group::set_attribute(const std::string& name, const std::string& value) const {
    hdf5::set_attribute(group_, name, value);
}
void Group::set_attribute(const std::string& name, std::int32_t value) const {
    hdf5::set_attribute(group_, name, value);
}
void Group::set_attribute(const std::string& name, std::uint64_t value) const {
    hdf5::set_attribute(group_, name, value);
}

H5::H5File create_file(const std::string& path) {
    H5::FileCreatPropList creation;
    constexpr unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    check(H5Pset_obj_track_times(creation.getId(), false), "H5Pset_obj_track_times");
    check(H5Pset_link_creation_order(creation.getId(), order), "H5Pset_link_creation_order");
    check(H5Pset_attr_creation_order(creation.getId(), order), "H5Pset_attr_creation_order");
    H5::FileAccPropList access;
    // V18, not latest: latest marks the file as open for writing, and a crash would leave that
    // mark.
    access.setLibverBounds(H5F_LIBVER_V18, H5F_LIBVER_V18);
    use_dropping_driver(access);
    return create_with(path, creation.getId(), access.getId());
}

void set_attribute(const H5::H5Object& object, const std::string& name, const std::string& value) {
    // Fixed-length, as netCDF-C itself writes them; at least one byte, which HDF5 demands.
    H5::StrType type(H5::PredType::C_S1, std::max<std::size_t>(1, value.size()));
    type.setCset(H5T_CSET_UTF8);
    type.setStrpad(H5T_STR_NULLPAD);
    object.createAttribute(name, type, H5::DataSpace()).write(type, value.c_str());
}

void set_attribute(const H5::H5Object& object, const std::string& name, std::int32_t value) {
    object.createAttribute(name, H5::PredType::STD_I32LE, H5::DataSpace())
        .write(H5::PredType::NATIVE_INT32, &value);
}

void set_attribute(const H5::H5Object& object, const std::string& name, std::uint64_t value) {
    object.createAttribute(name, H5::PredType::STD_U64LE, H5::DataSpace())
        .write(H5::PredType::NATIVE_UINT64, &value);
}

std::string error_text(const H5::Exception& error) {
    const std::string all = std::exchange(first_error(), std::string());
    // The file driver writes "..., error message = 'No space left on device', ...".
    constexpr std::string_view marker = "error message = '";
    if (const std::size_t found = all.find(marker); found != std::string::npos) {
        const std::size_t begin = found + marker.size();
        return all.substr(begin, all.find('\'', begin) - begin);
    }
    const std::size_t end = all.find_last_not_of('\n');
    if (end == std::string::npos) {
        return error.getDetailMsg();
    }
    const std::size_t line = all.rfind('\n', end);
    return all.substr(line == std::string::npos ? 0 : line + 1, end - line);
}

void record_errors() {
    first_error().clear();
    H5Eset_auto2(H5E_DEFAULT, record_error, nullptr);
}

}  // namespace lagsim::sim::hdf5
