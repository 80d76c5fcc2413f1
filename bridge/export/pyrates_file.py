"""PyRates: a YAML file of templates, one circuit per condition."""

import re
from collections.abc import Iterator
from pathlib import Path

from ..calibration.calibrated_model import CalibratedModel, Calibration
from .equations import equations_of
from .export import stem
from .expression import elementary, written
from .facts import condition_lines, header
from .logistic_sum import elementary_equations
from .python_text import commented

# Names that PyRates, or sympy behind it, takes for something else.
_RESERVED = ("y", "dy", "pi", "I", "E", "S", "Q", "O", "N", "beta", "gamma")

_UNITS = "SI: s, V, Hz, A; so also simulation_time and step_size."


def write_pyrates(calibration: Calibration, folder: Path) -> tuple[Path, ...]:
    """Write one YAML file: ``CircuitTemplate.from_yaml("<folder>/<file without .yaml>/<condition>")`` reads it.

    Raises
    ------
    NotExpressible
        If a kernel has no finite state.
    """
    name = stem(calibration, "pyrates")
    # PyRates remembers operators by name alone, so that the model's name stands in front.
    names = {c: f"{calibration.base.model.replace('-', '_')}_{n}" for c, n in condition_names(calibration).items()}
    base = names[calibration.base.condition]
    notes = (
        f'Read it with CircuitTemplate.from_yaml("<folder>/{name}/{base}"); every condition is a circuit of one node '
        "'region', whose operator is named after it with _operator behind.",
        *(("Names that PyRates reserves have an underscore behind.",) if _renamed(calibration) else ()),
        "Circuits: " + ", ".join(f"{circuit} = {condition}" for condition, circuit in names.items()) + ".",
    )
    text = "%YAML 1.2\n---\n\n" + commented(header(calibration, _UNITS, notes))
    for model in calibration.models:
        text += "\n" + "".join(_condition(model, names[model.condition]))
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return (path,)


def _renamed(calibration: Calibration) -> bool:
    equations = equations_of(calibration.base.instance)
    return bool({*equations.names, *equations.values} & set(_RESERVED))


def condition_names(calibration: Calibration) -> dict[str, str]:
    """Return a name for every condition that is a word: letters, digits and underscores, no two alike."""
    names: dict[str, str] = {}
    for model in calibration.models:
        word = re.sub(r"\W+", "_", model.condition).strip("_")
        word = word if not word[:1].isdigit() else f"condition_{word}"
        taken = sum(1 for other in names.values() if other == word or re.fullmatch(rf"{word}_\d+", other))
        names[model.condition] = f"{word}_{taken + 1}" if taken else word
    return names


def _condition(model: CalibratedModel, name: str) -> Iterator[str]:
    equations, misfits = elementary_equations(model.instance)
    equations = equations.renamed({word: f"{word}_" for word in _RESERVED})
    yield commented(condition_lines(model, misfits))
    yield f"{name}_operator:\n  base: OperatorTemplate\n  equations:\n"
    for variable, rate in zip(equations.variables, equations.rates, strict=True):
        yield f'    - "{variable.name}\' = {written(elementary(rate), "^")}"\n'
    for late in equations.delayed:
        # PyRates reads `past` only where it stands alone, and the delay only as a number.
        yield f'    - "{late.symbol} = past({late.variable}, {number(late.delay)})"\n'
    yield "  variables:\n"
    for k, (variable, rest) in enumerate(zip(equations.variables, equations.rest, strict=True)):
        kind = "output" if k == 0 else "variable"
        yield f"    {variable.name}: {kind}({number(rest)})  # {variable.unit}, {variable.long_name}\n"
    for constant in equations.constants:
        yield f"    {constant.name}: {number(constant.value)}  # {constant.unit}\n"
    rests = dict(zip(equations.names, equations.rest, strict=True))
    yield from (f"    {late.symbol}: variable({number(rests[late.variable])})\n" for late in equations.delayed)
    yield f"{name}_node:\n  base: NodeTemplate\n  operators:\n    - {name}_operator\n"
    yield f"{name}:\n  base: CircuitTemplate\n  nodes:\n    region: {name}_node\n"


def number(value: float) -> str:
    """Return a number that every reader of YAML takes for one: with a point even before an exponent."""
    text = repr(float(value))
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}{exponent}{power}"
