"""TVB: a Python file with a model for every condition, in TVB's own class or else in one of its own."""

from pathlib import Path

from ...meanfield import Sigmoid
from ..calibration.calibrated_model import Calibration
from .equations import Equations, equations_of
from .export import NotExpressible, stem
from .expression import calls_of
from .python_text import IMPORTS, SIGMOIDS, conditions_text, docstring, table_text
from .sigmoid_table import sigmoid_table
from .tvb_class import class_text, structure
from .tvb_native import NativeModel, native_model
from .unit_system import MILLI

_UNITS = "TVB's: potentials in mV, time in ms, rates in spikes per ms, currents in nA, unless UNITS says otherwise."

_IMPORTS = """\
import numpy
from tvb.datatypes.connectivity import Connectivity
from tvb.simulator import coupling, integrators, monitors, simulator
"""

_RUNNING = '''

def rest(condition="base"):
    """Return the resting state, one number per state variable."""
    return numpy.array(list(RESTS[condition].values()))


def region(condition="base"):
    """Return the connectivity of one region alone{loop}."""
    return Connectivity(
        weights=numpy.array([[{weight}]]),
        tract_lengths=numpy.array([[{delay}]]),
        speed=numpy.array([1.0]),
        region_labels=numpy.array(["region"]),
        centres=numpy.zeros((1, 3)),
    )


{long_range}

def simulation(condition="base", start=None, integrator=None):
    """Return a configured simulation of one region, from rest unless started elsewhere."""
    sim = simulator.Simulator(
        model=model(condition),
        connectivity=region(condition),
        coupling=coupling.Linear(a=numpy.array([1.0])),
        integrator=integrator or integrators.HeunDeterministic(dt=0.1),
        monitors=(monitors.Raw(),),
    )
    sim.model.variables_of_interest = tuple(sim.model.state_variables)
    sim.connectivity.configure()
    sim.connectivity.set_idelays(sim.integrator.dt)
    states = rest(condition) if start is None else numpy.asarray(start, dtype=float)
    sim.initial_conditions = numpy.tile(states[None, :, None, None], (sim.connectivity.idelays.max() + 1, 1, 1, 1))
    return sim.configure()


if __name__ == "__main__":
    ((time, states),) = simulation().run(simulation_length=1000.0)
    print("after 1 s:", dict(zip(RESTS["base"], states[-1, :, 0, 0])))
'''


def write_tvb(calibration: Calibration, folder: Path) -> tuple[Path, ...]:
    """Write one Python file that needs TVB and nothing of this package.

    Raises
    ------
    NotExpressible
        If TVB cannot run the model: several delays, or a kernel without a finite state.
    """
    natives = {model.condition: native_model(model.instance) for model in calibration.models}
    found = {condition: native for condition, native in natives.items() if native is not None}
    text = _native_text(calibration, found) if len(found) == len(natives) else _class_file(calibration)
    path = folder / f"{stem(calibration, 'tvb')}.py"
    path.write_text(text, encoding="utf-8")
    return (path,)


def _native_text(calibration: Calibration, natives: dict[str, NativeModel]) -> str:
    first = next(iter(natives.values()))
    values = {condition: {n: v for n, (v, _) in native.parameters.items()} for condition, native in natives.items()}
    notes = (f"The class is TVB's own {first.name}; long-range coupling adds to {first.coupling}.",)
    return "\n".join(
        [
            docstring(calibration, _UNITS, notes),
            _IMPORTS + f"from {first.module} import {first.name}\n",
            table_text("UNITS", {name: unit for name, (_, unit) in first.parameters.items()}),
            conditions_text(calibration, values, {}),
            table_text("RESTS", {condition: native.states for condition, native in natives.items()}),
            _native_maker(first.name),
        ]
    ) + _RUNNING.format(loop="", weight="0.0", delay="0.0", long_range=_native_coupling(first))


_LINEAR = '''
def long_range(condition="base", strength=1.0):
    """Return a coupling for several regions: {what}."""
    return coupling.Linear(a=numpy.array([strength]))
'''

_JANSEN_RIT = '''
def long_range(condition="base", strength=1.0):
    """Return a coupling for several regions: their pulse densities by the calibrated sigmoid, in spikes per ms."""
    values = CONDITIONS[condition]
    return coupling.SigmoidalJansenRit(
        cmax=numpy.array([2 * values["nu_max"]]),
        midpoint=numpy.array([values["v0"]]),
        r=numpy.array([values["r"]]),
        a=numpy.array([strength]),
    )
'''

_RATES = '''
class RateCoupling(coupling.Coupling):
    """Weighted sum of the rates of other regions, in spikes per ms."""

    a = NArray(label="strength", default=numpy.array([1.0]), doc="1")
    source = None

    def pre(self, x_i, x_j):
        """Return the late rates, (to, 1, from, mode), of late states (to, variable, from, mode)."""
        return self.source.outputs(x_j.transpose((1, 0, 2, 3)))["rate"][:, numpy.newaxis]

    def post(self, gx):
        """Return what arrives."""
        return self.a * gx


def long_range(condition="base", strength=1.0):
    """Return a coupling for several regions: their rates, in spikes per ms."""
    made = RateCoupling(a=numpy.array([strength]))
    made.source = model(condition)
    return made
'''


def _native_coupling(native: NativeModel) -> str:
    return _JANSEN_RIT if native.name == "JansenRit" else _LINEAR.format(what=f"it adds to {native.coupling}")


def _class_coupling(equations: Equations) -> str:
    if equations.delayed:
        return ""
    if equations.name == "EmpiricalMass":
        return _RATES
    return _LINEAR.format(what=f"{equations.names[0]} of the others, which adds to {equations.inputs[0]}")


def _native_maker(name: str) -> str:
    return f'''
def model(condition="base"):
    """Return TVB's model with the parameters of a condition."""
    return {name}(**{{name: numpy.array([value]) for name, value in CONDITIONS[condition].items()}})'''


def _class_file(calibration: Calibration) -> str:
    """Return a file with a class of its own for every structure that the conditions have."""
    equations = {model.condition: equations_of(model.instance).in_units(MILLI) for model in calibration.models}
    for one in equations.values():
        _check_delays(one)
    kinds: dict[str, Equations] = {}
    for one in equations.values():
        kinds.setdefault(structure(one), one)
    names = {text: one.name + (str(k) if k > 1 else "") for k, (text, one) in enumerate(kinds.items(), start=1)}
    calls = set().union(
        *(calls_of(part) for one in kinds.values() for part in (*one.rates, *(p for _, p in one.outputs)))
    )
    helpers = [name for name in SIGMOIDS if name in calls]
    first = next(iter(equations.values()))
    pieces = [
        docstring(calibration, _UNITS, _class_notes(first)),
        "\n".join([_imports(helpers), "from tvb.basic.neotraits.api import Final, List, NArray", ""])
        + "from tvb.simulator.models.base import Model\n",
        table_text("UNITS", {constant.name: constant.unit for one in kinds.values() for constant in one.constants}),
        conditions_text(calibration, {condition: one.values for condition, one in equations.items()}, {}),
        table_text(
            "RESTS",
            {c: dict(zip(one.names, map(float, one.rest), strict=True)) for c, one in equations.items()},
        ),
    ]
    if first.delayed:
        pieces.append(table_text("DELAYS", {condition: one.delayed[0].delay for condition, one in equations.items()}))
    if "tabulated_sigmoid" in helpers:
        pieces.append(table_text("TABLES", {c: _table(one.sigmoid) for c, one in equations.items() if one.sigmoid}))
    pieces += [SIGMOIDS[name] for name in helpers]
    pieces += [class_text(one, names[structure(one)]) for one in kinds.values()]
    pieces.append(table_text("CLASSES", {c: _Bare(names[structure(one)]) for c, one in equations.items()}))
    pieces.append(_class_maker("tabulated_sigmoid" in helpers))
    delay, loop = ("0.0", "") if not first.delayed else ("DELAYS[condition]", ", which hears itself after its delay")
    return "\n".join(pieces) + _RUNNING.format(
        loop=loop, weight="1.0" if first.delayed else "0.0", delay=delay, long_range=_class_coupling(first)
    )


class _Bare(str):
    """A name that is printed without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _imports(helpers: list[str]) -> str:
    return "\n".join([*_IMPORTS.splitlines(), *(IMPORTS[name] for name in helpers)])


def _check_delays(equations: Equations) -> None:
    delays = {late.delay for late in equations.delayed}
    if len(delays) > 1:
        raise NotExpressible(
            f"tvb: {equations.name} has delays of {', '.join(f'{d:g} ms' for d in sorted(delays))}, but one connection "
            "of a region with itself has one delay; use pyrates or tvbo, or give all channels the same delay."
        )


def _table(sigmoid: Sigmoid) -> tuple[list[float], list[float]]:
    potentials, rates = sigmoid_table(sigmoid)
    return (
        [MILLI.value(v, "V") for v in potentials],
        [MILLI.value(rate, "Hz") for rate in rates],
    )


def _class_notes(equations: Equations) -> tuple[str, ...]:
    if equations.delayed:
        return (
            "The class is made from the model's own equations. Its delay runs through a connection of the region with",
            "itself, of weight 1 and a tract that takes DELAYS: put that on the diagonal of your connectivity.",
        )
    return (
        "The class is made from the model's own equations; long-range coupling adds to the input "
        f"{equations.inputs[0]!r}, in its unit.",
    )


def _class_maker(has_table: bool) -> str:
    table = "    made.table = tabulated_sigmoid(*TABLES[condition])\n" if has_table else ""
    return f'''
def model(condition="base"):
    """Return the model with the parameters of a condition."""
    made = CLASSES[condition](**{{name: numpy.array([value]) for name, value in CONDITIONS[condition].items()}})
{table}    return made'''
