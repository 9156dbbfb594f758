# The report in a real browser: Debian's chromium, driven by its chromedriver over python3-selenium.
execute_process(COMMAND ${LAGSIM_PYTHON} -c "import selenium" RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
if(missing OR NOT EXISTS /usr/bin/chromium OR NOT EXISTS /usr/bin/chromedriver)
  message(STATUS "report test left out: apt install chromium chromium-driver python3-selenium")
  return()
endif()
add_test(NAME report.browser
  COMMAND ${LAGSIM_PYTHON} ${PROJECT_SOURCE_DIR}/tests/report/page_in_browser_test.py)
set_tests_properties(report.browser PROPERTIES TIMEOUT 120
  ENVIRONMENT "LAGSIM=$<TARGET_FILE:lagsim>;PYTHONDONTWRITEBYTECODE=1")
