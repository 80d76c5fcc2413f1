"""The dataset of a synthetic result: planted curves with noise, one sigmoid and one kernel missing."""

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from mesobridge.validation.report.features import FEATURES

from .planted import BASE, FREQUENCY, LEVERS, Array, Planted

V = np.linspace(-0.075, -0.025, 101)
LAG = np.arange(0.0, 0.4, 0.0005)
TIME = np.arange(0.0, 1.0, 0.001)
MODELS = ("mass", "scrambled_kernel", "logistic", "recorded_mean_v")
STIMULI = ("step +0.5", "step -0.5", "pulse pair 50 ms", "sinusoid 8 Hz", "chirp 1-40 Hz", "OU noise 5 ms")
UNMEASURED_SIGMOID = "gaba_b_density=1.4"
UNMEASURED_KERNEL = "nmda_fraction=-0.2"

_RELATIVE_SE = {
    "q_max": 0.01,
    "max_slope": 0.015,
    "width": 0.015,
    "skew": 0.0,
    "area": 0.006,
    "operating_rate": 0.02,
    "operating_slope": 0.02,
}
_ABSOLUTE_SE = {"v10": 1.2e-4, "v50": 1.2e-4, "v90": 4e-4, "v_max_slope": 3e-4, "skew": 0.015, "operating_v": 5e-5}


def _standard_error(name: str, value: float) -> float:
    return _ABSOLUTE_SE.get(name) or _RELATIVE_SE.get(name, 0.008) * abs(value)


def _conditions() -> list[str]:
    return ["base", *(f"{mechanism}={amount:g}" for mechanism, _, amount, *_ in LEVERS)]


def _truths() -> list[tuple[Planted, Planted]]:
    return [(BASE, BASE), *((replace(BASE, **true), replace(BASE, **theory)) for *_, true, theory in LEVERS)]


def _variable(
    dims: tuple[str, ...], values: Any, units: str, long_name: str
) -> tuple[tuple[str, ...], Any, dict[str, str]]:
    return dims, values, {"units": units, "long_name": long_name}


def _sigmoid_variables(rng: np.random.Generator) -> dict[str, Any]:
    rows: dict[str, list[Array]] = {
        name: [] for name in ("v_free", "rate", "rate_se", "count", "fitted_rate", "predicted_rate", "predicted_v_free")
    }
    exposure = 400 * 2.0
    for true, theory in _truths():
        v = np.linspace(-0.072, -0.027, 20)
        count = rng.poisson(exposure * true.rate(v)).astype(float)
        grid = np.linspace(-0.075, -0.025, 31)
        for name, values in (
            ("v_free", v + rng.normal(0, 2e-5, v.size)),
            ("rate", count / exposure),
            ("rate_se", np.sqrt(count + 1) / exposure * 3),
            ("count", count),
            ("fitted_rate", true.rate(V)),
            ("predicted_rate", 1.01 * theory.rate(grid)),
            ("predicted_v_free", grid),
        ):
            rows[name].append(values)
    table = {name: np.array(values) for name, values in rows.items()}
    level = ("condition", "level")
    band = 0.012 * table["fitted_rate"] + 0.25
    return {
        **{name: _variable(level, table[name], "Hz", f"population {name}") for name in ("rate", "rate_se")},
        "v_free": _variable(level, table["v_free"], "V", "mean free potential"),
        "v_free_se": _variable(
            level, np.full_like(table["v_free"], 1e-4), "V", "standard error of the mean free potential"
        ),
        "sigma_v": _variable(
            level, np.full_like(table["v_free"], 2.1e-3), "V", "temporal standard deviation of the free potential"
        ),
        "count": _variable(level, table["count"], "1", "spikes"),
        "exposure": _variable(level, np.full_like(table["count"], exposure), "s", "neuron-seconds"),
        "fano": _variable(level, np.full_like(table["count"], 0.8), "1", "Fano factor"),
        "drive": _variable(level, np.tile(np.linspace(-2e-10, 4e-10, 20), (len(_truths()), 1)), "A", "drive"),
        "fitted_rate": _variable(("condition", "v"), table["fitted_rate"], "Hz", "fitted rate"),
        "fitted_rate_low": _variable(
            ("condition", "v"), np.maximum(table["fitted_rate"] - band, 0), "Hz", "lower end of the 95 % band"
        ),
        "fitted_rate_high": _variable(
            ("condition", "v"), table["fitted_rate"] + band, "Hz", "upper end of the 95 % band"
        ),
        "predicted_rate": _variable(("condition", "predicted_level"), table["predicted_rate"], "Hz", "predicted rate"),
        "predicted_v_free": _variable(
            ("condition", "predicted_level"), table["predicted_v_free"], "V", "potential of the prediction"
        ),
    }


def _kernel_variables(rng: np.random.Generator) -> dict[str, Any]:
    true = np.array([population.kernel(LAG) for population, _ in _truths()])
    theory = np.array([population.kernel(LAG) for _, population in _truths()])
    wander = np.cumsum(rng.normal(0, 1, true.shape), axis=1) / 40
    error = 0.015 * true + 1e-7
    dims = ("condition", "lag")
    return {
        "kernel": _variable(dims, true + 0.3 * wander * error, "V", "free potential per presynaptic spike"),
        "kernel_se": _variable(dims, error, "V", "standard error of the kernel"),
        "kernel_fitted": _variable(dims, true, "V", "fitted kernel"),
        "kernel_predicted": _variable(dims, theory, "V", "predicted kernel"),
    }


def _feature_variables(rng: np.random.Generator) -> dict[str, Any]:
    names = list(FEATURES)
    true = np.array([[population.features()[n] for n in names] for population, _ in _truths()])
    theory = np.array([[population.features()[n] for n in names] for _, population in _truths()])
    error = np.array([[_standard_error(n, value) for n, value in zip(names, row, strict=True)] for row in true])
    measured = true + rng.normal(0, 1, true.shape) * error
    change, change_error = measured - measured[0], 1.2 * error
    change[0] = change_error[0] = 0
    dims = ("condition", "feature")
    numbers = {
        "measured": measured,
        "measured_se": error,
        "measured_low": measured - 1.96 * error,
        "measured_high": measured + 1.96 * error,
        "predicted": theory,
        "change": change,
        "change_se": change_error,
        "change_low": change - 1.96 * change_error,
        "change_high": change + 1.96 * change_error,
        "predicted_change": theory - theory[0],
    }
    return {name: _variable(dims, values, "feature_unit", name.replace("_", " ")) for name, values in numbers.items()}


def _inputs() -> Array:
    rng = np.random.default_rng(3)
    ou = np.zeros(TIME.size)
    for i in range(1, TIME.size):
        ou[i] = ou[i - 1] * np.exp(-1 / 5) + 0.2 * np.sqrt(1 - np.exp(-2 / 5)) * rng.standard_normal()
    inside = (TIME >= 0.2) & (TIME < 0.7)
    pair = ((TIME >= 0.2) & (TIME < 0.21)) | ((TIME >= 0.26) & (TIME < 0.27))
    chirp = 0.3 * np.sin(2 * np.pi * (TIME + 39 * TIME**2 / 2))
    return 900 * (
        1 + np.array([0.5 * inside, -0.5 * inside, 3.0 * pair, 0.3 * np.sin(2 * np.pi * 8 * TIME), chirp, ou])
    )


def _dynamics_variables(rng: np.random.Generator) -> dict[str, Any]:
    played = _inputs()
    kernel = BASE.kernel(TIME[:300]) * 1e-3
    response = np.array([np.convolve(row - 900, kernel)[: TIME.size] for row in played])
    v = BASE.operating_v + response
    rate = BASE.rate(v)
    error = np.sqrt(rate / (4000 * 1e-3)) + 0.05
    shapes = {
        "mass": (1.0, 1.0),
        "scrambled_kernel": (0.55, 1.0),
        "logistic": (1.0, 1.18),
        "recorded_mean_v": (0.8, 0.85),
    }
    mass_v = np.array([BASE.operating_v + response * a for a, _ in shapes.values()])
    mass = np.array([BASE.rate(mass_v[i]) * b for i, (_, b) in enumerate(shapes.values())])
    dims = ("stimulus", "time")
    return {
        "stimulus_input": _variable(dims, played, "Hz", "input rate"),
        "spiking_rate": _variable(
            dims, rate + rng.normal(0, 1, rate.shape) * error, "Hz", "rate of the spiking population"
        ),
        "spiking_rate_se": _variable(dims, error, "Hz", "its standard error"),
        "spiking_v_free": _variable(
            dims, v + rng.normal(0, 2e-5, v.shape), "V", "mean free potential of the spiking population"
        ),
        "mass_rate": _variable(("model", *dims), mass, "Hz", "rate of the mass model"),
        "mass_v": _variable(("model", *dims), mass_v, "V", "potential of the mass model"),
        "h_v_transfer": _variable(("frequency",), 1 / np.hypot(1, FREQUENCY / 9.0), "1", "normalised magnitude of h_V"),
        "h_r_transfer": _variable(
            ("frequency",), 1 / np.hypot(1, FREQUENCY / 15.0) + 0.01, "1", "normalised magnitude of h_r"
        ),
        "h_r_transfer_se": _variable(
            ("frequency",), 0.01 + 0.02 / np.hypot(1, FREQUENCY / 15.0), "1", "its standard error"
        ),
    }


def example_dataset() -> xr.Dataset:
    """Return the dataset, with one sigmoid and one kernel missing."""
    rng = np.random.default_rng(11)
    conditions = _conditions()
    coordinates = {
        "condition": conditions,
        "mechanism": ("condition", ["none", *(lever[0] for lever in LEVERS)]),
        "mode": ("condition", ["none", *(lever[1] for lever in LEVERS)]),
        "amount": ("condition", [0.0, *(lever[2] for lever in LEVERS)]),
        "amount_label": ("condition", ["untouched", *(lever[3] for lever in LEVERS)]),
        "v": V,
        "lag": LAG,
        "time": TIME,
        "frequency": FREQUENCY,
        "model": list(MODELS),
        "stimulus": list(STIMULI),
        "feature": list(FEATURES),
        "feature_unit": ("feature", [feature.unit for feature in FEATURES.values()]),
    }
    variables = {
        **_sigmoid_variables(rng),
        **_kernel_variables(rng),
        **_feature_variables(rng),
        **_dynamics_variables(rng),
    }
    dataset = xr.Dataset(variables, coords=coordinates)
    for group, condition, curves in (
        ("sigmoid", UNMEASURED_SIGMOID, ("rate", "v_free", "fitted_rate", "fitted_rate_low", "fitted_rate_high")),
        ("kernel", UNMEASURED_KERNEL, ("kernel", "kernel_se", "kernel_fitted")),
    ):
        names = [f.name for f in FEATURES.values() if f.group == group]
        for curve in curves:
            dataset[curve].loc[{"condition": condition}] = np.nan
        for number in (
            "measured",
            "measured_se",
            "measured_low",
            "measured_high",
            "change",
            "change_se",
            "change_low",
            "change_high",
        ):
            dataset[number].loc[{"condition": condition, "feature": names}] = np.nan
    return dataset
