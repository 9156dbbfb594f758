/// An HDF5 file driver whose writes never fail in HDF5's eyes.
///
/// HDF5 1.10 does not survive a write that fails (disk full, file size limit): closing the datasets
/// and the file fails in turn, H5Cpp complains on stderr, and the library crashes over what it
/// still holds. So this driver keeps the first error to itself, drops what comes after it, and lets
/// the caller ask; the library always closes in peace. Otherwise it is HDF5's own POSIX driver in
/// small.
#pragma once

#include <H5Cpp.h>

namespace lagsim::sim::hdf5 {

/// Makes files opened with `access` use the driver. The file is locked against other writers before
/// it is truncated.
void use_dropping_driver(H5::FileAccPropList& access);

/// errno of the first write that failed; 0 = none. `file` was opened with the driver.
[[nodiscard]] int write_error(const H5::H5File& file);

/// Drops all further writes.
void drop_writes(const H5::H5File& file);

}  // namespace lagsim::sim::hdf5
