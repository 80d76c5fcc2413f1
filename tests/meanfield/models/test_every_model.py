"""One battery for every mass model: what is published of it, and what must hold for all."""

import importlib
import math
import pkgutil
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from mesobridge.meanfield import models
from mesobridge.meanfield.dynamics.fixed_points import residual
from mesobridge.meanfield.dynamics.steps import advance, advance_alone
from mesobridge.meanfield.models.model import MassModel, published_facts

BIBLIOGRAPHY = (Path(__file__).parents[3] / "validation/report/references.bib").read_text(encoding="utf-8")


def every_model() -> list[type[MassModel]]:
    for module in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"{models.__name__}.{module.name}")
    return sorted((cls for cls in MassModel.__subclasses__()), key=lambda cls: cls.__name__)


EVERY_MODEL = every_model()
EVERY_SET = [(cls, name) for cls in EVERY_MODEL for name in cls.published_sets()]
set_ids = [f"{cls.__name__}-{name}" for cls, name in EVERY_SET]
of_every_model = pytest.mark.parametrize("cls", EVERY_MODEL, ids=lambda cls: cls.__name__)
of_every_set = pytest.mark.parametrize(("cls", "name"), EVERY_SET, ids=set_ids)
KNOWN = [(cls, name, known) for cls, name in EVERY_SET for known in published_facts(cls, name).get("known", [])]
CONTINUED = [(cls, name, k) for cls, name in EVERY_SET for k in published_facts(cls, name).get("continuation", [])]


def test_there_is_something_to_test():
    assert {"JansenRit", "WilsonCowan", "CorticothalamicField"} <= {cls.__name__ for cls in EVERY_MODEL}
    assert len(KNOWN) >= len(EVERY_MODEL)


@of_every_set
def test_the_source_of_every_set_is_in_the_bibliography(cls, name):
    for key in (cls.CITATION, published_facts(cls, name)["source"]):
        assert f"{{{key}," in BIBLIOGRAPHY


@of_every_set
def test_a_published_set_gives_every_field_and_only_these(cls, name):
    assert set(published_facts(cls, name)["values"]) == {item.name for item in fields(cls)}
    assert all(math.isfinite(p) for p in cls.published(name).parameters)


@of_every_model
def test_an_unknown_set_or_parameter_is_named_with_those_there_are(cls):
    with pytest.raises(ValueError, match=re.escape(cls.published_sets()[0])):
        cls.published("no such set")
    with pytest.raises(ValueError, match=fields(cls)[0].name):
        cls.published(no_such_parameter=1.0)


@of_every_model
def test_flow_and_outputs_broadcast_over_any_shape(cls):
    system = cls.published().system()
    state = cls.published().fixed_points()[0].state
    many = np.broadcast_to(state[:, None, None], (len(state), 2, 3))
    z = many[system.delayed_index]
    assert system.flow_at(many, z).shape == (len(state), 2, 3)
    assert np.array_equal(system.flow_at(many, z)[:, 1, 2], system.flow_at(state))
    assert np.array_equal(system.outputs_at(many, z)[:, 0, 1], system.outputs_at(state))


@of_every_set
def test_every_fixed_point_is_at_rest(cls, name):
    model = cls.published(name)
    points = model.fixed_points()
    first = [next(iter(point.outputs.values())) for point in points]
    assert first == sorted(first)
    for point in points:
        assert point.residual < 1e-9
        assert residual(model.system(), point.state) == point.residual


@of_every_set
def test_a_state_that_moves_is_not_taken_for_a_fixed_point(cls, name):
    model = cls.published(name)
    for point in model.fixed_points():
        assert residual(model.system(), 1.01 * point.state + 1e-4) > 1e-7


@of_every_set
def test_jacobians_match_central_differences(cls, name):
    model = cls.published(name)
    system = model.system()
    # In between, where nothing vanishes; a difference of a state has the error of its step squared.
    state = model.fixed_points()[0].state
    state = state + 0.03 * np.where(state == 0, 1e-3, np.abs(state))
    exact = model.jacobian(state)
    for column in range(len(state)):
        step = 1e-5 * max(abs(state[column]), 1e-4)
        shift = np.eye(len(state))[column] * step
        difference = (system.flow_at(state + shift) - system.flow_at(state - shift)) / (2 * step)
        rounding = 1e-15 * np.abs(system.flow_at(np.abs(state) + 1)).max() / step
        assert np.allclose(difference, exact[:, column], rtol=1e-5, atol=1e-6 * np.abs(exact).max() + rounding)


@of_every_set
def test_the_flow_is_analytic_so_that_complex_steps_are_derivatives(cls, name):
    model = cls.published(name)
    state = model.fixed_points()[0].state * 1.02
    now, delayed = model.jacobians(state)
    assert np.all(np.isfinite(now))
    assert np.all(np.isfinite(delayed))
    assert np.allclose(now + delayed.sum(axis=0), model.jacobian(state))


@pytest.mark.parametrize(
    ("cls", "name", "known"), KNOWN, ids=[f"{cls.__name__}-{name}-{k}" for k, (cls, name, _) in enumerate(KNOWN)]
)
def test_the_known_fixed_points_are_found_all_of_them(cls, name, known):
    model = cls.published(name, **known.get("at", {}))
    points = model.fixed_points()
    expected = known["fixed_points"]
    assert expected
    if known.get("complete", True):
        assert len(points) == len(expected)
    for point, facts in zip(points, expected, strict=False):
        for quantity in facts.keys() - {"stability", "eigenvalues"}:
            assert point[quantity] == pytest.approx(facts[quantity], rel=known["relative"], abs=1e-300)
        if "stability" in facts:
            assert point.stability.value == facts["stability"]
        found = [value for value in point.eigenvalues if value.imag >= 0]
        for ours, (real, imaginary) in zip(found, facts.get("eigenvalues", []), strict=False):
            assert abs(ours.real - real) <= known["eigenvalue_tolerance"]
            assert abs(ours.imag - imaginary) <= known["eigenvalue_tolerance"]


@pytest.mark.parametrize(("cls", "name", "known"), [item for item in KNOWN if "period" in item[2]])
def test_the_known_period_is_that_of_the_simulation(cls, name, known):
    model = cls.published(name, **known.get("at", {}))
    course = model.simulate(known["period_duration"], dt=known.get("period_step", 1e-5))
    series = course[cls.OUTPUTS[0].name].values
    assert measured_period(course["time"].values, series) == pytest.approx(
        known["period"], rel=known["period_relative"]
    )


def measured_period(time, series):
    """Mean distance of upward crossings of the mean over the last fifth."""
    late = time >= 0.8 * time[-1]
    time, series = time[late], series[late] - series[late].mean()
    up = np.flatnonzero((series[:-1] < 0) & (series[1:] >= 0))
    assert len(up) > 3, "no oscillation to measure"
    crossings = time[up] - series[up] * (time[up + 1] - time[up]) / (series[up + 1] - series[up])
    return float((crossings[-1] - crossings[0]) / (len(crossings) - 1))


@pytest.mark.parametrize(("cls", "name", "facts"), CONTINUED)
def test_the_known_folds_and_hopf_points_are_found_all_of_them(cls, name, facts):
    model = cls.published(name, **facts.get("at", {}))
    branches = model.continuation(facts["parameter"], facts["range"])
    assert [fold.value for fold in branches.folds] == pytest.approx(facts["folds"], abs=facts["tolerance"])
    assert [hopf.value for hopf in branches.hopfs] == pytest.approx(
        [value for value, _ in facts["hopfs"]], abs=facts["tolerance"]
    )
    assert [hopf.frequency for hopf in branches.hopfs] == pytest.approx(
        [frequency for _, frequency in facts["hopfs"]], abs=facts.get("frequency_tolerance", 0.0)
    )


@of_every_model
def test_a_run_from_a_stable_fixed_point_stays_there(cls):
    for name in cls.published_sets():
        model = cls.published(name)
        for point in model.fixed_points():
            if point.stability.stable:
                last = model.simulate(0.1, initial=point.state).isel(time=-1)
                for quantity, value in zip(point.variables, point.state, strict=True):
                    scale = max(abs(value), 1e-6 * np.abs(point.state).max())
                    assert float(last[quantity]) == pytest.approx(value, abs=1e-6 * scale)


@of_every_model
def test_a_run_carries_units_and_names(cls):
    course = cls.published().simulate(0.01)
    for variable in (*cls.VARIABLES, *cls.OUTPUTS):
        assert course[variable.name].attrs == {"units": variable.unit, "long_name": variable.long_name}
    assert course["time"].values[-1] == pytest.approx(0.01)


@of_every_model
def test_compiled_steps_are_the_plain_ones(cls, monkeypatch):
    model = cls.published()
    compiled = model.simulate(0.002, initial=model.fixed_points()[0].state * 1.05, method="heun")

    def plainly(loop):
        def plain(flow, observe, sizes, parameters):
            del parameters
            return lambda *arguments: loop(flow, observe, lambda rows, i: tuple(rows[i]), sizes, *arguments)

        return plain

    monkeypatch.setattr("mesobridge.meanfield.dynamics.integration.compiled_steps", plainly(advance))
    monkeypatch.setattr("mesobridge.meanfield.dynamics.integration.compiled_alone", plainly(advance_alone))
    slow = model.simulate(0.002, initial=model.fixed_points()[0].state * 1.05, method="heun")
    for name in compiled:
        scale = float(np.abs(slow[name]).max())
        assert np.allclose(compiled[name], slow[name], rtol=0, atol=1e-11 * scale)


@of_every_model
@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
def test_a_node_alone_takes_the_steps_of_a_node_among_many(cls, method, monkeypatch):
    model = cls.published()
    state, drive = model.fixed_points()[0].state * 1.05, cls.INPUTS[0].name
    inputs = {drive: getattr(model, drive) * (1 + 0.1 * np.sin(np.arange(60)))}
    given = {"initial": state, "method": method, "inputs": inputs, "record_every": 3}
    if method != "rk4":
        given["noise"] = {_linear_input(model): 1e-12}
    alone = model.simulate(60e-4, **given)
    monkeypatch.setattr("mesobridge.meanfield.dynamics.integration._is_alone", lambda run: False)
    assert alone.identical(model.simulate(60e-4, **given))


def _linear_input(model) -> str:
    """Return an input that takes white noise."""
    for variable in type(model).INPUTS:
        try:
            model.simulate(1e-4, noise={variable.name: 1e-12}, initial=model.start())
        except ValueError:
            continue
        return variable.name
    raise AssertionError("no input takes white noise")


@of_every_model
def test_the_spectrum_is_the_squared_transfer_where_there_is_one(cls):
    frequency, model = np.array([0.5, 10.0, 100.0]), cls.published()
    for point in model.fixed_points():
        response = model.transfer(frequency, state=point.state)
        assert np.all(np.isfinite(response))
        if point.stability.stable:
            density = model.power_spectrum(frequency, state=point.state, noise=0.3)
            assert np.all(density >= 0)
            assert np.allclose(density, 2 * 0.3**2 * np.abs(response) ** 2)
        else:
            with pytest.raises(ValueError, match="the state is unstable"):
                model.power_spectrum(frequency, state=point.state, noise=0.3)


@of_every_set
def test_without_a_state_the_lowest_stable_or_else_the_lowest_one_is_meant(cls, name):
    model = cls.published(name)
    points = model.fixed_points()
    meant = next((point for point in points if point.stability.stable), points[0])
    assert np.array_equal(model.jacobian(), model.jacobian(meant.state))
    assert np.array_equal(model.eigenvalues(number=4), model.eigenvalues(meant.state, 4))
    if not meant.stability.stable:
        with pytest.raises(ValueError, match="the state is unstable"):
            model.power_spectrum(10.0)


@of_every_model
def test_a_change_of_an_unknown_field_is_refused_with_those_there_are(cls):
    with pytest.raises(ValueError, match=rf"no parameter 'zz'.*{fields(cls)[0].name}"):
        cls.published().with_changed(zz=1.0)
