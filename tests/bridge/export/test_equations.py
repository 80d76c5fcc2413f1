"""Models as equations: the same rates of change and outputs as the models themselves, in any system of units."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.export import NotExpressible, equations_of
from mesobridge.bridge.export.unit_system import MILLI
from mesobridge.meanfield import (
    MODELS,
    CappedSigmoid,
    EmpiricalMass,
    Feedback,
    GammaKernel,
    LogisticSigmoid,
    MassModel,
    RichardsSigmoid,
    StateSpaceKernel,
)

from .trials import EX_GAUSSIAN, GAUSSIAN, TABLE, empirical, rates_at, value_of

WHOLE = [cls for cls in MODELS.values() if issubclass(cls, MassModel)]


@pytest.mark.parametrize("cls", WHOLE)
def test_traced_rates_are_those_of_the_flow(cls):
    model = cls.published()
    equations, system = equations_of(model), model.system()
    rng = np.random.default_rng(1)
    for _ in range(5):
        sizes = np.where(
            equations.rest, np.abs(equations.rest), [1e-12 if v.unit == "A" else 1e-3 for v in cls.VARIABLES]
        )
        state = equations.rest + 0.1 * sizes * rng.standard_normal(len(equations.rest))
        late = [equations.rest[equations.names.index(one.variable)] for one in equations.delayed]
        ours = np.array(cls.flow(state, late, system.operating, system.parameters), dtype=float)
        theirs = rates_at(equations, state)
        assert theirs == pytest.approx(ours, rel=1e-11, abs=1e-11 * np.abs(ours).max())


@pytest.mark.parametrize("cls", WHOLE)
def test_a_system_of_units_changes_numbers_only(cls):
    equations = equations_of(cls.published())
    small = equations.in_units(MILLI)
    assert small.rates == equations.rates
    state = equations.rest * 1.05
    scaled = np.array([MILLI.value(y, v.unit) for y, v in zip(state, equations.variables, strict=True)])
    per_ms = [
        MILLI.value(r, f"{v.unit}/s") for r, v in zip(rates_at(equations, state), equations.variables, strict=True)
    ]
    assert rates_at(small, scaled) == pytest.approx(per_ms, rel=1e-9, abs=1e-9 * np.abs(per_ms).max())


@pytest.mark.parametrize(
    "sigmoid",
    [
        EX_GAUSSIAN,
        GAUSSIAN,
        TABLE,
        LogisticSigmoid(40.0, -0.05, 0.002),
        RichardsSigmoid(40.0, -0.05, 0.002, 0.4),
        CappedSigmoid(EX_GAUSSIAN, -0.046),
    ],
)
def test_the_estimated_mass_has_its_sigmoid_and_its_kernels(sigmoid):
    mass = empirical(sigmoid, feedback={"inh": Feedback(20.0)})
    equations = equations_of(mass)
    names = {**equations.values, **dict.fromkeys(equations.names, 0.0)}
    inner = sigmoid.inner if isinstance(sigmoid, CappedSigmoid) else sigmoid
    (rate, v) = (value_of(part, names, inner) for _, part in equations.outputs)
    assert float(v) == mass.operating_v
    assert float(rate) == pytest.approx(mass.operating_rate, rel=1e-12)
    assert np.abs(rates_at(replace(equations, sigmoid=inner), equations.rest)).max() < 1e-9
    # Two chains hear the same channel, so that the matrix of the stages has the poles of its kernels.
    step = 1e-6
    matrix = np.stack(
        [
            (
                rates_at(replace(equations, sigmoid=inner), step * row)
                - rates_at(replace(equations, sigmoid=inner), -step * row)
            )
            / (2 * step)
            for row in np.eye(len(equations.names))
        ],
        axis=1,
    )
    ours = np.sort_complex(mass.eigenvalues(number=7))
    assert np.sort_complex(np.linalg.eigvals(matrix)) == pytest.approx(ours, rel=1e-4)


def test_general_linear_kernels_are_kept():
    kernel = StateSpaceKernel([[-100.0, -30.0], [50.0, -80.0]], [2e-3, 0.0], [1.0, 0.5])
    mass = EmpiricalMass(GAUSSIAN, {"in": kernel}, -0.052, {"in": 100.0})
    equations = equations_of(mass)
    moved = rates_at(equations, np.array([1e-3, 2e-3]), {"input_in": 110.0})
    ours = kernel.dynamics @ [1e-3, 2e-3] + kernel.entry * 10.0
    assert moved == pytest.approx(ours)


def test_kernels_without_a_state_are_refused_with_a_way_out():
    mass = EmpiricalMass(GAUSSIAN, {"in": GammaKernel(1e-6, 2.5, 5e-3)}, -0.052, {"in": 100.0})
    with pytest.raises(NotExpressible, match=r"kernel of 'in' is a GammaKernel.*export json or netcdf"):
        equations_of(mass)
