"""Exported component types in the real PyLEMS: what it reads back, where it rests, and how it answers a push."""

import re
import warnings
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from mesobridge.bridge import EXPORTS
from mesobridge.bridge.export import NotExpressible
from mesobridge.bridge.export.equations import equations_of
from mesobridge.bridge.export.lems_file import dimension_of
from mesobridge.meanfield import LogisticSigmoid

from .trials import (
    CORTICOTHALAMIC,
    DYNAMIC_MEAN_FIELD,
    EMPIRICAL,
    JANSEN_RIT,
    LILEY,
    WILSON_COWAN_DRIVEN,
    WONG_WANG,
    apart,
    calibration,
    empirical,
    transfer_from_kicks,
)

FREQUENCY = np.linspace(1.0, 40.0, 40)
LOGISTIC = calibration("empirical", empirical(LogisticSigmoid(40.0, -0.050, 0.002)))
RUNS = {
    "jansen-rit": (JANSEN_RIT, "p", 1e-2, 0.6, 2e-4),
    "wilson-cowan": (WILSON_COWAN_DRIVEN, "F", 1e-5, 0.2, 2e-4),
    "dynamic-mean-field": (DYNAMIC_MEAN_FIELD, "noise_e", 1e-4, 2.0, 1e-3),
    "empirical": (LOGISTIC, "input_exc", 1e-2, 1.0, 2e-4),
}


@pytest.fixture
def lems(tmp_path, monkeypatch):
    """PyLEMS, or a skipped test; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monkeypatch.chdir(tmp_path)
        yield pytest.importorskip("lems.run", reason="PyLEMS is not installed: make test-simulators")


def states_from(lems, path, equations, duration, dt):
    """Return a run of the exported file, for `transfer_from_kicks`; start, length and step are changed in its text."""

    def run(start):
        text = path.read_text(encoding="utf-8")
        for name, value in zip(equations.names, start, strict=True):
            text = re.sub(rf'( {name}_start=")[^ "]+', rf"\g<1>{float(value)!r}", text, count=1)
        text = re.sub(r'length="[^"]+" step="[^"]+"', f'length="{duration} s" step="{dt} s"', text)
        changed = path.with_name("changed.xml")
        changed.write_text(text, encoding="utf-8")
        lems.run(str(changed), nogui=True)
        found = np.loadtxt(path.with_suffix(".dat").name)
        return found[:, 0], found[:, 1:].T

    return run


@pytest.mark.parametrize("trial", [JANSEN_RIT, LILEY, WONG_WANG, EMPIRICAL], ids=lambda one: one.base.model)
def test_it_rests_where_ours_does(lems, trial, tmp_path):
    (path,) = EXPORTS["lems"].write(trial, tmp_path)
    equations = equations_of(trial.base.instance)
    _, states = states_from(lems, path, equations, 0.05, 1e-4)(equations.rest)
    assert np.abs(states - equations.rest[:, None]).max() <= 1e-9 * np.abs(equations.rest).max() + 1e-12


@pytest.mark.parametrize("name", RUNS)
def test_the_response_is_ours_as_the_step_goes_to_zero(lems, name, tmp_path):
    trial, pushed, size, duration, dt = RUNS[name]
    (path,) = EXPORTS["lems"].write(trial, tmp_path)
    model = trial.base.instance
    equations = equations_of(model)
    ours = model.transfer(FREQUENCY, input=pushed.removeprefix("input_"))
    found = [
        transfer_from_kicks(states_from(lems, path, equations, duration, step), equations, pushed, FREQUENCY, size)
        for step in (dt, dt / 2)
    ]
    # PyLEMS takes Euler's steps: one more step of the limit removes the first order.
    limit = 2 * found[1] - found[0]
    errors = [float(np.abs(one - ours).max() / np.abs(ours).max()) for one in (*found, limit)]
    print(f"pylems, {name}: errors {errors}, log10 |H|^2 apart {apart(limit, ours):.2e}")
    assert errors[2] < 0.2 * errors[1] < 0.2 * errors[0]


def test_dimensions_are_those_of_the_units(tmp_path):
    (path,) = EXPORTS["lems"].write(WONG_WANG, tmp_path)
    root = ElementTree.parse(path).getroot()
    dimensions = {one.get("name"): one.attrib for one in root.findall("Dimension")}
    assert dimensions["A"] == {"name": "A", "i": "1"}
    assert dimensions[dimension_of("Hz/A")] == {"name": "per_s_A", "t": "-1", "i": "-1"}
    used = {one.get("dimension") for kind in root.findall("ComponentType") for one in kind.iter("Parameter")}
    assert used
    assert used - {"none"} <= set(dimensions)
    assert dimension_of("V*s") == "V_s"


@pytest.mark.parametrize("trial", [JANSEN_RIT, WILSON_COWAN_DRIVEN, EMPIRICAL], ids=lambda one: one.base.model)
def test_every_component_has_its_type_and_gives_all_it_asks_for(trial, tmp_path):
    (path,) = EXPORTS["lems"].write(trial, tmp_path)
    root = ElementTree.parse(path).getroot()
    types = {str(one.get("name")): one for one in root.findall("ComponentType")}
    components = root.findall("Component")
    assert len(components) == len(trial.models)
    for component in components:
        kind = types[str(component.get("type"))]
        asked = {one.get("name") for one in kind.findall("Parameter")}
        assert asked == set(component.attrib) - {"id", "type"}
        moved = {one.get("variable") for one in kind.iter("TimeDerivative")}
        assert moved == {one.get("name") for one in kind.iter("StateVariable")}
    simulation = root.find("Simulation")
    assert simulation is not None
    assert simulation.get("target") == components[0].get("id")


def test_delays_are_refused_with_a_way_out(tmp_path):
    with pytest.raises(NotExpressible, match=r"'corticothalamic'.*tvb"):
        EXPORTS["lems"].write(CORTICOTHALAMIC, tmp_path)


def test_writing_needs_no_pylems_and_says_what_the_file_is(tmp_path):
    text = EXPORTS["lems"].write(LILEY, tmp_path)[0].read_text(encoding="utf-8")
    for said in ("SI", "95 % interval", "leak_conductance", "Jumps are small.", "shine2021", "not expressed"):
        assert said in text
