/// Vectors of 128 bits for CPUs with SSE2 and nothing better, which Highway 1.0 leaves to plain
/// code: those of its operations that the kernels need, under its names and with its meaning.
/// pinned_simd-inl.h chooses between the two.
#pragma once

#ifdef __SSE2__

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <emmintrin.h>
#include <hwy/base.h>

namespace lagsim::models::sse2 {

template <class T>
struct ScalableTag {
    using Number = T;
};
template <class T, class Tag>
using Repartition = ScalableTag<T>;

/// The compiler's own vector type; in a class, so that templates keep its attribute.
template <class T>
struct Vector {
    using Number = T;
    using Raw [[gnu::vector_size(16)]] = T;
    Raw raw;
};
template <class Tag>
using Vec = Vector<typename Tag::Number>;

/// What sums of integers are taken in: they wrap, which signed ones may not.
template <class T>
using Modular = typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>,
                                            std::type_identity<T>>::type;

template <class T>
constexpr std::size_t MaxLanes(ScalableTag<T> /*tag*/) {
    return 16 / sizeof(T);
}

template <class T, class From>
HWY_INLINE Vector<T> BitCast(ScalableTag<T> /*tag*/, Vector<From> v) {
    return {reinterpret_cast<typename Vector<T>::Raw>(v.raw)};
}
template <class T>
HWY_INLINE Vector<T> Set(ScalableTag<T> /*tag*/, std::type_identity_t<T> value) {
    return {typename Vector<T>::Raw{value, value}};
}
template <class T>
HWY_INLINE Vector<T> Zero(ScalableTag<T> tag) {
    return Set(tag, T{0});
}
template <class T>
HWY_INLINE Vector<T> Iota(ScalableTag<T> /*tag*/, std::type_identity_t<T> first) {
    return {typename Vector<T>::Raw{first, first + 1}};
}

template <class T>
HWY_INLINE Vector<T> LoadU(ScalableTag<T> /*tag*/, const T* from) {
    Vector<T> v;
    std::memcpy(&v.raw, from, sizeof v.raw);
    return v;
}
template <class T>
HWY_INLINE Vector<T> Load(ScalableTag<T> tag, const T* from) {
    return LoadU(tag, from);
}
template <class T>
HWY_INLINE void StoreU(Vector<T> v, ScalableTag<T> /*tag*/, T* to) {
    std::memcpy(to, &v.raw, sizeof v.raw);
}
template <class T>
HWY_INLINE void Store(Vector<T> v, ScalableTag<T> tag, T* to) {
    StoreU(v, tag, to);
}

template <class T>
HWY_INLINE Vector<T> operator+(Vector<T> a, Vector<T> b) {
    using Sums = typename Vector<Modular<T>>::Raw;
    return {reinterpret_cast<typename Vector<T>::Raw>(reinterpret_cast<Sums>(a.raw) +
                                                      reinterpret_cast<Sums>(b.raw))};
}
template <class T>
HWY_INLINE Vector<T> operator-(Vector<T> a, Vector<T> b) {
    using Sums = typename Vector<Modular<T>>::Raw;
    return {reinterpret_cast<typename Vector<T>::Raw>(reinterpret_cast<Sums>(a.raw) -
                                                      reinterpret_cast<Sums>(b.raw))};
}
template <class T>
HWY_INLINE Vector<T> operator*(Vector<T> a, Vector<T> b) {
    using Sums = typename Vector<Modular<T>>::Raw;
    return {reinterpret_cast<typename Vector<T>::Raw>(reinterpret_cast<Sums>(a.raw) *
                                                      reinterpret_cast<Sums>(b.raw))};
}
template <class T>
HWY_INLINE Vector<T> operator/(Vector<T> a, Vector<T> b) {
    return {a.raw / b.raw};
}

template <class T>
HWY_INLINE Vector<T> And(Vector<T> a, Vector<T> b) {
    return {a.raw & b.raw};
}
template <class T>
HWY_INLINE Vector<T> AndNot(Vector<T> inverted, Vector<T> b) {
    return {~inverted.raw & b.raw};
}
template <class T>
HWY_INLINE Vector<T> Or(Vector<T> a, Vector<T> b) {
    return {a.raw | b.raw};
}
template <class T>
HWY_INLINE Vector<T> Xor(Vector<T> a, Vector<T> b) {
    return {a.raw ^ b.raw};
}
template <class T>
HWY_INLINE Vector<T> Xor3(Vector<T> a, Vector<T> b, Vector<T> c) {
    return {a.raw ^ b.raw ^ c.raw};
}
template <class T>
HWY_INLINE Vector<T> Not(Vector<T> v) {
    return {~v.raw};
}
template <int bits, class T>
HWY_INLINE Vector<T> ShiftRight(Vector<T> v) {
    return {v.raw >> bits};
}
template <int bits, class T>
HWY_INLINE Vector<T> ShiftLeft(Vector<T> v) {
    return {v.raw << bits};
}

/// Full products of the lanes 0 and 2.
HWY_INLINE Vector<std::uint64_t> MulEven(Vector<std::uint32_t> a, Vector<std::uint32_t> b) {
    return {reinterpret_cast<Vector<std::uint64_t>::Raw>(
        _mm_mul_epu32(reinterpret_cast<__m128i>(a.raw), reinterpret_cast<__m128i>(b.raw)))};
}
/// All ones in the lanes that are negative.
HWY_INLINE Vector<std::int64_t> BroadcastSignBit(Vector<std::int64_t> v) {
    const __m128i signs = _mm_srai_epi32(reinterpret_cast<__m128i>(v.raw), 31);
    constexpr int upper_halves_twice = 0b11'11'01'01;
    return {
        reinterpret_cast<Vector<std::int64_t>::Raw>(_mm_shuffle_epi32(signs, upper_halves_twice))};
}

HWY_INLINE Vector<double> Max(Vector<double> a, Vector<double> b) {
    return {_mm_max_pd(a.raw, b.raw)};
}
HWY_INLINE Vector<double> Min(Vector<double> a, Vector<double> b) {
    return {_mm_min_pd(a.raw, b.raw)};
}
/// Masks are vectors: all ones or none.
HWY_INLINE Vector<double> Gt(Vector<double> a, Vector<double> b) {
    return {_mm_cmpgt_pd(a.raw, b.raw)};
}
HWY_INLINE Vector<double> Lt(Vector<double> a, Vector<double> b) {
    return {_mm_cmplt_pd(a.raw, b.raw)};
}
HWY_INLINE Vector<double> VecFromMask(ScalableTag<double> /*tag*/, Vector<double> mask) {
    return mask;
}
HWY_INLINE Vector<double> IfThenElse(Vector<double> mask, Vector<double> yes, Vector<double> no) {
    return {_mm_or_pd(_mm_and_pd(mask.raw, yes.raw), _mm_andnot_pd(mask.raw, no.raw))};
}
HWY_INLINE Vector<double> InterleaveLower(ScalableTag<double> /*tag*/, Vector<double> a,
                                          Vector<double> b) {
    return {_mm_unpacklo_pd(a.raw, b.raw)};
}
HWY_INLINE Vector<double> InterleaveUpper(ScalableTag<double> /*tag*/, Vector<double> a,
                                          Vector<double> b) {
    return {_mm_unpackhi_pd(a.raw, b.raw)};
}

}  // namespace lagsim::models::sse2

#endif
