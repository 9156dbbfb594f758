/// `lagsim sweep` and `lagsim merge` as a user types them.
#include <cstdint>
#include <set>

#include <fmt/format.h>

#include "tests/cli/shell_helper.h"
#include "tree_paths.h"

namespace lagsim::tests {
namespace {

class Sweep : public CommandLine {
  protected:
    /// Six points of a minute each.
    static constexpr const char* study =
        "--axis spec.consumers[0].serviceTime=10ms,40ms "
        "--axis 'spec.consumers[0].replicas={from: 1, to: 3, step: 1}' "
        "--set spec.duration=1m --set 'spec.faults=[]'";

    [[nodiscard]] static std::string sweep(const std::string& options,
                                           const std::string& axes = study) {
        return fmt::format("lagsim sweep {} {} {}", small_scenario(), axes, options);
    }
};

TEST_F(Sweep, SaysWhatEachPointGave) {
    const Outcome outcome = shell(sweep("-o study"));

    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("Finished      6 of 6 points"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("7 at every point"), std::string::npos) << "common random numbers";
    EXPECT_NE(outcome.out.find("40ms         3"), std::string::npos) << outcome.out;
    EXPECT_TRUE(exists("study/sweep.h5"));
    EXPECT_TRUE(exists("study/points/point-00006.json"));
}

TEST_F(Sweep, APointIsTheRunOfItsOverrides) {
    const nlohmann::json json = shell(sweep("--json")).json();

    ASSERT_EQ(json["schema"], "lagsim.sweep/1");
    ASSERT_EQ(json["results"].size(), 6U);
    const nlohmann::json& point = json["results"][4];
    EXPECT_EQ(point["overrides"].dump(),
              R"({"spec.consumers[0].replicas":"2","spec.consumers[0].serviceTime":"40ms"})");
    const nlohmann::json run =
        shell(fmt::format("lagsim run {} --json --set spec.consumers[0].serviceTime=40ms --set "
                          "spec.consumers[0].replicas=2 --set spec.duration=1m --set "
                          "'spec.faults=[]'",
                          small_scenario()))
            .json();
    EXPECT_EQ(point["fingerprint"], run["fingerprint"]);
    EXPECT_EQ(point["metrics"].dump(), run["metrics"].dump());
}

TEST_F(Sweep, ShardsJoinToTheBytesOfOneRun) {
    ASSERT_EQ(shell(sweep("-o one -j 2")).code, 0);
    for (const int count : {1, 2, 3, 7}) {
        for (int index = 1; index <= count; ++index) {
            ASSERT_EQ(
                shell(sweep(fmt::format("-o d{} -j 1 --shard {}/{}", count, index, count))).code,
                0);
        }
        const Outcome merged =
            shell(count == 1 ? std::string("lagsim merge d1/sweep.h5 -o 1.h5")
                             : fmt::format("lagsim merge d{0}/shard-*.h5 -o {0}.h5", count));
        EXPECT_EQ(merged.code, 0) << merged.err;
        EXPECT_EQ(shell(fmt::format("cmp one/sweep.h5 {}.h5", count)).code, 0) << count;
    }
}

TEST_F(Sweep, PointsWithoutAGridJoinToTheBytesOfOneRun) {
    const std::string drawn =
        "--axis 'spec.consumers[0].serviceTime={from: 1ms, to: 40ms, scale: log}' --axis "
        "'spec.consumers[0].replicas={from: 1, to: 3}' --axis spec.replications=1,3 --points 5 "
        "--set spec.duration=1m --set 'spec.faults=[]'";
    ASSERT_EQ(shell(sweep("-o one", drawn)).code, 0);
    for (const int index : {0, 1}) {
        ASSERT_EQ(shell(sweep(fmt::format("-o two --shard {}/2", index), drawn)).code, 0);
    }

    EXPECT_EQ(shell("lagsim merge two/*.h5 -o two.h5 && cmp one/sweep.h5 two.h5").code, 0);
}

TEST_F(Sweep, GoesOnWhereItWasInterrupted) {
    ASSERT_EQ(shell(sweep("-o whole")).code, 0);
    ASSERT_EQ(shell(sweep("-o part")).code, 0);
    // As after an interruption, a cut power line and a flipped bit.
    shell(
        "rm part/sweep.h5 part/points/point-00002.json; truncate -s 200 "
        "part/points/point-00003.json; sed -i 's/\"point\":5/\"point\":4/' "
        "part/points/point-00005.json; echo x > part/points/point-00002.json.partial");

    const Outcome again = shell(sweep("-o part --json"));

    EXPECT_EQ(again.code, 0);
    EXPECT_EQ(again.json()["skipped"], 3);
    EXPECT_NE(again.err.find("3 finished points found in part"), std::string::npos) << again.err;
    EXPECT_NE(again.err.find("point-00003.json is not used: damaged"), std::string::npos);
    EXPECT_NE(again.err.find("point-00005.json is not used: damaged"), std::string::npos);
    EXPECT_EQ(shell("cmp whole/sweep.h5 part/sweep.h5").code, 0);
}

TEST_F(Sweep, CtrlCFinishesWhatRuns) {
    const std::string slow =
        sweep("-o slow -j 1 --progress jsonl",
              "--axis spec.consumers[0].replicas=1,2,3 --set spec.duration=6h --set "
              "spec.replications=1 --set 'spec.faults=[]'");
    const Outcome outcome =
        shell("set -m\n" + slow +
              " & for i in $(seq 300); do [ -e slow/points/point-00001.json ] && break; sleep 0.1; "
              "done; kill -INT -- -$!; wait $!");

    EXPECT_EQ(outcome.code, 130) << outcome.err;
    EXPECT_TRUE(exists("slow/points/point-00001.json"));
    EXPECT_FALSE(exists("slow/sweep.h5"));
    EXPECT_NE(outcome.err.find("the same command goes on from here"), std::string::npos);
    EXPECT_NE(outcome.err.find("\"seconds_left\":"), std::string::npos);
    EXPECT_GE(shell(slow + " --json").json()["skipped"], 1);
}

TEST_F(Sweep, ReplicationsOfAnUnfinishedPointAreKept) {
    const std::string long_point =
        sweep("-j 1 -o {}",
              "--axis spec.consumers[0].replicas=2 --set spec.duration=30m --set "
              "spec.replications=100 --set 'spec.faults=[]'");
    const std::string here = fmt::format(fmt::runtime(long_point), "here");
    const Outcome interrupted = shell("set -m\n" + here +
                                      " --progress jsonl 2>log & for i in $(seq 600); do grep -q "
                                      "'replications_finished\":[1-9]' log && break; sleep 0.05; "
                                      "done; kill -INT -- -$!; wait $!");
    ASSERT_EQ(interrupted.code, 130) << interrupted.err;
    const nlohmann::json kept = nlohmann::json::parse(read("here/points/point-00001.json"));
    EXPECT_GE(kept["fingerprints"].size(), 1U);
    EXPECT_LT(kept["fingerprints"].size(), 100U);

    const Outcome again = shell(here);

    EXPECT_EQ(again.code, 0);
    EXPECT_NE(again.err.find("0 finished points found in here, not run again; 1 more are begun"),
              std::string::npos)
        << again.err;
    ASSERT_EQ(shell(fmt::format(fmt::runtime(long_point), "there")).code, 0);
    EXPECT_EQ(shell("cmp here/sweep.h5 there/sweep.h5").code, 0);
}

TEST_F(Sweep, ADirectoryOfAnotherStudyIsRefusedByName) {
    ASSERT_EQ(shell(sweep("-o study")).code, 0);
    const std::string before = shell("sha256sum study/sweep.h5").out;
    const auto refusal = [&](const std::string& options, const std::string& axes = study) {
        const Outcome outcome = shell(sweep("-o study " + options, axes));
        EXPECT_EQ(outcome.code, 2) << options;
        return outcome.err;
    };

    EXPECT_NE(refusal("--seed 8").find("the seed is 7, not 8"), std::string::npos);
    EXPECT_NE(refusal("--set spec.warmup=1s").find("scenario's contents differ"),
              std::string::npos);
    EXPECT_NE(refusal("--axis spec.consumers[0].replicas=1,2").find("axes or their values differ"),
              std::string::npos);
    EXPECT_EQ(shell("sha256sum study/sweep.h5").out, before);
    EXPECT_EQ(shell(sweep("-o study --seed 8 --force --json")).json()["skipped"], 0);
    EXPECT_EQ(shell(sweep("-o study --seed 8 --json")).json()["skipped"], 6);
    EXPECT_EQ(shell(sweep("-o study --seed 8 --force --json")).json()["skipped"], 0)
        << "--force starts over";
    EXPECT_EQ(shell("touch file; " + sweep("-o file")).code, 2);
}

TEST_F(Sweep, AMistakeOfAnyPointIsSaidBeforeTheFirstRuns) {
    write("study.yaml", fmt::format("spec:\n  sweep:\n    spec.duration: [1m, 2m]\n    "
                                    "spec.consumers[0].replicas:\n      - 1\n      - 2\n      - "
                                    "-3\n    spec.warmup: [0s, 90s]\n"));
    const Outcome outcome = shell(sweep("-f study.yaml -o out", "--set 'spec.faults=[]'"));

    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find("study.yaml:7:9: error[out-of-range]: '-3'"), std::string::npos)
        << outcome.err;
    EXPECT_NE(outcome.err.find("(at point 5: duration=1m, replicas=-3, warmup=0s; and at 3 more)"),
              std::string::npos)
        << outcome.err;
    EXPECT_NE(outcome.err.find("the warm-up of 1m30s leaves nothing of a run of 1m (at point 2: "
                               "duration=1m, replicas=1, warmup=90s"),
              std::string::npos)
        << outcome.err;
    EXPECT_FALSE(exists("out"));
    EXPECT_EQ(shell(sweep("", "")).code, 3) << "nothing to sweep";
}

TEST_F(Sweep, ListsItsPoints) {
    const auto zipped = [&](const char* durations) {
        return shell(sweep("--dry-run --method zip",
                           fmt::format("--set 'spec.faults=[]' --axis spec.seed=1,2 --axis "
                                       "spec.duration={}",
                                       durations)));
    };
    EXPECT_EQ(zipped("1m,2m").out,
              "point  spec.seed  spec.duration\n    1          1             1m\n"
              "    2          2             2m\n");
    EXPECT_NE(zipped("1m").err.find("spec.seed has 2 values and spec.duration has 1"),
              std::string::npos);
    EXPECT_EQ(zipped("1m").code, 3);
    const nlohmann::json shard = shell(sweep("--dry-run --json --shard 2/4")).json();
    ASSERT_EQ(shard["points"].size(), 2U);
    EXPECT_EQ(shard["points"][1]["point"], 6);
}

TEST_F(Sweep, EveryShippedStudyIsInOrder) {
    int studies = 0;
    for (const auto& entry : std::filesystem::directory_iterator(LAGSIM_SOURCE_DIR "/scenarios")) {
        const std::string file = entry.path().string();
        if (file.ends_with(".yaml") && shell("grep -q '^  sweep:' " + file).code == 0) {
            const Outcome outcome = shell("lagsim sweep --dry-run --json " + file);
            EXPECT_EQ(outcome.code, 0) << file << outcome.err;
            EXPECT_GT(outcome.json()["points"].size(), 1U) << file;
            ++studies;
        }
    }
    EXPECT_GT(studies, 10);
}

TEST_F(Sweep, ALatinHypercubeUsesEachPartOnceAndFollowsTheSeed) {
    const auto points = [&](const std::string& options) {
        return shell(sweep("--dry-run --json " + options,
                           "--axis 'spec.producers[0].rate={from: 100/s, to: 200/s}' --axis "
                           "spec.consumers[0].replicas=1,2 --points 10"))
            .json()["points"];
    };
    std::multiset<std::string> replicas;
    std::set<int> parts;
    for (const auto& point : points("")) {
        replicas.insert(point["overrides"]["spec.consumers[0].replicas"]);
        parts.insert(static_cast<int>(
            std::stod(point["overrides"]["spec.producers[0].rate"].get<std::string>()) / 10.0));
    }
    EXPECT_EQ(parts.size(), 10U);
    EXPECT_EQ(*parts.begin(), 10);
    EXPECT_EQ(replicas.count("1"), 5U);
    EXPECT_EQ(points("-j 1"), points("-j 2"));
    EXPECT_NE(points("--seed 8"), points("--seed 9"));
}

TEST_F(Sweep, ShardsComeFromTheEnvironment) {
    const auto shard_of = [&](const std::string& environment, const std::string& shard) {
        return shell(environment + sweep("--dry-run --json --shard " + shard));
    };
    const auto first_point = [&](const std::string& environment, const std::string& shard) {
        return shard_of(environment, shard).json()["points"][0]["point"].get<int>();
    };
    EXPECT_EQ(first_point("export SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=5 "
                          "SLURM_ARRAY_TASK_COUNT=4\n",
                          "auto"),
              3);
    EXPECT_EQ(first_point("export SLURM_ARRAY_TASK_ID=30 SLURM_ARRAY_TASK_MIN=10 "
                          "SLURM_ARRAY_TASK_STEP=10 SLURM_ARRAY_TASK_COUNT=3\n",
                          "auto"),
              3);
    EXPECT_EQ(first_point("export JOB_COMPLETION_INDEX=0 LAGSIM_SHARDS=3\n", "auto"), 1);
    EXPECT_EQ(first_point("export JOB_COMPLETION_INDEX=1\n", "/3"), 2);
    EXPECT_EQ(first_point("", "0/3"), 3) << "0/3 and 3/3 are the same shard";
    EXPECT_EQ(shard_of("", "auto").code, 2);
    EXPECT_EQ(shard_of("export JOB_COMPLETION_INDEX=1\n", "auto").code, 2) << "of how many?";
    EXPECT_EQ(shard_of("export JOB_COMPLETION_INDEX=3\n", "/3").code, 2);
    for (const char* wrong : {"4/3", "1", "1/0", "-1/3", "a/b", "/3", "1/3/5"}) {
        EXPECT_EQ(shard_of("", wrong).code, 2) << wrong;
    }
    EXPECT_EQ(shell(sweep("--shard 1/2")).code, 2) << "a shard without -o would be lost";
}

TEST_F(Sweep, EverythingWrongWithTheShardsIsSaidAtOnce) {
    for (const int index : {1, 2, 3}) {
        ASSERT_EQ(shell(sweep(fmt::format("-o d --shard {}/3", index))).code, 0);
    }
    ASSERT_EQ(shell(sweep("-o other --seed 8")).code, 0);
    ASSERT_EQ(shell(fmt::format("lagsim run {} -o run.h5", small_scenario())).code, 0);
    shell("head -c 9000 d/shard-2-of-3.h5 > short.h5");

    const Outcome outcome = shell(
        "lagsim merge d/shard-1-of-3.h5 d/shard-1-of-3.h5 other/sweep.h5 run.h5 short.h5 none.h5 "
        "-o all.h5");

    EXPECT_EQ(outcome.code, 3);
    for (const char* said :
         {"d/shard-1-of-3.h5: error[doubled-shard]: the file is given twice",
          "other/sweep.h5: error[foreign-shard]: it belongs to another study than "
          "d/shard-1-of-3.h5: the seed is 8, not 7",
          "run.h5: error[bad-result-file]: it is the result of one `lagsim run`",
          "short.h5: error[bad-result-file]", "none.h5: error[unreadable-file]",
          "error[missing-shard]: of the 6 points of 'small' there is no file with 2, 3, 5, 6: of "
          "its shards 1 to 3 there is no 2, 3"}) {
        EXPECT_NE(outcome.err.find(said), std::string::npos) << said << '\n' << outcome.err;
    }
    EXPECT_FALSE(exists("all.h5"));
    EXPECT_FALSE(exists("all.h5.partial"));
    EXPECT_EQ(shell("lagsim merge none.h5 -o all.h5").code, 1);
    EXPECT_EQ(shell("lagsim merge d/*.h5").code, 2) << "-o is missing";
    EXPECT_EQ(shell("touch here.h5; lagsim merge d/*.h5 -o here.h5").code, 2);
    EXPECT_EQ(shell("lagsim merge d/*.h5 -o here.h5 --force --json").json()["points"], 6);
}

TEST_F(Sweep, AFullDiskHarmsNothing) {
    for (const int index : {1, 2}) {
        ASSERT_EQ(shell(sweep(fmt::format("-o d --shard {}/2", index))).code, 0);
    }
    ASSERT_EQ(shell("lagsim merge d/*.h5 -o all.h5 && cp all.h5 before.h5").code, 0);

    const Outcome merge = shell("ulimit -f 16; lagsim merge d/*.h5 -o all.h5 --force");
    EXPECT_EQ(merge.code, 1);
    EXPECT_NE(merge.err.find("cannot write all.h5: File too large"), std::string::npos)
        << merge.err;
    EXPECT_EQ(shell("cmp all.h5 before.h5").code, 0);
    EXPECT_FALSE(exists("all.h5.partial"));

    const Outcome full = shell("ulimit -f 16; " + sweep("-o e"));
    EXPECT_EQ(full.code, 1) << "the points fit, the joined file does not";
    EXPECT_FALSE(exists("e/sweep.h5"));
    EXPECT_EQ(shell(sweep("-o e --json")).json()["skipped"], 6);
    EXPECT_EQ(shell("cmp e/sweep.h5 all.h5").code, 0);
}

TEST_F(Sweep, ABreachedAssertionIsExitFourAndTheFileIsWritten) {
    const Outcome outcome =
        shell(sweep("-o study --set 'spec.assertions=[\"replicas.max < 3\"]' --replications 1"));

    EXPECT_EQ(outcome.code, 4);
    EXPECT_NE(outcome.out.find("breached at 2 of 6 points"), std::string::npos) << outcome.out;
    EXPECT_TRUE(exists("study/sweep.h5"));
}

}  // namespace
}  // namespace lagsim::tests
