# The regression gate: instructions of the benchmarks' bodies, by callgrind, against
# bench/baselines. Instructions of a debug build say little, so `gate_bench` holds the bodies of all
# layers with the core, the models and the engine compiled as the preset `release` compiles them,
# whatever the build type is. Only the scenario reader, which no body counts, comes from the build
# at hand: compiling it again would take longer than all the rest (libstdc++ allows mixing objects
# with and without its assertions).
set(gate_flags -O2 -g0 -DNDEBUG -U_GLIBCXX_ASSERTIONS -ULAGSIM_DEBUG_CHECKS)

file(GLOB_RECURSE gate_sources CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/core/*.cc ${PROJECT_SOURCE_DIR}/models/*.cc
  ${PROJECT_SOURCE_DIR}/sim/engine/*.cc ${PROJECT_SOURCE_DIR}/sim/ledger/*.cc)
# An object library: its objects come before the archives that hold the other builds of them.
add_library(lagsim_gate OBJECT EXCLUDE_FROM_ALL ${gate_sources}
  ${PROJECT_SOURCE_DIR}/sim/results/latency_buckets.cc
  ${PROJECT_SOURCE_DIR}/sim/results/latency_histogram.cc)
target_link_libraries(lagsim_gate PRIVATE lagsim::sim)
target_compile_options(lagsim_gate PRIVATE ${gate_flags})
lagsim_warnings(lagsim_gate)

lagsim_bench_harness(lagsim_gate_harness)
set_target_properties(lagsim_gate_harness PROPERTIES EXCLUDE_FROM_ALL ON)
target_compile_options(lagsim_gate_harness PRIVATE ${gate_flags})

add_executable(gate_bench EXCLUDE_FROM_ALL core_bench.cc models_bench.cc sim_bench.cc)
target_link_libraries(gate_bench PRIVATE lagsim_gate lagsim_gate_harness lagsim::sim)
target_compile_options(gate_bench PRIVATE ${gate_flags})
lagsim_warnings(gate_bench)

if(LAGSIM_BUILD_TESTS)
  set_target_properties(gate_bench PROPERTIES EXCLUDE_FROM_ALL OFF)
  find_program(LAGSIM_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
  set(gate ${LAGSIM_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/gate.py $<TARGET_FILE:gate_bench>)
  add_test(NAME gate.instructions COMMAND ${gate})
  add_test(NAME gate.finds_a_planted_slowdown COMMAND ${gate} --self-test)
  set_tests_properties(gate.instructions gate.finds_a_planted_slowdown
    PROPERTIES LABELS gate TIMEOUT 300 SKIP_RETURN_CODE 77)
endif()
