/// The program `lagsim`; everything is in the table of commands.cc.
#include <string>
#include <vector>

#include "sim/cli/command.h"

int main(int argc, char** argv) {
    return lagsim::cli::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
