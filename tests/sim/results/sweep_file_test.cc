/// Files of a study: what is written comes back, and damage is seen.
#include "sim/results/sweep_file.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include <H5Cpp.h>
#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

class SweepFile : public testing::Test {
  protected:
    SweepFile() {
        std::string name = (std::filesystem::temp_directory_path() / "lagsim-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~SweepFile() override { std::filesystem::remove_all(directory_); }
    [[nodiscard]] std::string path(const char* name) const { return directory_ + "/" + name; }

    static SweepPart part(std::string method = "grid") {
        SweepStudy study{.version = "1.2.3",
                         .scenario = "s",
                         .resolved = "kind: Scenario\n",
                         .seed = "18446744073709551615",
                         .method = std::move(method),
                         .axes = {{.path = "spec.warmup",
                                   .name = "warmup",
                                   .type = CoordinateType::number,
                                   .units = "s",
                                   .values = {"1m", "90s"}},
                                  {.path = "a/b.when",
                                   .name = "a/b.when",
                                   .type = CoordinateType::text,
                                   .values = {"x", "y"}}},
                         .points = {},
                         .metrics = {{"lag.max", "1", "m"}, {"g/h.p99", "s", "m"}}};
        SweepPart whole{.study = {}, .shard = "1/1", .rows = {}};
        std::int64_t point = 0;
        for (const char* warmup : {"1m", "90s"}) {
            for (const char* when : {"x", "y"}) {
                study.points.push_back(std::string(R"({"spec.warmup":")") + warmup +
                                       R"(","a/b.when":")" + when + "\"}");
                const auto value = static_cast<double>(++point);
                SweepRow row{.point = point, .assertions_held = point != 3};
                row.fingerprints = {7U, ~std::uint64_t{0} - static_cast<std::uint64_t>(point)};
                row.metrics = {{value, undefined}, {-0.0, value / 3.0}};
                if (point == 2) {
                    row.fingerprints.pop_back();
                    row.metrics.pop_back();
                }
                whole.rows.push_back(row);
            }
        }
        whole.study = std::move(study);
        return whole;
    }
    static void expect_rows(const std::vector<SweepRow>& found,
                            const std::vector<SweepRow>& expected) {
        ASSERT_EQ(found.size(), expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            EXPECT_EQ(found[i].point, expected[i].point);
            EXPECT_EQ(found[i].assertions_held, expected[i].assertions_held);
            EXPECT_EQ(found[i].fingerprints, expected[i].fingerprints);
            EXPECT_EQ(checksum(found[i]), checksum(expected[i])) << "every bit of the metrics";
        }
    }
    std::string directory_;
};

TEST_F(SweepFile, ComesBackWhole) {
    for (const char* method : {"grid", "zip"}) {
        const SweepPart written = part(method);
        ASSERT_TRUE(write_sweep(path("s.h5"), written)) << method;

        const auto read = read_sweep(path("s.h5"));

        ASSERT_TRUE(read) << read.error();
        expect_rows(read->rows, written.rows);
        EXPECT_EQ(difference(read->study, written.study), "");
        EXPECT_TRUE(std::isnan(read->rows[0].metrics[0][1]));
        EXPECT_TRUE(std::signbit(read->rows[0].metrics[1][0]));
    }
}

TEST_F(SweepFile, HoldsAnyPartOfAGridEvenNone) {
    SweepPart some = part();
    some.shard = "2/3";
    some.rows = {some.rows[1]};
    ASSERT_TRUE(write_sweep(path("some.h5"), some));
    const auto read = read_sweep(path("some.h5"));
    ASSERT_TRUE(read) << read.error();
    expect_rows(read->rows, some.rows);
    EXPECT_EQ(read->shard, "2/3");

    some.rows.clear();
    ASSERT_TRUE(write_sweep(path("none.h5"), some));
    const auto none = read_sweep(path("none.h5"));
    ASSERT_TRUE(none) << none.error();
    EXPECT_TRUE(none->rows.empty());
}

TEST_F(SweepFile, HasTheSameBytesTwice) {
    ASSERT_TRUE(write_sweep(path("a.h5"), part()));
    ASSERT_TRUE(write_sweep(path("b.h5"), part()));
    const auto bytes = [&](const char* name) {
        std::ifstream file(path(name), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };

    EXPECT_EQ(bytes("a.h5"), bytes("b.h5"));
    EXPECT_FALSE(std::filesystem::exists(path("a.h5.partial")));
}

/// Deflate's own checksum sees most damage; a number that was changed and packed again, ours.
TEST_F(SweepFile, AChangedNumberIsSeen) {
    for (const char* name : {"lag.max", "event_fingerprint", "assertions_held"}) {
        ASSERT_TRUE(write_sweep(path("s.h5"), part()));
        {
            const H5::H5File file(path("s.h5"), H5F_ACC_RDWR);
            const H5::DataSet dataset = file.openDataSet(std::string("/sweep/") + name);
            std::vector<std::uint64_t> values(8);
            dataset.read(values.data(), H5::PredType::NATIVE_UINT64);
            values[0] = values[0] == 0 ? 1 : 0;
            dataset.write(values.data(), H5::PredType::NATIVE_UINT64);
        }
        const auto read = read_sweep(path("s.h5"));
        ASSERT_FALSE(read) << name;
        EXPECT_EQ(read.error(), "damaged: its contents do not fit their checksum");
    }
}

TEST_F(SweepFile, PointsComeBackOrSayWhyNot) {
    const SweepRow row = part().rows[2];
    ASSERT_TRUE(write_point(path("p.json"), "0123", row));
    const auto read = read_point(path("p.json"), "0123");
    ASSERT_TRUE(read) << read.error();
    expect_rows({*read}, {row});

    EXPECT_EQ(read_point(path("p.json"), "4567").error(), "it belongs to another study");
    EXPECT_FALSE(read_point(path("none.json"), "0123"));
    std::ifstream file(path("p.json"));
    const std::string whole(std::istreambuf_iterator<char>(file), {});
    for (std::size_t size = 0; size + 1 < whole.size(); size += 7) {
        std::ofstream(path("cut.json")) << whole.substr(0, size);
        EXPECT_FALSE(read_point(path("cut.json"), "0123")) << size;
    }
    for (std::size_t at = 0; at + 1 < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = changed[at] == '5' ? '6' : '5';
        std::ofstream(path("changed.json")) << changed;
        if (const auto same = read_point(path("changed.json"), "0123")) {
            expect_rows({*same}, {row});
        }
    }
}

TEST(SweepStudy, NamesAreTheLastKeysUnlessTaken) {
    EXPECT_EQ(coordinate_names({"spec.seed", "a.b[0].c", "x.c", "spec.topics[\"a.b\"]", "z.mean"},
                               {"mean"}),
              (std::vector<std::string>{"seed", "a.b[0].c", "x.c", "a.b", "z.mean"}));
    EXPECT_EQ(coordinate_names({"backoff[1]"}, {}), std::vector<std::string>{"backoff"});
}

TEST(SweepStudy, PointsAreListedAsPeopleDo) {
    EXPECT_EQ(list_of_points({2, 5, 6, 7, 8, 11, 12}), "2, 5 to 8, 11, 12");
    EXPECT_EQ(list_of_points({1, 3, 5, 7, 9, 11, 13, 15, 17, 19}),
              "1, 3, 5, 7, 9, 11, 13, 15 ... (10 in all)");
}

TEST(SweepStudy, NumbersAreInBaseUnits) {
    EXPECT_EQ(coordinate_number("1m30s", "s"), 90.0);
    EXPECT_EQ(coordinate_number("60/min", "s-1"), 1.0);
    EXPECT_EQ(coordinate_number("5%", "1"), 0.05);
    EXPECT_EQ(coordinate_number("500m", "1"), 0.5);
    EXPECT_EQ(coordinate_number("2k", "1"), 2000.0);
    EXPECT_EQ(coordinate_number("auto", "1"), std::nullopt);
}

}  // namespace
}  // namespace lagsim::sim
