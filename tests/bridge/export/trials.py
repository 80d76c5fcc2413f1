"""Calibrations made by hand, and the linear response of an exported model from a small push at rest."""

from collections.abc import Callable
from dataclasses import fields
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mesobridge.bridge.calibration import CalibratedModel, CalibratedParameter, Calibration, Misfit
from mesobridge.bridge.estimate import symmetric_estimate
from mesobridge.bridge.export.equations import Equations
from mesobridge.bridge.export.expression import Part, written
from mesobridge.meanfield import (
    AlphaKernel,
    CascadeKernel,
    CorticothalamicField,
    DynamicMeanField,
    EmpiricalMass,
    ExGaussianSigmoid,
    Feedback,
    GaussianSigmoid,
    JansenRit,
    Liley,
    MassModel,
    MixtureKernel,
    TabulatedSigmoid,
    WilsonCowan,
    WongWang,
)

Array = NDArray[Any]

CELL = {
    "population": {
        "name": "trial",
        "cell": {
            "kind": "point",
            "capacitance": "200 pF",
            "leak_conductance": "7.7 nS",
            "leak_reversal": "-64 mV",
            "threshold": "-50 mV",
            "reset": "-58 mV",
            "refractory_period": "2 ms",
            "slope_factor": "2 mV",
            "cutoff": "-30 mV",
            "threshold_spread": "2 mV",
            "potassium_conductance": "2.3 nS",
            "potassium_reversal": "-90 mV",
            "after_hyperpolarization": {"increment": "2 nS", "decay": "120 ms", "reversal": "-90 mV"},
            "rectifier": {"increment": "6 nS", "decay": "8 ms", "reversal": "-90 mV"},
        },
    },
    "operating point": {"rate": {"value": 5.33, "unit": "Hz"}},
}

EX_GAUSSIAN = ExGaussianSigmoid(40.0, -0.050, 0.003, 0.002)
GAUSSIAN = GaussianSigmoid(40.0, -0.050, 0.003)
TABLE = TabulatedSigmoid(np.linspace(-0.07, -0.04, 20), GAUSSIAN(np.linspace(-0.07, -0.04, 20)))


def empirical(sigmoid: Any = EX_GAUSSIAN, **changes: Any) -> EmpiricalMass:
    excitatory = MixtureKernel(
        (0.7, 0.3), (CascadeKernel(4e-6, (3e-3, 20e-3)), CascadeKernel(4e-6, (3e-3, 80e-3, 20e-3)))
    )
    return EmpiricalMass(
        sigmoid=sigmoid,
        kernels={"exc": excitatory, "inh": AlphaKernel(-3e-6, 200.0)},
        operating_v=-0.052,
        operating_inputs={"exc": 1000.0, "inh": 500.0},
        **changes,
    )


def calibrated(instance: MassModel | EmpiricalMass, model: str, condition: str = "base") -> CalibratedModel:
    values = (
        [("q_max", float(instance.sigmoid.q_max), "Hz"), ("operating_v", instance.operating_v, "V")]
        if isinstance(instance, EmpiricalMass)
        else [(f.name, float(getattr(instance, f.name)), str(f.metadata["unit"])) for f in fields(instance)]  # type: ignore[arg-type]
    )
    parameters = tuple(
        CalibratedParameter(
            name=name, estimate=symmetric_estimate(value, 0.01 * abs(value), unit), source="estimated", note="by hand"
        )
        for name, value, unit in values
    )
    return CalibratedModel(
        model=model,
        condition=condition,
        mechanism="" if condition == "base" else "ampa_density",
        mode="" if condition == "base" else "review",
        amount=0.0 if condition == "base" else 1.5,
        parameters=parameters,
        covariance=np.diag([p.estimate.standard_error**2 for p in parameters]),
        instance=instance,
        misfits=(Misfit(name="skew", sentence='A logistic has none -- "none" & <none>.', rate_error=0.5),),
    )


def calibration(model: str, base: MassModel | EmpiricalMass, *others: MassModel | EmpiricalMass) -> Calibration:
    conditions = [calibrated(base, model)]
    conditions += [calibrated(one, model, f"ampa_density[review] ×1.{k}") for k, one in enumerate(others, start=5)]
    return Calibration(
        title="A trial with a \\ and ''' and \"\"\"",
        models=tuple(conditions),
        cell=CELL,
        validity=({"name": "e1", "sentence": "Jumps are small.", "value": 0.01, "ok": True},),
        citation=("shine2021",),
        provenance={"version": "0.1.0", "seed": 1},
    )


JANSEN_RIT = calibration("jansen-rit", JansenRit.published(p=60.0), JansenRit.published(p=50.0, A="3.5 mV"))
WILSON_COWAN = calibration("wilson-cowan", WilsonCowan.published(P=0.5))
# As calibration makes them: no refractory share, a drive outside the sigmoid.
WILSON_COWAN_DRIVEN = calibration("wilson-cowan", WilsonCowan.published(P=0.5, r_e=0.0, k_e=0.8, F=0.01, r_i=0.5))
DYNAMIC_MEAN_FIELD = calibration(
    "dynamic-mean-field",
    DynamicMeanField.published(gain_e=1.1, long_range_current="0.01 nA", self_inhibition="0.8 nA"),
)
CORTICOTHALAMIC = calibration("corticothalamic", CorticothalamicField.published(t0="80 ms"))
LILEY = calibration("liley", Liley.published(p_ee=2000.0, p_ei=5000.0))
WONG_WANG = calibration("wong-wang", WongWang.published())
EMPIRICAL = calibration("empirical", empirical(), empirical(GAUSSIAN), empirical(TABLE))
EMPIRICAL_LATE = calibration("empirical", empirical(feedback={"exc": Feedback(3.0, 4e-3)}))
EVERY = (
    JANSEN_RIT, WILSON_COWAN, WILSON_COWAN_DRIVEN, DYNAMIC_MEAN_FIELD, CORTICOTHALAMIC, LILEY, WONG_WANG, EMPIRICAL,
    EMPIRICAL_LATE,
)  # fmt: skip


def value_of(part: Part, names: dict[str, Any], sigmoid: Any = None) -> Any:
    """Return an expression computed: exp and its like by NumPy, an opaque sigmoid by itself."""
    known = {"exp": np.exp, "expm1": np.expm1, "minimum": np.minimum, "abs": abs, "sqrt": np.sqrt, "expit": expit}
    opaque = ("gaussian_sigmoid", "ex_gaussian_sigmoid", "tabulated_sigmoid")
    curves = {} if sigmoid is None else {name: (lambda v, *_: sigmoid(v)) for name in opaque}
    return eval(written(part), {**known, **curves, **names})


def rates_at(equations: Equations, state: Array, changes: dict[str, float] | None = None) -> Array:
    """Return the rates of change at a state, late variables at rest."""
    rest = dict(zip(equations.names, equations.rest, strict=True))
    late = {one.symbol: rest[one.variable] for one in equations.delayed}
    names = {**equations.values, **late, **dict(zip(equations.names, state, strict=True)), **(changes or {})}
    return np.array([value_of(rate, names, equations.sigmoid) for rate in equations.rates], dtype=float)


def kick_of(equations: Equations, input: str) -> Array:
    """Return how one unit times one second of an input moves the state; inputs that are kicked enter linearly."""
    centre = equations.values[input]
    step = max(1e-3 * abs(centre), 1e-6)
    up, down = (rates_at(equations, equations.rest, {input: centre + sign * step}) for sign in (1, -1))
    return (up - down) / (2 * step)


def output_of(equations: Equations, states: Array) -> Array:
    """Return the first output at states (n, time)."""
    names = {**equations.values, **dict(zip(equations.names, states, strict=True))}
    return np.asarray(value_of(equations.outputs[0][1], names, equations.sigmoid))


def transfer_from_kicks(
    run: Callable[[Array], tuple[Array, Array]], equations: Equations, input: str, frequency: Array, size: float
) -> Array:
    """Return the transfer from ``input`` to the first output, as the exported model shows it, SI.

    Two runs start at rest plus and minus a small push; half their difference is linear up to the square of its size.

    Parameters
    ----------
    run : callable
        Takes a state to start from (n,), SI; returns time (s) and states (n, time), SI, start included.
    equations : Equations
        In SI, with the output to look at.
    input : str
        What is pushed.
    frequency : array
        Hz.
    size : float
        Push, input unit times s.
    """
    kick = size * kick_of(equations, input)
    time, up = run(equations.rest + kick)
    _, down = run(equations.rest - kick)
    response = (output_of(equations, up) - output_of(equations, down)) / (2 * size)
    assert abs(response[-1]) < 1e-3 * np.abs(response).max(), "the run ends before the response does"
    return np.asarray(np.trapezoid(response * np.exp(-2j * np.pi * frequency[:, None] * time), time, axis=1))


def apart(theirs: Array, ours: Array) -> float:
    """Return the rms of log10 of the ratio of two spectra |H|^2."""
    return float(np.sqrt(np.mean(np.log10(np.abs(theirs / ours) ** 2) ** 2)))


def loaded(path: Any) -> ModuleType:
    """Return an exported Python file as a module."""
    import importlib.util

    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
