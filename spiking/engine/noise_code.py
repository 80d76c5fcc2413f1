"""The C++ and Cython text of the random numbers of ``noise.py``."""

from .noise import _CENTRE, _KEY_STEPS, _MULTIPLIERS, _TAIL, ROUNDS


def _horner(coefficients: tuple[float, ...], x: str) -> str:
    text = f"(real){coefficients[0]!r}"
    for coefficient in coefficients[1:]:
        text = f"({text} * {x} + (real){coefficient!r})"
    return text


_PHILOX = """
#ifndef MESOBRIDGE_PHILOX
#define MESOBRIDGE_PHILOX
typedef %(real)s real;
template <int word> static inline uint32_t philox_word(
    uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0, uint32_t k1)
{
%(rounds)s
    return word == 0 ? c0 : word == 1 ? c1 : word == 2 ? c2 : c3;
}
static inline real to_uniform(uint32_t word)
{
    %(to_uniform)s
}
#endif
"""

_ROUND = """    {
        const uint64_t p0 = (uint64_t)%(m0)du * c0, p1 = (uint64_t)%(m1)du * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ (k0 + %(s0)du); c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ (k1 + %(s1)du); c3 = (uint32_t)p0;
    }"""

# The signed conversion of 31 or 23 bits is one vector instruction; that of 32 unsigned bits needs AVX-512.
_TO_UNIFORM = {
    "float64": f"return ((real)word + 0.5) * {2.0**-32!r};",
    "float32": f"return ((real)(int32_t)(word >> 9) + 0.5f) * {2.0**-23!r}f;",
}


def philox_code(precision: str) -> str:
    """Return the C++ generator that every random function of a program shares."""
    rounds = [
        _ROUND
        % {
            "m0": _MULTIPLIERS[0], "m1": _MULTIPLIERS[1],
            "s0": (number * _KEY_STEPS[0]) & 0xFFFFFFFF, "s1": (number * _KEY_STEPS[1]) & 0xFFFFFFFF,
        }
        for number in range(ROUNDS)
    ]  # fmt: skip
    real = "double" if precision == "float64" else "float"
    return _PHILOX % {"real": real, "rounds": "\n".join(rounds), "to_uniform": _TO_UNIFORM[precision]}


def uniform_code(stream: int) -> str:
    """Return the C++ function ``uniform_<stream>``."""
    return f"""
static inline real uniform_{stream}(
    int64_t step, int32_t cell, int32_t level, int32_t domain, int32_t seed_low, int32_t seed_high)
{{
    return to_uniform(philox_word<{stream % 4}>((uint32_t)step, (uint32_t)cell, (uint32_t)level,
        (uint32_t)domain + {stream // 4 << 16}u, (uint32_t)seed_low, (uint32_t)seed_high));
}}
"""


def poisson_code(terms: int) -> str:
    """Return the C++ function ``poisson_count_<terms>``."""
    later = "\n".join(
        f"    chance *= mean * (real){1.0 / k!r}; total += chance; count += number >= total ? one : zero;"
        for k in range(1, terms)
    )
    return f"""
static inline real poisson_count_{terms}(real number, real mean, real none)
{{
    const real one = 1, zero = 0;
    real chance = none, total = none, count = number >= total ? one : zero;
{later}
    return count;
}}
"""


def normal_code() -> str:
    """Return the C++ function ``standard_normal``."""
    return f"""
static inline real standard_normal(real u)
{{
    const real w = -std::log((real)4 * u * ((real)1 - u));
    const real centre = w - (real)2.5, tail = std::sqrt(w < (real)5 ? (real)5 : w) - (real)3;
    const real inverse = w < (real)5 ? {_horner(_CENTRE, "centre")} : {_horner(_TAIL, "tail")};
    return inverse * (u - (real)0.5) * (real){2 * 2**0.5!r};
}}
"""


def random_header(precision: str, streams: int, terms: tuple[int, ...]) -> str:
    """Return a C++ header with the generator and every random function that a model calls."""
    parts = [philox_code(precision), *(uniform_code(stream) for stream in range(streams))]
    parts += [poisson_code(number) for number in sorted(set(terms))]
    return "\n".join(["#pragma once", "#include <cmath>", "#include <stdint.h>", *parts, normal_code()])
