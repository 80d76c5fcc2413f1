"""The random numbers: published vectors, laws, independence."""

import numpy as np
import pytest
from scipy import stats

from mesobridge.spiking.engine.noise import philox, poisson_count, standard_normal, uniform

# Known answers of Random123 (kat_vectors, philox4x32): counter, key, words after 7 and after 10 rounds.
ONES = 0xFFFFFFFF
KNOWN = [
    ((0, 0, 0, 0), (0, 0), "5f6fb709 0d893f64 4f121f81 4f730a48", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ((ONES,) * 4, (ONES,) * 2, "5207ddc2 45165e59 4d8ee751 8c52f662", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
        "4dfccaba 190a87f0 c47362ba b6b5242a", "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]  # fmt: skip
FALSE_ALARM = 1e-4


@pytest.mark.parametrize(("counter", "key", "seven", "ten"), KNOWN)
def test_philox_gives_the_published_words(counter, key, seven, ten):
    first, second, third, fourth = (np.asarray(word, dtype=np.uint64) for word in counter)
    for rounds, expected in ((7, seven), (10, ten)):
        words = philox((first, second, third, fourth), key, rounds)
        assert " ".join(f"{int(word):08x}" for word in words) == expected


def numbers(count, *, stream=0, cell=0, level=0, domain=0, seed=11, precision="float64"):
    return uniform(stream, np.arange(count), cell, level, domain, seed, 0, precision)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_uniform_numbers_are_uniform_and_never_0_or_1(precision):
    drawn = numbers(200_000, precision=precision)
    assert drawn.dtype == precision
    assert 0 < drawn.min() < drawn.max() < 1
    assert stats.kstest(drawn, "uniform").pvalue > FALSE_ALARM


def test_both_precisions_draw_the_same_numbers():
    double, single = numbers(1000), numbers(1000, precision="float32")
    assert np.max(np.abs(double - single)) <= 2.0**-23


def test_the_largest_word_stays_below_1_in_both_precisions():
    largest = {"float64": (ONES + 0.5) * 2.0**-32, "float32": np.float32((ONES >> 9) + 0.5) * np.float32(2.0**-23)}
    assert all(value < 1 for value in largest.values())
    assert all(np.isfinite(standard_normal(np.array([value]))) for value in largest.values())


@pytest.mark.parametrize(
    "other", [{"stream": 1}, {"stream": 4}, {"cell": 1}, {"level": 1}, {"domain": 1}, {"seed": 12}]
)
def test_streams_cells_levels_experiments_and_seeds_are_independent(other):
    count = 100_000
    correlation = np.corrcoef(numbers(count), numbers(count, **other))[0, 1]
    assert abs(correlation) < stats.norm.isf(FALSE_ALARM / 2) / np.sqrt(count)


def test_successive_steps_are_independent():
    drawn = numbers(100_001)
    correlation = np.corrcoef(drawn[1:], drawn[:-1])[0, 1]
    assert abs(correlation) < stats.norm.isf(FALSE_ALARM / 2) / np.sqrt(100_000)


@pytest.mark.parametrize(("mean", "terms"), [(0.02, 4), (0.3, 8), (1.9, 16), (8.0, 32)])
def test_poisson_counts_follow_poisson(mean, terms):
    counts = poisson_count(terms, numbers(200_000), mean, np.exp(-mean)).astype(int)
    top = int(stats.poisson.isf(5 / counts.size, mean))
    observed = np.bincount(np.minimum(counts, top), minlength=top + 1)
    expected = counts.size * np.append(stats.poisson.pmf(np.arange(top), mean), stats.poisson.sf(top - 1, mean))
    assert observed.sum() == 200_000
    assert stats.chisquare(observed, expected).pvalue > FALSE_ALARM


def test_a_wrong_mean_is_rejected_by_the_same_judge():
    mean = 0.3
    counts = poisson_count(8, numbers(200_000), 1.04 * mean, np.exp(-1.04 * mean)).astype(int)
    observed = np.bincount(np.minimum(counts, 4), minlength=5)
    expected = counts.size * np.append(stats.poisson.pmf(np.arange(4), mean), stats.poisson.sf(3, mean))
    assert stats.chisquare(observed, expected).pvalue < FALSE_ALARM


def test_normal_numbers_follow_the_normal_law():
    assert stats.kstest(standard_normal(numbers(200_000)), "norm").pvalue > FALSE_ALARM


def test_the_normal_quantile_is_the_exact_one_to_single_precision():
    u = (np.arange(500_000) + 0.5) / 500_000
    assert np.max(np.abs(standard_normal(u) / stats.norm.ppf(u) - 1)) < 2e-6


def test_the_normal_quantile_is_good_to_the_last_word():
    u = np.array([0.5 * 2.0**-32, 1 - 0.5 * 2.0**-32])
    assert np.max(np.abs(standard_normal(u) / stats.norm.ppf(u) - 1)) < 5e-4
