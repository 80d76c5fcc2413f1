"""The compiled rate against the integral of siegert1951 in 30 digits at random points, and against itself."""

from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from mesobridge.meanfield import lif_log_rate, lif_rate
from mesobridge.meanfield.siegert import scaled_siegert, siegert_rates, table
from mesobridge.meanfield.siegert_compiled import BLOCK, OCTAVES, PANEL_BITS, PANELS, _exponential, _needs_care, _value

Array = NDArray[np.floating]
CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
EACH = 1 << PANEL_BITS
EDGES = np.append(np.outer(2.0 ** np.arange(OCTAVES), 1 + np.arange(EACH) / EACH).ravel(), 2.0**OCTAVES) - 1
END = EDGES[-1]


def printed(lower: float, upper: float) -> Any:
    """exp(-upper_+^2) times the integral of exp(u^2)(1 + erf u); what is below exp(-140) of it is left out."""
    with mpmath.workdps(30):
        low, up = mpmath.mpf(lower), mpmath.mpf(upper)
        top = max(up, mpmath.mpf(0))
        if top > 9:
            low = max(low, up - 70 / up)
        cuts = [-(mpmath.mpf(10) ** k) for k in range(7, -2, -1)] + [mpmath.mpf(0), mpmath.mpf(1)]
        cuts += [top - k / top for k in (24, 8, 2)] if top > 1 else []
        nodes = [low, *sorted(c for c in cuts if low < c < up), up]
        return mpmath.quad(lambda u: mpmath.exp(u * u - top * top) * mpmath.erfc(-u), nodes)


def random_limits(kind: str, n: int = 25) -> tuple[Array, Array]:
    rng = np.random.default_rng(7)
    edge, jitter = rng.choice(EDGES[1:], n), 1 + rng.uniform(-1e-15, 1e-15, n)
    upper, width = {
        "wide": lambda: (rng.uniform(-70, 27, n), rng.uniform(1, 100, n)),
        "near zero": lambda: (rng.uniform(-6, 6, n), rng.uniform(0.1, 10, n)),
        "narrow": lambda: (rng.uniform(-6, 26, n), 10 ** rng.uniform(-8, 0, n)),
        "far below": lambda: (-(10 ** rng.uniform(0, 6, n)), 10 ** rng.uniform(-3, 6, n)),
        "edges below": lambda: (-edge * jitter, rng.uniform(0.01, 5, n)),
        "edges above": lambda: (np.where(edge < 26, edge, 2.0) * jitter, rng.uniform(0.01, 5, n)),
        "end below": lambda: (-END + rng.uniform(-2, 2, n), 10 ** rng.uniform(-3, 1, n)),
        "end above": lambda: (END + rng.uniform(-2, 2, n), 10 ** rng.uniform(-3, 1, n)),
    }[kind]()
    return upper - width, upper


@pytest.mark.parametrize(
    "kind", ["wide", "near zero", "narrow", "far below", "edges below", "edges above", "end below", "end above"]
)
def test_equals_thirty_digits_in_all_regimes(kind: str) -> None:
    lower, upper = random_limits(kind)
    assert np.all(upper > lower)
    expected = [float(printed(low, up)) for low, up in zip(lower, upper, strict=True)]
    assert_allclose(scaled_siegert(lower, upper), expected, rtol=2e-13)


@pytest.mark.parametrize("part", [1 / 128, 1 / 64, 1 / 8])
def test_equals_thirty_digits_where_the_care_changes(part: float) -> None:
    middle = np.linspace(-60, 26, 30)
    for nudge in (0.99, 1.01):
        half = nudge * part * (1 + np.abs(middle)) / 2
        expected = [float(printed(m - h, m + h)) for m, h in zip(middle, half, strict=True)]
        assert_allclose(scaled_siegert(middle - half, middle + half), expected, rtol=2e-13)


def test_care_is_taken_of_narrow_and_far_limits_only() -> None:
    assert _needs_care(-5.0, -4.9)
    assert _needs_care(4.9, 5.0)
    assert _needs_care(-64.0, 1.0)
    assert not _needs_care(-0.1, 0.1)
    assert not _needs_care(-30.0, -20.0)


def test_a_rate_of_thirty_digits_down_to_the_smallest() -> None:
    upper = np.linspace(-3, 26.41, 30)
    found = lif_rate(0.0, 1.0, tau_m=20e-3, tau_ref=2e-3, v_threshold=upper, v_reset=upper - 3)
    assert 0 < found[-1] < 1e-300
    with mpmath.workdps(30):
        expected = []
        for u in upper:
            scale = mpmath.exp(-(mpmath.mpf(max(u, 0.0)) ** 2))
            interval = mpmath.mpf(2e-3) * scale + mpmath.mpf(20e-3) * mpmath.sqrt(mpmath.pi) * printed(u - 3, u)
            expected.append(float(scale / interval))
    assert_allclose(found, expected, rtol=2e-13)


def test_exponential_is_right_to_two_roundings() -> None:
    x = -np.concatenate([np.linspace(0, 1, 400), np.geomspace(1, 707.9, 2000)])
    found = np.array([_exponential(value) for value in x])
    assert found[0] == 1.0
    assert_allclose(found, np.exp(x), rtol=2 * np.finfo(float).eps)
    assert _exponential(-708.1) == 0.0
    assert _exponential(-np.inf) == 0.0


def test_panels_join() -> None:
    for sign in (-1, 1):
        y = sign * EDGES[1:]
        before = np.array([_value(table(), value * (1 - 1e-15)) for value in y])
        after = np.array([_value(table(), value * (1 + 1e-15)) for value in y])
        assert_allclose(after, before, rtol=1e-14)
    assert table().shape == (2 * (PANELS + 1), 12)


@pytest.mark.parametrize("size", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 1000, 40_000])
def test_a_result_does_not_depend_on_the_size_of_its_array(size: int) -> None:
    rng = np.random.default_rng(3)
    mu, sigma = rng.uniform(-0.02, 0.2, 40_000), 10 ** rng.uniform(-4.5, -1.5, 40_000)
    whole = lif_rate(mu, sigma, **CELL)
    assert np.unique(whole).size > 20_000
    assert_array_equal(lif_rate(mu[-size:], sigma[-size:], **CELL), whole[-size:])
    assert lif_rate(mu[-size], sigma[-size], **CELL) == whole[-size]


def test_a_result_does_not_depend_on_how_its_arguments_are_spread() -> None:
    rng = np.random.default_rng(4)
    mu, sigma = rng.uniform(0, 0.04, (30, 1)), rng.uniform(1e-3, 1e-2, 20)
    spread = {name: np.full((30, 20), value) for name, value in CELL.items()}
    grid = lif_rate(mu, sigma, **CELL)
    assert grid.shape == (30, 20)
    assert_array_equal(grid, lif_rate(*np.broadcast_arrays(mu, sigma), **spread))  # read-only views
    assert_array_equal(grid.T, lif_rate(mu.T, sigma[:, None], **CELL))
    assert_array_equal(grid[:, ::3], lif_rate(mu, sigma[::3], **CELL))
    assert lif_rate(np.zeros(0), sigma[:1], **CELL).shape == (0,)


def test_one_pass_equals_the_pieces() -> None:
    mu, sigma = np.linspace(-0.02, 0.08, 500), 3e-3
    rates = lif_rate(mu, sigma, **CELL)
    assert rates.min() < 1e-60
    assert_allclose(np.exp(lif_log_rate(mu, sigma, **CELL)), rates, rtol=2e-13)


@pytest.mark.parametrize("place", [0, 20_001, 49_999])
@pytest.mark.parametrize(
    ("name", "value"), [("mu", np.nan), ("mu", np.inf), ("sigma", 0.0), ("sigma", np.nan), ("sigma", -1e-3)]
)
def test_one_impossible_point_among_many_is_found(place: int, name: str, value: float) -> None:
    arguments = {"mu": np.full(50_000, 16e-3), "sigma": np.full(50_000, 4e-3)}
    arguments[name][place] = value
    with pytest.raises(ValueError, match=rf"lif: {name}\[{place}\] = "):
        lif_rate(**arguments, **CELL)


def test_what_is_not_a_number_is_never_looked_up() -> None:
    given = [np.array(value) for value in (0.0, 1.0, 20e-3, 2e-3, np.nan, -1.0, 0.0, 0.0)]
    assert not siegert_rates(*given)[1]
    assert np.all(np.isnan(scaled_siegert(np.array([np.nan, 0.0]), np.array([0.0, np.nan]))))
    with pytest.raises(ValueError, match="dt = nan"):
        lif_rate(16e-3, 4e-3, **CELL, dt=np.nan)
