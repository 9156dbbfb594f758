# The representative mutants of the scaling core; `mutate.py --all` runs every one.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND AND TARGET core_tests)
  add_test(NAME mutations.scaling
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/mutate.py --build ${CMAKE_BINARY_DIR} --jobs 2)
  set_tests_properties(mutations.scaling PROPERTIES TIMEOUT 600 PROCESSORS 2 LABELS slow)
endif()
