# The Python package and the notebooks: lint, types and tests, in an environment of their own.
# Its packages are PyPI's, pinned; the first run installs them, which takes most of its time.
add_test(NAME python.package
  COMMAND ${PROJECT_SOURCE_DIR}/script/python $<TARGET_FILE:lagsim> ${CMAKE_BINARY_DIR}/python)
set_tests_properties(python.package PROPERTIES TIMEOUT 900 PROCESSORS 2)
