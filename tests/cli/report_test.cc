/// `lagsim report`: where the page goes, and what is refused.
#include <fmt/format.h>

#include "tests/cli/shell_helper.h"

namespace lagsim::tests {
namespace {

class Report : public CommandLine {
  protected:
    Report() { shell(fmt::format("lagsim run {} -o run.h5 -q", small_scenario())); }
};

TEST_F(Report, WritesThePageThatItPrints) {
    const Outcome outcome = shell("lagsim report run.h5 -o run.html");

    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("run.html: "), std::string::npos) << outcome.out;
    EXPECT_EQ(read("run.html").substr(0, 15), "<!DOCTYPE html>");
    EXPECT_EQ(shell("lagsim report run.h5").out, read("run.html"));
    EXPECT_FALSE(exists("run.html.partial"));
    const nlohmann::json object = shell("lagsim report run.h5 -o b.html --json").json();
    EXPECT_EQ(object["schema"], "lagsim.report/1");
    EXPECT_EQ(object["bytes"], read("run.html").size());
}

TEST_F(Report, PutsTwoFilesSideBySide) {
    const Outcome outcome = shell("lagsim report run.h5 run.h5");

    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("Side by side"), std::string::npos);
}

TEST_F(Report, OverwritesOnlyWhenItIsTold) {
    write("run.html", "mine");

    EXPECT_EQ(shell("lagsim report run.h5 -o run.html").code, 2);
    EXPECT_EQ(read("run.html"), "mine");
    EXPECT_EQ(shell("lagsim report run.h5 -o run.html --force").code, 0);
    EXPECT_NE(read("run.html"), "mine");
}

TEST_F(Report, NeverOverwritesTheResult) {
    const std::string before = read("run.h5");

    EXPECT_EQ(shell("lagsim report run.h5 -o run.h5 --force").code, 2);
    EXPECT_EQ(read("run.h5"), before);
}

TEST_F(Report, SaysWhatIsWrong) {
    write("text.h5", "no HDF5");

    EXPECT_EQ(shell("lagsim report none.h5 -o a.html").code, 1);
    EXPECT_EQ(shell("lagsim report text.h5 -o a.html").code, 3);
    const Outcome missing = shell("lagsim report run.h5 --replication 99 -o a.html");
    EXPECT_EQ(missing.code, 3);
    EXPECT_NE(missing.err.find("it has no replication 99"), std::string::npos) << missing.err;
    EXPECT_EQ(shell("lagsim report run.h5 --replication x -o a.html").code, 2);
    EXPECT_EQ(shell("lagsim report run.h5 -o no/a.html").code, 1);
    EXPECT_EQ(shell("lagsim report run.h5 -o .").code, 2);
    EXPECT_EQ(shell("lagsim report run.h5 --json").code, 2);
    EXPECT_EQ(shell("lagsim report").code, 2);
    EXPECT_FALSE(exists("a.html"));
}

}  // namespace
}  // namespace lagsim::tests
