# The page of `lagsim report`: its fixed parts become a source of lagsim_sim when it is built.
file(GLOB report_assets CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/assets/* ${CMAKE_CURRENT_LIST_DIR}/vendor/uplot/*)
set(embedded ${CMAKE_CURRENT_BINARY_DIR}/report/assets.cc)
add_custom_command(OUTPUT ${embedded} VERBATIM
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/embed_assets.cmake ${report_assets}
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_CURRENT_LIST_DIR} -DOUTPUT=${embedded}
    -P ${CMAKE_CURRENT_LIST_DIR}/embed_assets.cmake)
target_sources(lagsim_sim PRIVATE ${embedded})
