#include "sim/study/confidence.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace lagsim::sim {
namespace {

struct Quantile {
    double confidence;
    std::int64_t degrees;
    double t;  ///< from scipy.stats.t.ppf((1 + confidence) / 2, degrees)
};

TEST(StudentT, AgreesWithScipy) {
    for (const Quantile& known :
         {Quantile{0.95, 1, 12.706204736432095}, Quantile{0.95, 2, 4.302652729696142},
          Quantile{0.95, 3, 3.182446305284263}, Quantile{0.95, 9, 2.2621571627409915},
          Quantile{0.95, 29, 2.045229642132703}, Quantile{0.95, 1000, 1.9623390808264078},
          Quantile{0.99, 4, 4.604094871415897}, Quantile{0.90, 19, 1.729132811521367}}) {
        EXPECT_NEAR(student_t_two_sided(known.confidence, known.degrees), known.t, 1e-9 * known.t)
            << known.confidence << ' ' << known.degrees;
    }
}

TEST(StudentT, ApproachesTheNormalDistribution) {
    EXPECT_NEAR(student_t_two_sided(0.95, 100'000), 1.959963985, 5e-5);
}

TEST(StudentT, TellsTheChanceBeyond) {
    EXPECT_NEAR(student_t_beyond(2.0, 1), 0.2951672353008665, 1e-12);
    EXPECT_NEAR(student_t_beyond(1.5, 4), 0.208, 1e-12);
    EXPECT_NEAR(student_t_beyond(3.3, 9), 0.009229908318547019, 1e-12);
    EXPECT_NEAR(student_t_beyond(2.5, 19), 0.02174041116839744, 1e-12);
    EXPECT_EQ(student_t_beyond(0.0, 7), 1.0);
    EXPECT_EQ(student_t_beyond(std::numeric_limits<double>::infinity(), 7), 0.0);
}

TEST(MeanInterval, LeavesUndefinedValuesOut) {
    const double undefined = std::numeric_limits<double>::quiet_NaN();
    const MeanInterval interval = mean_interval(std::vector<double>{1.0, undefined, 3.0});

    EXPECT_EQ(interval.n, 2);
    EXPECT_DOUBLE_EQ(interval.mean, 2.0);
    EXPECT_NEAR(interval.half_width, 12.706204736432095, 1e-8);
}

TEST(MeanInterval, HasNoWidthFromOneValueAndNoMeanFromNone) {
    EXPECT_TRUE(std::isnan(mean_interval(std::vector<double>{5.0}).half_width));
    EXPECT_DOUBLE_EQ(mean_interval(std::vector<double>{5.0}).mean, 5.0);
    EXPECT_TRUE(std::isnan(mean_interval({}).mean));
    EXPECT_EQ(mean_interval({}).n, 0);
}

}  // namespace
}  // namespace lagsim::sim
