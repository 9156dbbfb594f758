/// The table of rules, the article's files, and the page that explains the codes.
#include <fstream>
#include <set>
#include <sstream>

#include "tests/sim/lint/linting.h"
#include "tree_paths.h"

namespace lagsim::sim::linting {
namespace {

const std::string scenarios = LAGSIM_SOURCE_DIR "/scenarios/";

std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

TEST(LintRules, AreTheSeventeenOfTheContract) {
    const std::set<std::string_view> errors{"mark-without-commit", "commit-before-processing",
                                            "retry-exceeds-max-poll",
                                            "retention-shorter-than-drain", "under-provisioned"};
    std::set<std::string_view> known;
    for (const LintRule& rule : lint_rules()) {
        known.insert(rule.code);
        EXPECT_EQ(rule.severity == Severity::error, errors.contains(rule.code)) << rule.code;
        EXPECT_FALSE(rule.source.empty()) << rule.code;
    }
    EXPECT_EQ(known.size(), 17U);
}

TEST(LintRules, HaveASectionEachInTheDocumentation) {
    const std::string page = text_of(LAGSIM_SOURCE_DIR "/docs/lint.md");
    for (const LintRule& rule : lint_rules()) {
        EXPECT_NE(page.find(fmt::format("\n## {}\n", rule.code)), std::string::npos) << rule.code;
        EXPECT_NE(page.find(rule.source), std::string::npos) << rule.code << ": " << rule.source;
    }
}

TEST(Lint, OfTheArticlesManifestAlone) {
    const auto set = read_manifest_files({scenarios + "k8s/scaledobject.yaml"});
    ASSERT_TRUE(set);
    const auto found = lint_manifests(*set);
    for (const char* code :
         {"cooldown-inert", "activation-inert", "polling-inert", "cap-integer-division"}) {
        EXPECT_TRUE(has(found, code)) << code;
    }
    EXPECT_FALSE(has(found, "max-above-partitions")) << "nobody said how many there are";
    EXPECT_FALSE(has_errors(found));
    EXPECT_EQ(only(found, "cooldown-inert").line, 13);
    EXPECT_EQ(only(found, "cooldown-inert").column, 3);
}

TEST(Lint, OfTheArticlesScenario) {
    const auto file = read_scenario(scenarios + "article.yaml");
    ASSERT_TRUE(file);
    const auto found = lint_scenario(*file);
    for (const char* code : {"cooldown-inert", "activation-inert", "polling-inert",
                             "max-above-partitions", "cap-integer-division"}) {
        EXPECT_EQ(only(found, code).file, scenarios + "k8s/scaledobject.yaml");
    }
    EXPECT_FALSE(has_errors(found));
    EXPECT_FALSE(has(found, "hot-partition"));
}

TEST(Lint, AnswersTheQuestionsOfTheShippedScenarios) {
    const auto lint_of = [](const std::string& name) {
        const auto file = read_scenario(scenarios + name);
        return file ? lint_scenario(*file) : file.error();
    };
    EXPECT_TRUE(has(lint_of("mark-without-commit.yaml"), "mark-without-commit"));
    EXPECT_TRUE(has(lint_of("hot-key-skew.yaml"), "hot-partition"));
    EXPECT_FALSE(has_errors(lint_of("hot-key-skew.yaml")));
    EXPECT_EQ(codes(lint_of("crash-storm.yaml")), std::vector<std::string>{});
}

TEST(Lint, OfLoneManifestsSaysWhatFollowsFromThem) {
    const std::string path = testing::TempDir() + "lagsim_lint_manifests.yaml";
    std::ofstream(path) << with(object_text, "earliest", "latest")
                        << with(deployment_text,
                                "spec:\n  template:", "spec:\n  replicas: 3\n  template:");
    const auto set = read_manifest_files({path});
    ASSERT_TRUE(set);
    EXPECT_EQ(codes(lint_manifests(*set)),
              (std::vector<std::string>{"reset-latest-loses", "deployment-replicas-fights-hpa"}));
}

}  // namespace
}  // namespace lagsim::sim::linting
