# The fast engine equals the reference engine on every shipped scenario; on random ones it is
# tests/sim/engine/engines_agree_test.cc that says so, record by record.
foreach(scenario_file IN LISTS scenario_files)
  get_filename_component(scenario_name ${scenario_file} NAME_WE)
  add_test(NAME engines.${scenario_name}
    COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/engines/agree.sh $<TARGET_FILE:lagsim> ${scenario_file})
  set_tests_properties(engines.${scenario_name} PROPERTIES TIMEOUT 900 LABELS engines)
endforeach()
