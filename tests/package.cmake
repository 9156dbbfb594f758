# What is installed and packaged, used as others use it.
find_program(LAGSIM_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
add_test(NAME package
  COMMAND ${LAGSIM_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/package/package.py ${CMAKE_BINARY_DIR}
          ${PROJECT_VERSION})
set_tests_properties(package PROPERTIES TIMEOUT 600)
