# What `cmake --install` puts where. Two components: `runtime` (the program, its pages, completions
# and scenarios) and `development` (libraries, headers, find_package(lagsim)).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# ---- runtime
install(TARGETS lagsim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/lagsim
  COMPONENT runtime)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright
  COMPONENT runtime)

# Made by running the program, so not when it is built for another machine.
if(NOT CMAKE_CROSSCOMPILING)
  set(shell_files ${CMAKE_BINARY_DIR}/completions)
  file(MAKE_DIRECTORY ${shell_files})
  set(completions)
  foreach(pair "bash;lagsim;bash-completion/completions" "zsh;_lagsim;zsh/site-functions"
      "fish;lagsim.fish;fish/vendor_completions.d")
    list(GET pair 0 shell)
    list(GET pair 1 name)
    list(GET pair 2 folder)
    set(made ${shell_files}/${shell}/${name})
    file(MAKE_DIRECTORY ${shell_files}/${shell})
    add_custom_command(OUTPUT ${made} DEPENDS lagsim VERBATIM
      COMMAND lagsim completion ${shell} > ${made})
    list(APPEND completions ${made})
    install(FILES ${made} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder} COMPONENT runtime)
  endforeach()
  add_custom_target(lagsim_completions ALL DEPENDS ${completions})

  find_program(LAGSIM_HELP2MAN help2man)
  if(LAGSIM_HELP2MAN)
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/man/lagsim.1
      DEPENDS lagsim ${PROJECT_SOURCE_DIR}/cmake/make_man_pages.cmake VERBATIM
      COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:lagsim> -DHELP2MAN=${LAGSIM_HELP2MAN}
        -DVERSION=${PROJECT_VERSION} -DFOLDER=${CMAKE_BINARY_DIR}/man
        -P ${PROJECT_SOURCE_DIR}/cmake/make_man_pages.cmake)
    add_custom_target(lagsim_man_pages ALL DEPENDS ${CMAKE_BINARY_DIR}/man/lagsim.1)
    install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
      COMPONENT runtime FILES_MATCHING PATTERN "*.1")
  else()
    message(STATUS "help2man is missing: no man pages")
  endif()
endif()

# ---- development
# One export a layer: who takes the decisions alone needs neither HDF5 nor yaml-cpp.
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/lagsim)
foreach(layer core models sim)
  set_target_properties(lagsim_${layer} PROPERTIES EXPORT_NAME ${layer})
  install(TARGETS lagsim_${layer} EXPORT lagsim_${layer}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    # Headers include each other as "core/time.h", so that this folder is the root.
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lagsim COMPONENT development)
  install(EXPORT lagsim_${layer} NAMESPACE lagsim:: FILE lagsim-${layer}.cmake
    DESTINATION ${package_folder} COMPONENT development)
endforeach()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/lagsimConfig.cmake.in
  ${CMAKE_BINARY_DIR}/lagsimConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/lagsimConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/lagsimConfig.cmake ${CMAKE_BINARY_DIR}/lagsimConfigVersion.cmake
  DESTINATION ${package_folder} COMPONENT development)

# ---- cpack -G DEB: lagsim and lagsim-dev
set(CPACK_PACKAGE_NAME lagsim)
set(CPACK_PACKAGE_VENDOR lagsim)
set(CPACK_PACKAGE_CONTACT "The lagsim authors <lagsim@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Simulates a Kafka consumer group that KEDA and the HPA scale")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME lagsim)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME lagsim-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
# For lagsim::sim; lagsim::core needs none of them.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libhwy-dev, libhdf5-dev, libyaml-cpp-dev, libfmt-dev, nlohmann-json3-dev, libeigen3-dev")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
