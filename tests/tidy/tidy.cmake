# The rules of the house as tests: ctest -R tidy. Each prints file:line and what to do instead.
find_program(LAGSIM_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

foreach(rule layers libraries purity headers lonely_headers core_alone format functions
        left_over_words suppressions links titles contents notebooks scenarios scripts)
  add_test(NAME tidy.${rule}
    COMMAND ${LAGSIM_PYTHON} ${PROJECT_SOURCE_DIR}/tests/tidy/tidy.py ${rule}
            --compiler ${CMAKE_CXX_COMPILER})
  set_tests_properties(tidy.${rule} PROPERTIES LABELS tidy TIMEOUT 600)
endforeach()

add_test(NAME tidy.rules_find_planted_faults
  COMMAND ${LAGSIM_PYTHON} ${PROJECT_SOURCE_DIR}/tests/tidy/self_test.py)
set_tests_properties(tidy.rules_find_planted_faults PROPERTIES LABELS tidy TIMEOUT 600)

# One build against itself here; script/test compares GCC's with Clang's.
add_test(NAME determinism.one_fingerprint
  COMMAND ${LAGSIM_PYTHON} ${PROJECT_SOURCE_DIR}/tests/determinism/fingerprints.py
          $<TARGET_FILE:lagsim>)
set_tests_properties(determinism.one_fingerprint PROPERTIES TIMEOUT 900)
