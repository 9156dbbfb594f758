/// The random numbers of all C++ peers: xoshiro256++ and a ziggurat of 256 layers, as fast as such
/// programs get, and the same for each, so that only the engines differ.
///
/// Sources: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021; Marsaglia
/// and Tsang, "The ziggurat method for generating random variables", 2000.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace lagsim::bench {

class Draw {
  public:
    explicit Draw(std::uint64_t seed) {
        for (std::uint64_t& word : state_) {
            seed += 0x9E3779B97F4A7C15U;  // splitmix64 spreads the seed
            std::uint64_t mixed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9U;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
            word = mixed ^ (mixed >> 31);
        }
    }

    /// Exponential with mean 1.
    double exponential() {
        double beyond = 0.0;
        while (true) {
            const std::uint64_t word = next();
            const std::size_t layer = word & 0xFFU;
            const double x = uniform(word) * layers().right[layer];
            if (x < layers().right[layer + 1]) {
                return beyond + x;
            }
            if (layer == 0) {
                beyond += tail;  // memoryless: what is past the tail's start is drawn afresh
                continue;
            }
            const double height = layers().top[layer] +
                                  uniform(next()) * (layers().top[layer + 1] - layers().top[layer]);
            if (height < std::exp(-x)) {
                return beyond + x;
            }
        }
    }

  private:
    static constexpr double tail = 7.69711747013104972;       ///< where the lowest layer ends
    static constexpr double area = 0.0039496598225815571993;  ///< of each layer

    struct Layers {
        std::array<double, 257> right{};  ///< right end of each layer, wide ones first
        std::array<double, 257> top{};    ///< density there
    };

    static const Layers& layers() {
        static const Layers made = [] {
            Layers all;
            all.right[0] = area / std::exp(-tail);
            all.right[1] = tail;
            for (std::size_t i = 2; i < 256; ++i) {
                all.right[i] = -std::log(std::exp(-all.right[i - 1]) + area / all.right[i - 1]);
            }
            for (std::size_t i = 1; i < 257; ++i) {
                all.top[i] = std::exp(-all.right[i]);
            }
            return all;
        }();
        return made;
    }

    /// The upper 53 bits, in [0, 1).
    static double uniform(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

    /// std::rotl, which C++17 has not: Debian's SystemC is for C++17.
    static std::uint64_t rotated(std::uint64_t word, int by) {
        return (word << by) | (word >> (64 - by));
    }

    std::uint64_t next() {
        const std::uint64_t result = rotated(state_[0] + state_[3], 23) + state_[0];
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = rotated(state_[3], 45);
        return result;
    }

    std::array<std::uint64_t, 4> state_{};
};

/// The workload: every time in service times.
inline constexpr int queues = 24;
inline constexpr double mean_gap = 1.0 / 0.9;

}  // namespace lagsim::bench
