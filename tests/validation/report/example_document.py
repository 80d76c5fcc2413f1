"""The document of a synthetic result: verdicts on planted levers, of which one theory is wrong, and what is missing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from mesobridge.validation.margins import read_margins
from mesobridge.validation.report.features import FEATURES
from mesobridge.validation.verdict import Measurement, equivalence, sign_of

from .example_dataset import MODELS, STIMULI, UNMEASURED_KERNEL, UNMEASURED_SIGMOID, example_dataset
from .planted import LEVERS


@dataclass(frozen=True)
class Study:
    """What the report needs of a study."""

    title: str = "Nine levers on a layer 5 population"

    def resolved_toml(self) -> str:
        """The study as it would be written to disk."""
        return f'title = "{self.title}"\nseed = 7\npopulation = "e1"\n\n[sigmoid]\nlevels = 24\nv_min = "-20 mV"\n'


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _entry(dataset: xr.Dataset, condition: str, name: str) -> dict[str, Any]:
    at = dataset.sel(condition=condition, feature=name)
    base = float(dataset["measured"].sel(condition="base", feature=name))
    change = Measurement(value=float(at["change"]), standard_error=float(at["change_se"]))
    predicted = float(at["predicted_change"])
    margin = read_margins().prediction(name, base, predicted)
    measured = {"value": _finite(change.value), "interval": [_finite(at["change_low"]), _finite(at["change_high"])]}
    known = measured["value"] is not None
    return {
        "measured": measured if known else None,
        "predicted": predicted,
        "unit": FEATURES[name].unit,
        "verdict": equivalence(change.minus(predicted), margin) if known else "undecided",
        "sign": sign_of(change, read_margins().unchanged(name, base)) if known else "?",
        "absolute": {
            "value": _finite(at["measured"]),
            "interval": [_finite(at["measured_low"]), _finite(at["measured_high"])] if known else None,
            "predicted": float(at["predicted"]),
        },
        "margin": margin,
    }


def _estimate(value: float, error: float, unit: str = "1") -> dict[str, Any]:
    interval = [value - 1.96 * error, value + 1.96 * error]
    return {"value": value, "standard_error": error, "interval": interval, "unit": unit}


def _claims() -> list[dict[str, Any]]:
    return [
        {
            "id": "ampa-leaves-q",
            "mechanism": "ampa_density",
            "feature": "v50",
            "statement": "AMPA density leaves the population sigmoid unchanged.",
            "expected": "0",
            "measured": {"value": 0.00008, "interval": [-0.0002, 0.00036]},
            "unit": "V",
            "verdict": "holds",
            "reason": "inside 0.5 mV",
        },
        {
            "id": "refractoriness-symmetric",
            "mechanism": "relative_refractoriness",
            "feature": "skew",
            "statement": "Less relative refractoriness makes the sigmoid symmetric.",
            "expected": "0",
            "measured": {"value": 0.081, "interval": [0.05, 0.112]},
            "unit": "1",
            "verdict": "fails",
            "reason": "true in the limit only",
        },
        {
            "id": "nmda-slows",
            "mechanism": "nmda_fraction",
            "feature": "mean_lag",
            "statement": "More NMDA slows the kernel.",
            "expected": "+",
            "measured": {"value": 0.0194, "interval": [0.0183, 0.0205]},
            "unit": "s",
            "verdict": "holds",
            "reason": "interval above 0",
        },
        {
            "id": "spread-widens",
            "mechanism": "threshold_spread",
            "feature": "width",
            "statement": "More threshold spread widens the sigmoid.",
            "expected": "+",
            "measured": {"value": None, "interval": None},
            "unit": "V",
            "verdict": "undecided",
            "reason": "not enough spikes",
        },
    ]


def _scores() -> list[dict[str, Any]]:
    errors = {"mass": 1.15, "scrambled_kernel": 7.9, "logistic": 4.2, "recorded_mean_v": 5.6}
    return [
        {
            "condition": "base",
            "stimulus": stimulus,
            "model": model,
            "bias": 0.05 * (k + 1) * errors[model],
            "normalized_error": errors[model] * (1 + 0.13 * k),
            "unexplained": 0.01 * errors[model] ** 2,
            "error_to_floor": errors[model] * (1 + 0.1 * k) * 0.9,
            "unit": "Hz",
        }
        for k, stimulus in enumerate(STIMULI)
        for model in MODELS
    ]


def _provenance() -> dict[str, Any]:
    return {
        "title": "Nine levers on a layer 5 population",
        "version": "0.1.0",
        "seed": 7,
        "target": "cpp_standalone",
        "precision": "float64",
        "machine": {"processor": "x86_64", "brian2": "2.9.0"},
        "started": "2024-05-02T10:00:00Z",
        "seconds": 312.4,
        "neuron_seconds": 1.2e6,
        "notes": ["Built with the C++ compiler g++ 12."],
        "studies_papers": ["shine2021", "jahr1990"],
    }


def _base() -> dict[str, Any]:
    return {
        "population": "e1",
        "family": "exgaussian",
        "q_max_definition": "fitted",
        "extrapolated": False,
        "operating": {"v_free": -0.056, "rate": 5.2},
        "kernel_family": "cascade",
        "warnings": ["The kernel's tail beyond 0.4 s was taken from its fit."],
        "sigmoid_parameters": {"q_max": _estimate(78.2, 0.6, "Hz"), "kappa": _estimate(0.0046, 0.0002, "V")},
        "kernel_parameters": {"area": _estimate(4.21e-6, 2.5e-8, "V s")},
        "families": {"exgaussian": {"qaicc": 31.2, "misfit": 0.004}, "logistic": {"qaicc": 210.4, "misfit": 0.03}},
        "width_split": {
            "total": _estimate(3.1e-5, 8e-7, "V2"),
            "quenched": _estimate(1.02e-5, 5e-7, "V2"),
            "temporal": _estimate(2.03e-5, 9e-7, "V2"),
            "gap": _estimate(5e-7, 1.1e-6, "V2"),
        },
    }


def _validity() -> list[dict[str, Any]]:
    return [
        {
            "check": "e1",
            "condition": "base",
            "sentence": "One spike moves the potential by a small part of the way to threshold.",
            "value": 0.021,
            "bound": [None, 0.05],
            "ok": True,
            "advice": "",
        },
        {
            "check": "e3",
            "condition": "base",
            "sentence": "Synapses are fast against the membrane.",
            "value": 0.31,
            "bound": [0.0, 0.1],
            "ok": False,
            "advice": "use the coloured-noise transfer function",
        },
    ]


def _refusals() -> list[dict[str, str]]:
    return [
        {
            "condition": UNMEASURED_SIGMOID,
            "what": "sigmoid",
            "reason": "The levels end below half of the maximum rate: raise v_max.",
        },
        {
            "condition": UNMEASURED_KERNEL,
            "what": "kernel",
            "reason": "The response had not decayed at the end of the window.",
        },
        {"condition": "base", "what": "calibration", "reason": "No target curve was given."},
    ]


def example_document(dataset: xr.Dataset | None = None) -> dict[str, Any]:
    """Return the document that goes with ``example_dataset``."""
    dataset = example_dataset() if dataset is None else dataset
    levers = [
        {
            "condition": f"{mechanism}={amount:g}",
            "mechanism": mechanism,
            "mode": mode,
            "amount": amount,
            "amount_label": label,
            "unit": unit,
            "lever": f"what {mechanism} does to the cell",
            "family": "exgaussian",
            "features": {name: _entry(dataset, f"{mechanism}={amount:g}", name) for name in FEATURES},
            "elasticity": {"area": 4.1e-6, "gain": 0.012},
            "gain_split": {"gain": _estimate(-0.36, 0.01), "slope": _estimate(-0.01, 0.008), "area": None},
        }
        for mechanism, mode, amount, label, unit, *_ in LEVERS
    ]
    return {
        "schema": "mesobridge.report/1",
        "provenance": _provenance(),
        "base": _base(),
        "levers": levers,
        "claims": _claims(),
        "dynamics": _scores(),
        "validity": _validity(),
        "refusals": _refusals(),
    }
