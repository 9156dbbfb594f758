#include "sim/ledger/record_index.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

using core::Offset;

void append(RecordIndex& index, int records, bool marker) {
    for (int i = 0; i < records; ++i) {
        index.append_record();
    }
    if (marker) {
        index.append_marker();
    }
}

TEST(RecordIndex, NumbersAreOffsetsWhereThereAreNoMarkers) {
    RecordIndex index;
    append(index, 5, false);

    EXPECT_EQ(index.offset_of(3), Offset{3});
    EXPECT_EQ(index.number_from(Offset{4}), 4);
    EXPECT_EQ(index.number_from(Offset{9}), 5);  // beyond the end: the next one
    EXPECT_EQ(index.run_end(2), 5);
}

TEST(RecordIndex, AMarkerTakesAnOffsetAndNoNumber) {
    RecordIndex index;
    for (int i = 0; i < 3; ++i) {
        append(index, 2, true);  // offsets 0 1 - 3 4 - 6 7 -
    }
    append(index, 1, false);  // 9

    EXPECT_EQ(index.offset_of(2), Offset{3});
    EXPECT_EQ(index.offset_of(5), Offset{7});
    EXPECT_EQ(index.offset_of(6), Offset{9});
    EXPECT_EQ(index.number_from(Offset{2}), 2);  // a marker: the record after it
    EXPECT_EQ(index.number_from(Offset{7}), 5);
    EXPECT_EQ(index.number_from(Offset{8}), 6);
    EXPECT_EQ(index.run_end(3), 4);
    EXPECT_EQ(index.produced(), core::Records{7});
}

TEST(RecordIndex, ATruncatedRecordKeepsItsOffsetAndItsNumberIsNotUsedAgain) {
    RecordIndex index;
    append(index, 10, false);
    index.truncate(Offset{6});
    append(index, 3, false);  // numbers 10 to 12 at offsets 6 to 8

    EXPECT_EQ(index.produced(), core::Records{13});
    EXPECT_EQ(index.offset_of(5), Offset{5});
    EXPECT_EQ(index.offset_of(8), Offset{8});
    EXPECT_EQ(index.offset_of(10), Offset{6});
    EXPECT_EQ(index.number_from(Offset{5}), 5);
    EXPECT_EQ(index.number_from(Offset{6}), 10);
    EXPECT_EQ(index.number_from(Offset{8}), 12);
}

/// Against a list of what stands at each offset, through random appends, markers and truncations.
TEST(RecordIndex, AgreesWithALogThatIsKeptWhole) {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        std::mt19937 random(seed);
        RecordIndex index;
        std::vector<std::int64_t> log;  // number at each offset, -1: a marker
        std::vector<std::int64_t> offsets;
        for (int step = 0; step < 120; ++step) {
            const unsigned choice = random() % 20;
            if (choice == 0 && !log.empty()) {
                log.resize(random() % log.size());
                index.truncate(Offset{static_cast<std::int64_t>(log.size())});
            } else if (choice < (seed % 3 == 0 ? 10U : 5U)) {
                log.push_back(-1);
                index.append_marker();
            } else {
                offsets.push_back(static_cast<std::int64_t>(log.size()));
                log.push_back(static_cast<std::int64_t>(offsets.size()) - 1);
                index.append_record();
            }
        }
        for (std::size_t number = 0; number < offsets.size(); ++number) {
            ASSERT_EQ(index.offset_of(static_cast<std::int64_t>(number)), Offset{offsets[number]})
                << "seed " << seed << " record " << number;
        }
        auto expected = static_cast<std::int64_t>(offsets.size());
        for (std::size_t offset = log.size(); offset-- > 0;) {
            expected = log[offset] >= 0 ? log[offset] : expected;
            ASSERT_EQ(index.number_from(Offset{static_cast<std::int64_t>(offset)}), expected)
                << "seed " << seed << " offset " << offset;
        }
    }
}

}  // namespace
}  // namespace lagsim::sim
