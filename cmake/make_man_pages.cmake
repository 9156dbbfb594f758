# cmake -DPROGRAM=... -DHELP2MAN=... -DVERSION=... -DFOLDER=... -P make_man_pages.cmake
# Writes lagsim.1 and lagsim-COMMAND.1 for every command that `lagsim --help` lists, so that the
# pages can say nothing that the program does not say.
execute_process(COMMAND ${PROGRAM} --help OUTPUT_VARIABLE overview COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "Commands:\n(  [^\n]+\n)+" table "${overview}")
if(NOT table)
  message(FATAL_ERROR "${PROGRAM} --help lists no commands")
endif()
string(REPLACE ";" "," table "${table}")
string(REGEX REPLACE "\n" ";" lines "${table}")

function(write_page command page summary)
  execute_process(COMMAND ${HELP2MAN} --no-info --version-string=${VERSION} --name=${summary} ${command}
    OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(TOUPPER ${page} title)
  string(REGEX REPLACE "\n\\.TH [A-Z]+ " "\n.TH ${title} " text "${text}")
  # "lagsim run" is looked up as lagsim-run, as git's pages are.
  string(REGEX REPLACE "\n\\.SH NAME\n[^\n]*\n" "\n.SH NAME\n${page} \\\\- ${summary}\n" text "${text}")
  file(WRITE ${FOLDER}/${page}.1 "${text}")
endfunction()

file(REMOVE_RECURSE ${FOLDER})
write_page(${PROGRAM} lagsim "simulate a Kafka consumer group that KEDA and the HPA scale")
foreach(line IN LISTS lines)
  if(line MATCHES "^  ([a-z]+) +(.+)$")
    write_page("${PROGRAM} ${CMAKE_MATCH_1}" lagsim-${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
  endif()
endforeach()
