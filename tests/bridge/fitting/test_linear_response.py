"""Fast linear response against the models' own, and its slopes against differences of exact values."""

import numpy as np
import pytest

from mesobridge.bridge.fitting.cortical_sheet import CorticalSheet
from mesobridge.bridge.fitting.free_parameter import FreeParameter, ParameterSpace
from mesobridge.bridge.fitting.linear_response import transfer_sensitivity
from mesobridge.bridge.fitting.model_batch import ModelFamily
from mesobridge.bridge.fitting.reduced_system import ReducedSystem
from mesobridge.bridge.fitting.steady_following import anchor_at, follow
from mesobridge.meanfield import CorticothalamicField, JansenRit, Liley, MontbrioPazoRoxin, WilsonCowan

FREQUENCY = np.arange(1.0, 45.0, 3.0)
S = 2j * np.pi * FREQUENCY
MODELS = [
    (JansenRit.published(p=60.0), ("A", "B", "a", "C", "p")),
    (CorticothalamicField.published(), ("nu_ee", "nu_ei", "nu_sr", "alpha", "gamma", "t0", "phi_n")),
    (CorticothalamicField.published("spindles"), ("nu_rs", "beta", "t0")),
    (WilsonCowan.published(P=0.5), ("c_ee", "tau_i")),
    (MontbrioPazoRoxin.published(), ("tau",)),
]


def family_of(model, names):
    free = []
    for name in names:
        low, high = sorted((0.5 * getattr(model, name), 2 * getattr(model, name)))
        free.append(FreeParameter(name, "1", low, high))
    family = ModelFamily(model, ParameterSpace(tuple(free)))
    return family, family.space.coordinates({name: getattr(model, name) for name in names})


@pytest.mark.parametrize(("model", "names"), MODELS, ids=lambda item: type(item).__name__)
def test_the_reduced_system_has_the_models_own_transfer(model, names):
    family, x = family_of(model, names)
    anchor = anchor_at(family, x)
    linear = ReducedSystem.of(family.batch(x).linearised(anchor.state[None]))
    for output, variable in enumerate(type(model).OUTPUTS):
        ours = linear.transfer(S, output, 0)[0]
        theirs = model.transfer(FREQUENCY, anchor.state, variable.name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12 * np.abs(theirs).max())
    assert linear.stable()[0]


def test_second_order_equations_are_half_as_large():
    family, x = family_of(*MODELS[1])
    linear = ReducedSystem.of(family.batch(x).linearised(anchor_at(family, x).state[None]))
    assert len(linear.rows) == 4


@pytest.mark.parametrize(("model", "names"), MODELS, ids=lambda item: type(item).__name__)
def test_slopes_by_parameters_are_those_of_exact_transfers(model, names):
    family, x = family_of(model, names)
    anchor = anchor_at(family, x)
    found = transfer_sensitivity(family, anchor, S, 0, 0)
    step = 1e-3

    def at(k, times):
        moved = x.copy()
        moved[k] += times * step
        batch, states = follow(family, anchor, moved[None])
        return ReducedSystem.of(batch.linearised(states)).transfer(S, 0, 0)[0]

    for k in range(x.size):
        numeric = (8 * (at(k, 1) - at(k, -1)) - (at(k, 2) - at(k, -2))) / (12 * step)
        scale = np.abs(numeric).max()
        # A central difference of order 4 errs by about the step to the fourth, times the fifth derivative.
        np.testing.assert_allclose(found.slopes[:, k], numeric, rtol=1e-6, atol=1e-6 * scale)


def test_a_sheet_sums_its_waves_as_the_model_does():
    model, names = MODELS[1]
    family, x = family_of(model, (*names, "r_e"))
    anchor = anchor_at(family, x)
    sheet = CorticalSheet(side="0.5 m", cut_off=10.0, modes=6)
    linear = ReducedSystem.of(family.batch(x).linearised(anchor.state[None]))
    ours = sheet.power(family.models(x[None]), linear, S)[0]
    np.testing.assert_allclose(2 * ours, model.field_spectrum(FREQUENCY, anchor.state, modes=6), rtol=1e-7)
    power, slopes = sheet.power_sensitivity(family, anchor, S)
    np.testing.assert_allclose(power, ours, rtol=1e-10)
    for k in range(x.size):
        pushed = np.repeat(x[None], 2, axis=0)
        pushed[:, k] += [1e-4, -1e-4]
        batch, states = follow(family, anchor, pushed)
        up, down = sheet.power(family.models(pushed), ReducedSystem.of(batch.linearised(states)), S)
        np.testing.assert_allclose(slopes[:, k], (up - down) / 2e-4, rtol=1e-5, atol=1e-6 * np.abs(slopes).max())


def test_stability_with_delays_is_that_of_the_eigenvalues():
    family, x = family_of(CorticothalamicField.published(), ("nu_se", "nu_sr", "nu_ee", "t0"))
    anchor = anchor_at(family, x)
    points = x + np.random.default_rng(5).uniform(-0.6, 0.6, (60, x.size))
    batch, states = follow(family, anchor, points)
    known = np.flatnonzero(np.all(np.isfinite(states), axis=1))
    stable = ReducedSystem.of(batch.take(known).linearised(states[known])).stable()
    leading = [family.model_at(points[k]).eigenvalues(states[k], 1)[0].real for k in known]
    assert 10 < np.count_nonzero(stable) < known.size - 5
    np.testing.assert_array_equal(stable, np.array(leading) < 0)


def test_a_model_with_many_variables_is_reduced_too():
    family, x = family_of(Liley.published(), ("peak_e",))
    point = family.model_at(x).fixed_points()[0]
    linear = ReducedSystem.of(family.batch(x).linearised(point.state[None]))
    theirs = family.model.transfer(FREQUENCY, point.state)
    np.testing.assert_allclose(linear.transfer(S, 0, 0)[0], theirs, rtol=1e-7)
