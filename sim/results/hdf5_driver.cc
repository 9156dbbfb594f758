#include "sim/results/hdf5_driver.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <H5FDpublic.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lagsim::sim::hdf5 {
namespace {

/// What is known of the file's writes; handed out by get_handle.
struct Status {
    int error = 0;          ///< errno of the first failure
    bool dropping = false;  ///< nothing is written any more
};

/// HDF5 fills the first member and passes its address around.
struct DriverFile {
    H5FD_t common;
    int descriptor;
    haddr_t end_of_allocation;
    haddr_t end_of_file;
    Status status;
};

DriverFile& own(H5FD_t* file) {
    return *reinterpret_cast<DriverFile*>(file);
}
const DriverFile& own(const H5FD_t* file) {
    return *reinterpret_cast<const DriverFile*>(file);
}

/// In the words of HDF5's own driver, which error_text looks for.
void push_error(const char* reason) {
    H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_FILE, H5E_CANTOPENFILE,
             "unable to open file: error message = '%s'", reason);
}

/// Lock first, truncate then: another program may be writing the same name.
int open_locked(const char* name, unsigned flags) {
    constexpr mode_t readable = 0666;
    const int descriptor =
        open(name, O_RDWR | O_CLOEXEC | ((flags & H5F_ACC_CREAT) != 0 ? O_CREAT : 0), readable);
    if (descriptor < 0) {
        push_error(std::strerror(errno));
        return -1;
    }
    // File systems without locks (some NFS) say so by other errors, which are no reason to stop.
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        push_error("another program has it open");
    } else if ((flags & H5F_ACC_TRUNC) != 0 && ftruncate(descriptor, 0) != 0) {
        push_error(std::strerror(errno));
    } else {
        return descriptor;
    }
    close(descriptor);
    return -1;
}

H5FD_t* open_file(const char* name, unsigned flags, hid_t /*access*/, haddr_t /*maxaddr*/) {
    const int descriptor = open_locked(name, flags);
    if (descriptor < 0) {
        return nullptr;
    }
    struct stat about{};
    if (fstat(descriptor, &about) != 0) {
        push_error(std::strerror(errno));
        close(descriptor);
        return nullptr;
    }
    auto file = std::make_unique<DriverFile>();
    file->descriptor = descriptor;
    file->end_of_file = static_cast<haddr_t>(about.st_size);
    return &file.release()->common;
}

herr_t close_file(H5FD_t* file) {
    const std::unique_ptr<DriverFile> owned(&own(file));
    close(owned->descriptor);
    return 0;
}

herr_t query(const H5FD_t* /*file*/, unsigned long* flags) {
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

haddr_t get_eoa(const H5FD_t* file, H5FD_mem_t /*type*/) {
    return own(file).end_of_allocation;
}

herr_t set_eoa(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t address) {
    own(file).end_of_allocation = address;
    return 0;
}

haddr_t get_eof(const H5FD_t* file, H5FD_mem_t /*type*/) {
    return own(file).end_of_file;
}

herr_t get_handle(H5FD_t* file, hid_t /*access*/, void** handle) {
    *handle = &own(file).status;
    return 0;
}

/// What lies beyond the end reads as zeros, as in a file with a hole.
herr_t read_block(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address,
                  std::size_t size, void* buffer) {
    auto* bytes = static_cast<char*>(buffer);
    while (size > 0) {
        const ssize_t got = pread(own(file).descriptor, bytes, size, static_cast<off_t>(address));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            push_error(std::strerror(errno));
            return -1;
        }
        if (got == 0) {
            std::memset(bytes, 0, size);
            return 0;
        }
        bytes += got;
        address += static_cast<haddr_t>(got);
        size -= static_cast<std::size_t>(got);
    }
    return 0;
}

void fail(Status& status) {
    if (!status.dropping) {
        status = {.error = errno, .dropping = true};
    }
}

herr_t write_block(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address,
                   std::size_t size, const void* buffer) {
    DriverFile& self = own(file);
    const auto* bytes = static_cast<const char*>(buffer);
    while (size > 0 && !self.status.dropping) {
        const ssize_t put = pwrite(self.descriptor, bytes, size, static_cast<off_t>(address));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            fail(self.status);
            break;
        }
        bytes += put;
        address += static_cast<haddr_t>(put);
        size -= static_cast<std::size_t>(put);
    }
    self.end_of_file = std::max(self.end_of_file, address + size);
    return 0;
}

herr_t truncate_file(H5FD_t* file, hid_t /*transfer*/, hbool_t /*closing*/) {
    DriverFile& self = own(file);
    if (!self.status.dropping && self.end_of_file != self.end_of_allocation &&
        ftruncate(self.descriptor, static_cast<off_t>(self.end_of_allocation)) != 0) {
        fail(self.status);
    }
    self.end_of_file = self.end_of_allocation;
    return 0;
}

H5FD_class_t driver_class() {
    H5FD_class_t driver{};
    driver.name = "lagsim";
    driver.maxaddr = static_cast<haddr_t>(INT64_MAX);
    driver.fc_degree = H5F_CLOSE_WEAK;
    driver.open = open_file;
    driver.close = close_file;
    driver.query = query;
    driver.get_eoa = get_eoa;
    driver.set_eoa = set_eoa;
    driver.get_eof = get_eof;
    driver.get_handle = get_handle;
    driver.read = read_block;
    driver.write = write_block;
    driver.truncate = truncate_file;
    const H5FD_mem_t map[] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));
    return driver;
}

Status* status_of(const H5::H5File& file) {
    void* handle = nullptr;
    const bool found = H5Fget_vfd_handle(file.getId(), H5P_DEFAULT, &handle) >= 0;
    return found ? static_cast<Status*>(handle) : nullptr;
}

}  // namespace

void use_dropping_driver(H5::FileAccPropList& access) {
    static const H5FD_class_t driver = driver_class();
    static const hid_t id = H5FDregister(&driver);
    if (id < 0 || H5Pset_driver(access.getId(), id, nullptr) < 0) {
        throw H5::PropListIException("H5Pset_driver", "failed");
    }
}

int write_error(const H5::H5File& file) {
    const Status* status = status_of(file);
    return status != nullptr ? status->error : 0;
}

void drop_writes(const H5::H5File& file) {
    if (Status* status = status_of(file); status != nullptr) {
        status->dropping = true;
    }
}

}  // namespace lagsim::sim::hdf5
