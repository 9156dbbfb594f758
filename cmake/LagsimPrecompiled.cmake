# Headers that nearly every file of the upper layers reads anyway, read once: more than half of a
# compilation is reading them. Files still include what they use: the `clang` stage of script/test,
# and whoever switches this off, builds without.
option(LAGSIM_PRECOMPILED_HEADERS "Read the common headers once a target" OFF)

function(lagsim_precompile target)
  if(LAGSIM_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <cstdint> <expected> <filesystem>
      <fstream> <functional> <map> <memory> <optional> <random> <set> <span> <sstream> <string> <string_view>
      <unordered_map> <utility> <variant> <vector> ${ARGN})
    # GCC 12 forgets that a precompiled header is the system's and then sees overflows in string + char*.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)
  endif()
endfunction()
