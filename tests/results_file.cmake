# Result files as their readers see them: Debian's xarray and friends.
find_program(LAGSIM_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
execute_process(COMMAND ${LAGSIM_PYTHON} -c "import h5netcdf, h5py, netCDF4, xarray"
  RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
if(missing)
  message(STATUS "results_file tests left out: apt install python3-xarray python3-h5netcdf "
                 "python3-netcdf4 python3-h5py")
  return()
endif()

foreach(subject Engines Contract Types Axes Ledger Decisions Identical)
  string(TOLOWER ${subject} name)
  add_test(NAME results_file.${name}
    COMMAND ${LAGSIM_PYTHON} ${PROJECT_SOURCE_DIR}/tests/results_file/result_file_test.py ${subject})
endforeach()
set_tests_properties(
  results_file.engines results_file.contract results_file.types results_file.axes
  results_file.ledger results_file.decisions results_file.identical
  PROPERTIES TIMEOUT 300
    ENVIRONMENT "LAGSIM=$<TARGET_FILE:lagsim>;PYTHONDONTWRITEBYTECODE=1")
