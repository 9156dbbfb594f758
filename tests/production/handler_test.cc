// The three plugs, and the threads that run them.
#include "production/worker/handler.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "handler_folder.h"
#include "production/worker/durations.h"
#include "production/worker/handler_pool.h"
#include "production/worker/work_handler.h"

namespace lagsim::production {
namespace {

using namespace std::chrono_literals;

RecordView record(std::string_view value, std::int64_t offset = 7, std::int64_t attempt = 1) {
    return {.topic = "t",
            .partition = 2,
            .offset = offset,
            .attempt = attempt,
            .key = "k",
            .value = value};
}
/// "ok", or why the attempt failed.
std::string answer(Handler& handler, const RecordView& given) {
    const auto result = handler.handle(given);
    return result ? "ok" : result.error();
}
std::unique_ptr<Handler> make(const std::string& spec) {
    auto handler = handler_factory(spec).value()();
    EXPECT_TRUE(handler) << handler.error();
    return std::move(*handler);
}

TEST(WorkHandler, DoesWhatTheRecordSays) {
    const auto handler = make("work:0ms");
    EXPECT_EQ(answer(*handler, record("anything")), "ok");
    EXPECT_EQ(answer(*handler, record("x poison")), "poison");
    EXPECT_EQ(answer(*handler, record("fail=2", 7, 2)), "told to fail");
    EXPECT_EQ(answer(*handler, record("fail=2", 7, 3)), "ok");
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(answer(*handler, record("work=30ms")), "ok");
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
}

TEST(WorkHandler, FailsAsOftenAsItsRatesSayAndTheSameRecordsAgain) {
    const auto handler = make("work:0s,transient=20%,poison=0.05");
    int transient = 0;
    int poison = 0;
    for (std::int64_t offset = 0; offset < 20'000; ++offset) {
        const std::string first = answer(*handler, record("", offset));
        transient += first == "transient" ? 1 : 0;
        poison += first == "poison" ? 1 : 0;
        EXPECT_EQ(first, answer(*handler, record("", offset)));
        EXPECT_EQ(first == "poison", answer(*handler, record("", offset, 2)) == "poison");
    }
    EXPECT_NEAR(poison, 1000, 150);     // 5 standard deviations
    EXPECT_NEAR(transient, 3800, 280);  // of the rest
}

TEST(WorkHandler, NamesEveryWordThatItCannotRead) {
    const auto wrong = handler_factory("work:5 parsecs,transient=2,poison=1%");
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().find("'5 parsecs', 'transient=2'"), std::string::npos) << wrong.error();
    EXPECT_FALSE(handler_factory("magic:now"));
    EXPECT_EQ(parse_duration("1.5s"), 1500ms);
    EXPECT_FALSE(parse_duration("-1s"));
    EXPECT_FALSE(parse_duration("5"));
}

TEST(LibraryHandler, CallsTheFunctionsOfTheLibrary) {
    const std::string file = testing::TempDir() + "/touched";
    std::remove(file.c_str());
    const std::string library = LAGSIM_TEST_HANDLERS "/touching_handler.so";
    const auto handler = make("library:" + library + "," + file);
    EXPECT_EQ(answer(*handler, record("good")), "ok");
    EXPECT_EQ(answer(*handler, record("bad", 8, 3)), "bad, attempt 3");
    RecordView tombstone = record("");
    tombstone.value.reset();
    EXPECT_EQ(answer(*handler, tombstone), "no value");
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    EXPECT_EQ(text.str(), "2 7 good\n");

    EXPECT_EQ(handler_factory("library:" + library + ",/no/such/file").value()().error(),
              "lagsim_open: cannot write '/no/such/file'");
    EXPECT_FALSE(handler_factory("library:/no/such/library.so"));
}

TEST(CommandHandler, TalksToTheProgramAndStartsItAgainWhenItHasEnded) {
    const std::string script = testing::TempDir() + "/handler.sh";
    std::ofstream(script) << R"(while read -r head; do
  value_size=${head##*\"value_size\":}; value_size=${value_size%\}}
  bytes=$(dd bs=1 count=$((1 + value_size + 1)) 2>/dev/null)
  case $bytes in
    kgood) echo ok ;;
    kbad) echo fail "$bytes" ;;
    kdie) exit 1 ;;
    *) echo what ;;
  esac
done
)";
    const auto handler = make("command:sh " + script);
    EXPECT_EQ(answer(*handler, record("good")), "ok");
    EXPECT_EQ(answer(*handler, record("bad")), "kbad");
    EXPECT_EQ(answer(*handler, record("die")), "the program has ended");
    EXPECT_EQ(answer(*handler, record("good")), "ok");
    EXPECT_EQ(answer(*handler, record("odd")), "the program answered neither ok nor fail");
    EXPECT_EQ(answer(*handler, record("good")), "ok");
    EXPECT_NE(answer(*make("command:/no/such/program"), record("good")), "ok");
    EXPECT_FALSE(handler_factory("command: "));

    // Dead while it is written to: no signal ends the worker.
    const std::string much(1U << 20U, 'x');
    EXPECT_EQ(answer(*make("command:true"), record(much)), "the program does not read its input");
}

TEST(HandlerPool, HandlesAtOnceWhatIsInHandAtOnceAndWakesForResults) {
    std::atomic<int> woken = 0;
    HandlerPool pool(handler_factory("work:100ms").value(), [&] { ++woken; });
    const auto begin = std::chrono::steady_clock::now();
    for (std::int64_t offset = 0; offset < 8; ++offset) {
        pool.submit({{core::PartitionId{0}, core::Offset{offset}, LeaseId{1}},
                     record(offset == 3 ? "poison" : ""),
                     nullptr});
    }
    std::set<std::int64_t> succeeded;
    std::size_t results = 0;
    while (results < 8 && std::chrono::steady_clock::now() - begin < 10s) {
        for (const HandlerResult& result : pool.take_results()) {
            ++results;
            if (result.success) {
                succeeded.insert(result.id.offset.value());
            }
        }
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(succeeded, (std::set<std::int64_t>{0, 1, 2, 4, 5, 6, 7}));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 700ms);  // one after the other: 800 ms
    EXPECT_GE(woken, 1);
    EXPECT_EQ(pool.busy(), 0U);
}

}  // namespace
}  // namespace lagsim::production
