#include "sim/engine/lanes/finish_batch.h"

#include <vector>

#include <gtest/gtest.h>

#include "models/random/philox.h"
#include "sim/engine/finish_hash.h"
#include "tests/models/random/simd_helper.h"

namespace lagsim::sim {
namespace {

std::int64_t random_integer(std::uint64_t i) {
    const models::Block block = models::philox4x32_10({static_cast<std::uint32_t>(i), 0, 0, 0}, 7);
    return static_cast<std::int64_t>((std::uint64_t{block[0]} << 31) ^ block[1]);
}

TEST(FinishBatch, SumsTheHashesOfItsRecords) {
    models::with_each_simd([] {
        for (const std::size_t count : {0U, 1U, 2U, 3U, 7U, 8U, 9U, 63U, 1000U, 4099U}) {
            for (const std::uint32_t entity : {0U, 23U, 0x80000017U, 0xFFFFFFFFU}) {
                for (const std::int64_t first :
                     {std::int64_t{0}, std::int64_t{12'345}, (std::int64_t{1} << 47)}) {
                    std::vector<std::int64_t> finish;
                    std::uint64_t expected = 0;
                    for (std::size_t i = 0; i < count; ++i) {
                        finish.push_back(random_integer(i));
                        expected +=
                            hash_finish(entity, core::Offset{first + static_cast<std::int64_t>(i)},
                                        core::at_nanoseconds(finish.back()));
                    }
                    EXPECT_EQ(hash_finishes(entity, first, finish.data(), count), expected);
                }
            }
        }
    });
}

TEST(FinishHash, IsTheOneThatFingerprintsWereMadeWith) {
    EXPECT_EQ(hash_finish(3, core::Offset{17}, core::at_nanoseconds(6'250'000)),
              0x8C20D4A517B772A7U);
}

}  // namespace
}  // namespace lagsim::sim
