/// Mistakes in the command line: exit 2, on stderr, with a way out.
#include "tests/cli/shell_helper.h"

namespace lagsim::tests {
namespace {

class Usage : public CommandLine {};

struct Mistake {
    const char* line;
    const char* said;  ///< part of the message
};

TEST_F(Usage, EveryMistakeIsExitTwoWithAWayOut) {
    const std::string small = small_scenario();
    for (const Mistake& mistake :
         {Mistake{"lagsim", "Usage: lagsim COMMAND"},
          Mistake{"lagsim rnu x.yaml", "unknown command 'rnu'; did you mean 'run'?"},
          Mistake{"lagsim run", "SCENARIO is missing; usage: lagsim run SCENARIO"},
          Mistake{"lagsim run a.yaml b.yaml", "unexpected argument 'b.yaml'"},
          Mistake{"lagsim run x.yaml --sead 3", "unknown option '--sead'; did you mean '--seed'?"},
          Mistake{"lagsim run x.yaml --see 3", "did you mean '--seed'?"},
          Mistake{"lagsim run x.yaml --seed -5", "'-5'"},
          Mistake{"lagsim run x.yaml --seed 1e3", "'1e3'"},
          Mistake{"lagsim run x.yaml --replications 0", "whole number from 1"},
          Mistake{"lagsim run x.yaml --replications -5", "not '-5'"},
          Mistake{"lagsim run x.yaml -j two", "--jobs takes a whole number"},
          Mistake{"lagsim run x.yaml --set seed", "--set takes PATH=VALUE"},
          Mistake{"lagsim run x.yaml --color x.yaml", "--color is one of auto, always, never"},
          Mistake{"lagsim run x.yaml --engine turbo", "--engine is one of"},
          Mistake{"lagsim run x.yaml --seed 1 --seed 2", "--seed is given twice"},
          Mistake{"lagsim run x.yaml -o -", "-o takes a file name"},
          Mistake{"lagsim run x.yaml -o .", "it is a directory"},
          Mistake{"touch old.h5; lagsim run x.yaml -o old.h5", "add --force"},
          Mistake{"lagsim run x.yaml --force=yes", "does not take any arguments"},
          Mistake{"lagsim validate", "FILE... is missing"},
          Mistake{"lagsim explain no.such.key", "no.such.key"},
          Mistake{"lagsim explain decision x.h5", "--at TIME"},
          Mistake{"lagsim explain decision x.h5 --at 5", "--at"},
          Mistake{"lagsim completion tcsh", "one of bash, zsh, fish, not 'tcsh'"}}) {
        const Outcome outcome = shell(mistake.line);

        EXPECT_EQ(outcome.code, 2) << mistake.line;
        EXPECT_NE(outcome.err.find(mistake.said), std::string::npos) << mistake.line << '\n'
                                                                     << outcome.err;
        EXPECT_EQ(outcome.out, "") << mistake.line;
    }
}

TEST_F(Usage, TheInstructionSetOfTheEnvironmentIsKnownOrRefused) {
    EXPECT_EQ(shell("LAGSIM_SIMD=sse2 lagsim version").code, 0);
    for (const char* name : {"avx1024", "''", "AVX2"}) {
        const Outcome outcome = shell(std::string("LAGSIM_SIMD=") + name + " lagsim version");
        EXPECT_EQ(outcome.code, 2) << name;
        EXPECT_EQ(outcome.out, "");
        EXPECT_NE(outcome.err.find("sse2, ssse3, sse4, avx2, avx3"), std::string::npos)
            << outcome.err;
    }
}

TEST_F(Usage, HelpGoesToStdoutAndNamesEveryCommand) {
    const Outcome outcome = shell("lagsim --help");

    EXPECT_EQ(outcome.code, 0);
    for (const char* command : {"run", "compare", "sweep", "merge", "validate", "lint", "explain",
                                "inspect", "export", "report", "replay", "autoscale", "calibrate",
                                "bench", "schema", "version", "completion"}) {
        EXPECT_NE(outcome.out.find(std::string("\n  ") + command + " "), std::string::npos)
            << command;
        const Outcome help = shell(std::string("lagsim ") + command + " -h");
        EXPECT_EQ(help.code, 0) << command;
        EXPECT_NE(help.out.find("Usage: lagsim " + std::string(command)), std::string::npos);
        EXPECT_EQ(shell("lagsim help " + std::string(command)).out, help.out);
    }
}

TEST_F(Usage, VersionIsAvailableToProgramsToo) {
    EXPECT_EQ(shell("lagsim version").out.rfind("lagsim ", 0), 0U);
    EXPECT_EQ(shell("lagsim --version").out, shell("lagsim version").out);
    EXPECT_EQ(shell("lagsim version --json").json()["schema"], "lagsim.version/1");
}

TEST_F(Usage, CompletionScriptsAreWellFormed) {
    EXPECT_EQ(shell("lagsim completion bash | bash -n").code, 0);
    const Outcome words = shell(
        "source <(lagsim completion bash)\n"
        "COMP_WORDS=(lagsim run --repl); COMP_CWORD=2; _lagsim; echo \"${COMPREPLY[@]}\"");
    EXPECT_EQ(words.out, "--replications\n") << words.err;
    EXPECT_NE(shell("lagsim completion zsh").out.find("#compdef lagsim"), std::string::npos);
    EXPECT_NE(shell("lagsim completion fish").out.find("-l replications"), std::string::npos);
}

TEST_F(Usage, AFullDiskBehindStdoutIsAFailure) {
    const Outcome outcome = shell("lagsim version >/dev/full");

    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("cannot write to standard output"), std::string::npos);
}

}  // namespace
}  // namespace lagsim::tests
