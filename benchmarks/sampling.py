"""Error-controlled sampling against a uniform grid: neuron-seconds for the same standard errors.

Run as ``python benchmarks/sampling.py [--repeats N]``. The population is the memoryless one, drawn with numpy: counts
are Poisson and the potentials known, so that only the placing of levels is compared. The yardstick of every repeat is a
grid of 24 levels over the default range of a study (-20 to +25 mV about the threshold); the target is what that grid
reached.
"""

import argparse

import numpy as np
import xarray as xr

from mesobridge.bridge.design import best_shares, information_density, sample_until
from mesobridge.bridge.sigmoid_fit import fit_sigmoid
from mesobridge.bridge.sigmoid_fit.families import FAMILIES
from mesobridge.bridge.sigmoid_fit.features import FeatureView
from mesobridge.meanfield.sigmoids import ExGaussianSigmoid

THRESHOLD = -0.055
V_LOW, V_HIGH = THRESHOLD - 0.020, THRESHOLD + 0.025
TRUTH = ExGaussianSigmoid(q_max=100.0, theta=THRESHOLD, sigma=0.003, kappa=0.003)
WANTED = ("q_max", "v50", "width", "skew")


def draw(rng: np.random.Generator, v: np.ndarray, exposure: np.ndarray) -> xr.Dataset:
    """Return a table of levels with Poisson counts."""
    count = rng.poisson(TRUTH(v) * exposure).astype(float)
    one, none = np.ones_like(v), np.zeros_like(v)
    columns = {
        "drive": v, "v_free": v, "v_free_se": none, "sigma_v": 0.002 * one, "count": count, "exposure": exposure,
        "rate": count / exposure, "rate_se": np.sqrt(np.maximum(count, 1)) / exposure, "rate_v_covariance": none,
        "fano": one, "stationarity": none, "drift": none, "cells": 200 * one,
    }  # fmt: skip
    return xr.Dataset({name: ("level", values) for name, values in columns.items()})


def one_repeat(seed: int, wanted: tuple[str, ...], per_level: float = 400.0) -> tuple[float, bool]:
    """Return neuron-seconds of error-controlled sampling over those of the grid, and whether the target was met."""
    rng = np.random.default_rng(seed)
    grid = np.linspace(V_LOW, V_HIGH, 24)
    uniform = fit_sigmoid(
        draw(rng, grid, np.full(24, per_level)), family="exgaussian", q_max="fitted", intervals="wald"
    )
    targets = {name: uniform.features[name].standard_error for name in wanted}
    pilot = draw(rng, np.linspace(V_LOW, V_HIGH, 12), np.full(12, 0.02 * per_level * 2))
    done = sample_until(lambda v, t: draw(rng, v, t), pilot, targets, V_LOW, V_HIGH, budget=24 * per_level * 3)
    return done.spent / (24 * per_level), done.met


def least_possible(wanted: tuple[str, ...]) -> float:
    """Return the ratio of the best conceivable design, without pilot and spread levels, for this truth."""
    family, width = FAMILIES["exgaussian"], float(np.hypot(TRUTH.sigma, TRUTH.kappa))
    psi = np.array([np.log(TRUTH.q_max), TRUTH.theta + TRUTH.kappa, np.log(width), (TRUTH.kappa / width) ** 3])
    grid = information_density(family, psi, np.linspace(V_LOW, V_HIGH, 24)).mean(0)
    anywhere = information_density(family, psi, np.linspace(V_LOW, V_HIGH, 181))
    features = FeatureView(family).all(psi)
    gradients = [features[name][1] for name in wanted]
    scaled = np.array([g / np.sqrt(g @ np.linalg.inv(grid) @ g) for g in gradients])
    return best_shares(np.zeros_like(grid), anywhere, scaled, 1.0, rounds=1500)[1]


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    repeats = parser.parse_args().repeats
    print("neuron-seconds of error-controlled sampling / uniform grid of 24 levels, same standard errors")
    for wanted in (WANTED, *((name,) for name in WANTED)):
        ratios, met = zip(*(one_repeat(seed, wanted) for seed in range(repeats)), strict=True)
        print(
            f"{'+'.join(wanted):26s} median {np.median(ratios):.2f}  range {min(ratios):.2f}-{max(ratios):.2f}  "
            f"met {sum(met)}/{repeats}  least possible {least_possible(wanted):.2f}"
        )


if __name__ == "__main__":
    main()
