"""tvbo: one YAML file of local dynamics per condition."""

from collections.abc import Iterator
from pathlib import Path

from ..calibration.calibrated_model import CalibratedModel, Calibration
from .equations import Equations
from .export import NotExpressible, stem
from .expression import elementary, written
from .facts import condition_lines, header, interval_text
from .logistic_sum import elementary_equations
from .pyrates_file import condition_names, number
from .python_text import commented
from .unit_system import MILLI

_UNITS = "potentials in mV, time in ms, rates in spikes per ms, currents in nA."


def write_tvbo(calibration: Calibration, folder: Path) -> tuple[Path, ...]:
    """Write one YAML file per condition, which ``tvbo.Dynamics.from_file`` reads.

    Raises
    ------
    NotExpressible
        If the model has a delay inside one region, or a kernel without a finite state.
    """
    names = condition_names(calibration)
    paths = []
    for model in calibration.models:
        path = folder / f"{stem(calibration, 'tvbo')}_{names[model.condition]}.yaml"
        path.write_text("".join(_text(calibration, model)), encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def _text(calibration: Calibration, model: CalibratedModel) -> Iterator[str]:
    equations, misfits = elementary_equations(model.instance)
    _check(equations)
    equations = equations.in_units(MILLI)
    yield commented(header(calibration, _UNITS)) + "#\n" + commented(condition_lines(model, misfits)) + "\n"
    yield f"name: {equations.name}\nlabel: {_quoted(f'{model.model}, {model.condition}')}\n"
    yield f"description: {_quoted(f'{calibration.title}; {model.condition}. Units: {_UNITS}')}\n"
    yield "system_type: continuous\nparameters:\n"
    known = {one.name: interval_text(one) + f", SI unit {one.estimate.unit}" for one in model.parameters}
    for constant in equations.constants:
        yield f"  {constant.name}:\n    value: {number(constant.value)}\n"
        about = f"{constant.unit}; {known.get(constant.name, '')}".rstrip("; ")
        yield f"    description: {_quoted(about)}\n"
    yield "derived_variables:\n"
    for variable, part in equations.outputs:
        if variable.name not in equations.names:
            yield f"  {variable.name}:\n    equation:\n      rhs: {_quoted(written(elementary(part)))}\n"
            yield f"    description: {_quoted(f'{variable.long_name}, {variable.unit}')}\n"
    yield "state_variables:\n"
    for variable, rate, rest in zip(equations.variables, equations.rates, equations.rest, strict=True):
        yield f"  {variable.name}:\n    equation:\n      rhs: {_quoted(written(elementary(rate)))}\n"
        yield f"    initial_value: {number(rest)}\n"
        yield f"    description: {_quoted(f'{variable.long_name}, {variable.unit}')}\n"


def _check(equations: Equations) -> None:
    if equations.delayed:
        raise NotExpressible(
            f"tvbo: {equations.name} has a delay within one region, which its local dynamics have no word for; use "
            "tvb or pyrates."
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
