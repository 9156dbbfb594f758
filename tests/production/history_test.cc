// Recorded histories: played again they give the same commands, and any commit that the leases did
// not allow is found.
#include "production/worker/history.h"

#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/production/script_helper.h"

namespace lagsim::production {
namespace {

std::string text_of(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}
std::expected<Replay, std::string> replay(const std::string& text) {
    std::istringstream stream(text);
    return replay_history(stream);
}
/// The history of one worker that commits after success.
std::string some_history() {
    const std::string path = testing::TempDir() + "/one-";
    for (std::uint64_t seed = 1;; ++seed) {
        Script script = some_script(seed);
        if (script.settings.commit.when == core::CommitWhen::after_success) {
            (void)play_in_adapter(script, path);
            return text_of(path + "0");
        }
    }
}
/// `text` with the first `from` behind the middle turned into `to`.
std::string altered(std::string text, const std::string& from, const std::string& to) {
    const std::size_t place = text.find(from, text.size() / 2);
    EXPECT_NE(place, std::string::npos);
    return text.replace(place, from.size(), to);
}

TEST(History, PlayedAgainGivesTheSameCommandsAndCommits) {
    const std::string path = testing::TempDir() + "/history-";
    Replay sum;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        (void)play_in_adapter(some_script(seed), path);
        for (const char* worker : {"0", "1"}) {
            const auto result = replay(text_of(path + worker));
            ASSERT_TRUE(result) << "seed " << seed << ", worker " << worker << ": "
                                << result.error();
            sum.events += result->events;
            sum.commits += result->commits;
        }
    }
    EXPECT_GT(sum.events, 100'000);
    EXPECT_GT(sum.commits, 5'000);
}

TEST(History, ACommandThatTheCoreWouldNotGiveIsNamedWithItsLine) {
    const std::string history = some_history();
    const auto skipped = replay(altered(history, "\"commit\":[[0,", "\"commit\":[[0,1"));
    ASSERT_FALSE(skipped);
    EXPECT_TRUE(skipped.error().starts_with("line ")) << skipped.error();
    EXPECT_NE(skipped.error().find("recorded {\"commit\":"), std::string::npos) << skipped.error();
    EXPECT_FALSE(replay(altered(history, "\"success\":true", "\"success\":false")));
}

TEST(History, EndsWhereItsProcessDiedButMayNotBeDamagedBefore) {
    const std::string history = some_history();
    EXPECT_TRUE(replay(history.substr(0, history.size() - 5)));
    EXPECT_FALSE(replay(altered(history, "{\"t\":", "{\"t")));
    EXPECT_FALSE(replay(altered(history, "\"success\":", "\"sucess\":")));
    EXPECT_FALSE(replay(""));
}

}  // namespace
}  // namespace lagsim::production
