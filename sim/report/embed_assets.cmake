# Writes OUTPUT, the C++ source behind sim/report/assets.h, from the files below FOLDER.
# usage: cmake -DFOLDER=sim/report -DOUTPUT=assets.cc -P embed_assets.cmake

# The base64 of a hex digest: three bytes are four digits of six bits.
function(base64 hex result)
  set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  foreach(at RANGE 0 57 6)
    string(SUBSTRING ${hex} ${at} 6 six)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${six} >> ${shift}) & 63")
      string(SUBSTRING ${digits} ${index} 1 digit)
      string(APPEND text ${digit})
    endforeach()
  endforeach()
  # 32 bytes: the last two make three digits.
  string(SUBSTRING ${hex} 60 4 four)
  foreach(shift 10 4 -2)
    if(shift LESS 0)
      math(EXPR index "(0x${four} << 2) & 63")
    else()
      math(EXPR index "(0x${four} >> ${shift}) & 63")
    endif()
    string(SUBSTRING ${digits} ${index} 1 digit)
    string(APPEND text ${digit})
  endforeach()
  set(${result} "${text}=" PARENT_SCOPE)
endfunction()

# Files one after the other, as the page holds them.
function(joined result)
  set(all "")
  foreach(name ${ARGN})
    file(READ ${FOLDER}/${name} text)
    string(APPEND all "${text}\n")
  endforeach()
  set(${result} "${all}" PARENT_SCOPE)
endfunction()

# A text as string literals short enough for every compiler; adjacent ones are one.
function(literal text result)
  set(all "")
  string(LENGTH "${text}" length)
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 12000 part)
    string(APPEND all "R\"asset(${part})asset\"\n")
    math(EXPR at "${at} + 12000")
  endwhile()
  set(${result} "${all}" PARENT_SCOPE)
endfunction()

joined(page assets/page.html)
joined(style vendor/uplot/uPlot.min.css assets/report.css)
joined(script vendor/uplot/uPlot.iife.min.js assets/charts.js assets/report.js)
# Every page is a copy of uPlot, and its licence wants to be in every copy.
joined(licence vendor/uplot/LICENSE)
set(script "/* uPlot:\n${licence}*/\n${script}")
foreach(name style script)
  string(SHA256 digest "${${name}}")
  base64(${digest} ${name}_hash)
endforeach()
foreach(name page style script)
  literal("${${name}}" ${name}_literal)
endforeach()

file(WRITE ${OUTPUT} "#include \"sim/report/assets.h\"

namespace lagsim::sim::report {

const Assets& assets() {
    static const Assets all{
        .page = ${page_literal},
        .style = ${style_literal},
        .script = ${script_literal},
        .style_hash = \"${style_hash}\",
        .script_hash = \"${script_hash}\"};
    return all;
}

}  // namespace lagsim::sim::report
")
