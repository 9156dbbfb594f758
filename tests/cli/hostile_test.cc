/// Files that nobody meant as input: refused within a second, with exit 3 and one place, never a
/// crash.
#include <fmt/format.h>

#include "tests/cli/shell_helper.h"
#include "tree_paths.h"

namespace lagsim::tests {
namespace {

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

/// Eleven lists, each of ten times the one before: 10^11 values once written out.
std::string alias_bomb() {
    std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 12; ++i) {
        text += fmt::format("a{}: &a{} [{}*a{}]\n", i, i, repeated(fmt::format("*a{},", i - 1), 9),
                            i - 1);
    }
    return text;
}

/// Every byte, in an order that no text has.
std::string noise() {
    std::string bytes;
    for (unsigned i = 0; i < 100'000; ++i) {
        bytes += static_cast<char>((i * 2'654'435'761U) >> 24U);
    }
    return bytes;
}

class Hostile : public CommandLine {
  protected:
    /// Killed after a second of computing; the wall clock of a busy machine says nothing.
    [[nodiscard]] Outcome within_a_second(const std::string& line) const {
        return shell("ulimit -t 1; " + line);
    }
};

TEST_F(Hostile, NoTextIsReadForLongAndEveryOneIsRefusedAtAPlace) {
    struct Case {
        const char* name;
        std::string text;
        const char* code;
    };
    for (const Case& hostile :
         {Case{"brackets.yaml", std::string(100'000, '['), "error[too-deep]"},
          Case{"braces.yaml", repeated("{a: ", 100'000), "error[too-deep]"},
          Case{"dashes.yaml", repeated("- ", 100'000), "error[too-deep]"},
          Case{"bomb.yaml", alias_bomb(), "error[too-large]"},
          Case{"noise.yaml", noise(), "error["},
          Case{"zeros.yaml", std::string(10'000, '\0'), "error[control-character]"},
          Case{"utf8.yaml", "kind: \xff\xfe\n", "error["},
          Case{"empty.yaml", "", "error[empty-file]"},
          Case{"comment.yaml", "# nothing\n", "error[empty-file]"},
          Case{"number.yaml", "42\n", "error["}}) {
        write(hostile.name, hostile.text);
        for (const char* command : {"run", "validate", "run --dry-run", "run --json"}) {
            const Outcome outcome =
                within_a_second(fmt::format("lagsim {} {}", command, hostile.name));
            const bool json = std::string(command).find("--json") != std::string::npos;

            EXPECT_EQ(outcome.code, 3) << command << ' ' << hostile.name << '\n' << outcome.err;
            if (json) {
                EXPECT_EQ(outcome.json()[0]["file"], hostile.name);
            } else {
                EXPECT_NE(outcome.err.find(hostile.code), std::string::npos)
                    << command << ' ' << hostile.name << '\n'
                    << outcome.err;
                EXPECT_EQ(outcome.out, "");
            }
            EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos) << "no escape codes in a pipe";
            EXPECT_LT(outcome.err.size(), 100'000U) << hostile.name;
        }
    }
}

TEST_F(Hostile, NumbersThatAreNoneAreRefusedWhereverTheyAreWritten) {
    for (const char* set :
         {"spec.duration=.nan", "spec.duration=.inf", "spec.duration=-5m", "spec.duration=300",
          "spec.seed=.inf", "spec.seed=-1", "spec.seed=1e3", "spec.sampleInterval=0s",
          "spec.producers[0].rate=.nan", "spec.producers[0].rate=inf/s",
          "spec.producers[0].rate=-1/s", "spec.topics.orders.partitions=0",
          "spec.topics.orders.partitions=1e9", "spec.consumers[0].serviceTime=-1ms",
          "spec.consumers[0].serviceTime={distribution: exponential, mean: nan}",
          "spec.consumers[0].serviceTime={distribution: lognormal, mean: 1ms, cv: .nan}",
          "spec.consumers[0].failures.poison=101%", "spec.consumers[0].replicas=-1"}) {
        const Outcome outcome =
            within_a_second(fmt::format("lagsim run {} --set '{}'", small_scenario(), set));

        EXPECT_EQ(outcome.code, 3) << set << '\n' << outcome.err;
        EXPECT_NE(outcome.err.find("error["), std::string::npos) << set << '\n' << outcome.err;
    }
}

TEST_F(Hostile, NamesThatResolveToNothingComeWithASuggestion) {
    struct Case {
        const char* set;
        const char* said;
    };
    for (const Case& mistake :
         {Case{"spec.assertions=[lag.maks < 3]", "did you mean 'lag.max'?"},
          Case{"spec.faults[0].kind=pod-crahs", "did you mean 'pod-crash'?"},
          Case{"spec.consumers[0].comit=x", "did you mean 'commit'?"},
          Case{"spec.producers[0].topic=order", "did you mean 'orders'?"},
          Case{"spec.consumers[0].protocol.assignor=rnge", "did you mean 'range'?"},
          Case{"spec.faults[0].at=6m", "error["},
          Case{"ScaledObject.spec.minReplicaCount=2", "error["}}) {
        const Outcome outcome =
            shell(fmt::format("lagsim run {} --set '{}'", small_scenario(), mistake.set));

        EXPECT_EQ(outcome.code, 3) << mistake.set;
        EXPECT_NE(outcome.err.find(mistake.said), std::string::npos) << mistake.set << '\n'
                                                                     << outcome.err;
    }
}

TEST_F(Hostile, ADirectoryIsAnUnreadableFile) {
    const std::string so = LAGSIM_SOURCE_DIR "/scenarios/k8s/scaledobject.yaml";
    for (const std::string& line :
         {std::string("lagsim run ."), std::string("lagsim validate ."),
          std::string("lagsim replay ."), std::string("lagsim inspect ."),
          std::string("lagsim compare . ."), "lagsim run " + small_scenario() + " -f .",
          "lagsim autoscale " + so + " --lag ."}) {
        const Outcome outcome = within_a_second(line);

        EXPECT_EQ(outcome.code, 1) << line;
        EXPECT_NE(outcome.err.find("directory"), std::string::npos) << line << outcome.err;
    }
}

TEST_F(Hostile, AManifestThatIsNotThereIsTheScenariosMistake) {
    const Outcome outcome =
        shell("lagsim run " + small_scenario() + " --set 'spec.manifests=[none.yaml]'");

    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_NE(outcome.err.find("none.yaml"), std::string::npos) << outcome.err;
}

TEST_F(Hostile, OtherReadersRefuseNoiseToo) {
    const std::string so = LAGSIM_SOURCE_DIR "/scenarios/k8s/scaledobject.yaml";
    write("noise", noise());
    write("brackets", std::string(100'000, '['));
    for (const std::string file : {"noise", "brackets"}) {
        for (const std::string& line :
             {"lagsim replay " + file, "lagsim autoscale " + so + " --lag " + file,
              fmt::format("lagsim autoscale {} --lag {}", file, file)}) {
            const Outcome outcome = within_a_second(line);

            EXPECT_EQ(outcome.code, 3) << line << '\n' << outcome.err;
            EXPECT_NE(outcome.err.find(file), std::string::npos) << line;
        }
    }
}

TEST_F(Hostile, ADamagedResultFileIsNoCrash) {
    ASSERT_EQ(shell("lagsim run " + small_scenario() + " -o run.h5 -q").code, 0);
    const std::string whole = read("run.h5");
    for (const std::size_t part : {1U, 2U, 3U, 5U, 9U}) {
        write("cut.h5", whole.substr(0, whole.size() * part / 10));
        EXPECT_EQ(within_a_second("lagsim compare cut.h5 cut.h5").code, 3);
        const Outcome outcome = within_a_second("lagsim inspect cut.h5");

        EXPECT_EQ(outcome.code, 3) << outcome.err;
        EXPECT_NE(outcome.err.find("cut.h5"), std::string::npos) << outcome.err;
    }
    std::string flipped = whole;
    for (std::size_t i = 700; i < flipped.size(); i += 997) {
        flipped[i] = static_cast<char>(flipped[i] ^ 0x5a);
    }
    write("flipped.h5", flipped);
    EXPECT_LT(within_a_second("lagsim inspect flipped.h5").code, 128);
}

}  // namespace
}  // namespace lagsim::tests
