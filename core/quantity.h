/// Strong types for what is counted and what is named, so that an offset is never added to a
/// replica count.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace lagsim::core {

/// A name: comparable and hashable, without arithmetic.
template <class Tag, class Rep>
class Id {
  public:
    using value_type = Rep;
    constexpr Id() = default;
    constexpr explicit Id(Rep value) : value_(value) {}
    [[nodiscard]] constexpr Rep value() const { return value_; }
    friend constexpr auto operator<=>(const Id&, const Id&) = default;

  private:
    Rep value_{};
};

/// A number of things: adds and subtracts with its own kind.
template <class Tag, class Rep>
class Count {
  public:
    using value_type = Rep;
    constexpr Count() = default;
    constexpr explicit Count(Rep value) : value_(value) {}
    [[nodiscard]] constexpr Rep value() const { return value_; }
    constexpr Count& operator+=(Count other) {
        value_ = static_cast<Rep>(value_ + other.value_);
        return *this;
    }
    constexpr Count& operator-=(Count other) {
        value_ = static_cast<Rep>(value_ - other.value_);
        return *this;
    }
    friend constexpr Count operator+(Count a, Count b) { return a += b; }
    friend constexpr Count operator-(Count a, Count b) { return a -= b; }
    friend constexpr auto operator<=>(const Count&, const Count&) = default;

  private:
    Rep value_{};
};

using PartitionId = Id<struct PartitionTag, std::int32_t>;
using Generation = Id<struct GenerationTag, std::int32_t>;
using Records = Count<struct RecordsTag, std::int64_t>;
using Replicas = Count<struct ReplicasTag, std::int32_t>;  ///< pods of the scale target

/// A position in one partition's log. When committed, it is the next offset to read.
class Offset {
  public:
    constexpr Offset() = default;
    constexpr explicit Offset(std::int64_t value) : value_(value) {}
    [[nodiscard]] constexpr std::int64_t value() const { return value_; }
    friend constexpr Records operator-(Offset a, Offset b) { return Records{a.value_ - b.value_}; }
    friend constexpr Offset operator+(Offset a, Records n) { return Offset{a.value_ + n.value()}; }
    friend constexpr Offset operator-(Offset a, Records n) { return Offset{a.value_ - n.value()}; }
    constexpr Offset& operator++() {
        ++value_;
        return *this;
    }
    [[nodiscard]] constexpr Offset next() const { return Offset{value_ + 1}; }
    friend constexpr auto operator<=>(const Offset&, const Offset&) = default;

  private:
    std::int64_t value_{};
};

/// Half-open range of offsets [first, end).
struct OffsetRange {
    Offset first;
    Offset end;
    [[nodiscard]] constexpr Records size() const { return end - first; }
    [[nodiscard]] constexpr bool empty() const { return end <= first; }
    [[nodiscard]] static constexpr OffsetRange one(Offset offset) {
        return {offset, offset.next()};
    }
    friend constexpr bool operator==(const OffsetRange&, const OffsetRange&) = default;
};

}  // namespace lagsim::core

template <class Tag, class Rep>
struct std::hash<lagsim::core::Id<Tag, Rep>> {
    std::size_t operator()(lagsim::core::Id<Tag, Rep> id) const noexcept {
        return std::hash<Rep>{}(id.value());
    }
};
