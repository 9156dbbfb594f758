# A layer = one library of every .cc below its folder, its headers verified to be self-contained.

function(lagsim_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast
    -Wnon-virtual-dtor -Wimplicit-fallthrough)
endfunction()

function(lagsim_layer name)
  cmake_parse_arguments(layer "" "" "DEPENDS;LIBRARIES;EXCLUDE" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cc)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${folder}/*.h)
  foreach(excluded IN LISTS layer_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "^${folder}/${excluded}/")
    list(FILTER headers EXCLUDE REGEX "^${folder}/${excluded}/")
  endforeach()
  add_library(lagsim_${name} STATIC ${sources})
  add_library(lagsim::${name} ALIAS lagsim_${name})
  target_sources(lagsim_${name} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
  target_link_libraries(lagsim_${name} PUBLIC ${layer_DEPENDS} ${layer_LIBRARIES})
  set_target_properties(lagsim_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  lagsim_warnings(lagsim_${name})
endfunction()
