"""LEMS: a component type per condition with SI units, and a simulation that runs the untouched population."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ..calibration.calibrated_model import CalibratedModel, Calibration
from .equations import Equations
from .export import NotExpressible, stem
from .expression import Part, bracketed, elementary
from .facts import condition_lines, header
from .logistic_sum import elementary_equations
from .pyrates_file import condition_names
from .unit_system import powers_of

_UNITS = "SI, with the dimension of every number declared; 'V_s' is volt times second, 'per_s' one per second."
_DURATION, _STEP = 1.0, 1e-4

# The parts of LEMS's own Simulation.xml that a run needs, so that the file stands alone.
_RUNNING = """\
  <ComponentType name="OutputColumn">
    <Path name="quantity"/>
    <Simulation><Record quantity="quantity"/></Simulation>
  </ComponentType>
  <ComponentType name="OutputFile">
    <Text name="path"/>
    <Text name="fileName"/>
    <Children name="outputColumn" type="OutputColumn"/>
    <Simulation><DataWriter path="path" fileName="fileName"/></Simulation>
  </ComponentType>
  <ComponentType name="Simulation">
    <Parameter name="length" dimension="s"/>
    <Parameter name="step" dimension="s"/>
    <ComponentReference name="target" type="Component"/>
    <Children name="outputs" type="OutputFile"/>
    <Dynamics><StateVariable name="t" dimension="s"/></Dynamics>
    <Simulation><Run component="target" variable="t" increment="step" total="length"/></Simulation>
  </ComponentType>
"""


def write_lems(calibration: Calibration, folder: Path) -> tuple[Path, ...]:
    """Write one LEMS file with a component type and a component for every condition.

    Raises
    ------
    NotExpressible
        If the model has a delay, or a kernel without a finite state.
    """
    names = condition_names(calibration)
    found = {model.condition: elementary_equations(model.instance) for model in calibration.models}
    for equations, _ in found.values():
        _check(equations)
    name = stem(calibration, "lems")
    base = names[calibration.base.condition]
    text = (
        "<Lems>\n" + _comment(header(calibration, _UNITS)) + f'  <Target component="simulation"/>\n{_dimensions(found)}'
    )
    for model in calibration.models:
        equations, misfits = found[model.condition]
        text += (
            "\n" + _comment(condition_lines(model, misfits)) + "".join(_type(model, equations, names[model.condition]))
        )
    text += "\n" + _RUNNING + _simulation(base, found[calibration.base.condition][0], name) + "</Lems>\n"
    path = folder / f"{name}.xml"
    path.write_text(text, encoding="utf-8")
    return (path,)


def _check(equations: Equations) -> None:
    if equations.delayed:
        raise NotExpressible(
            f"lems: {equations.name} has a delay, for which the equations of LEMS have no word; use tvb or pyrates."
        )


def _comment(lines: list[str]) -> str:
    # Two hyphens end a comment of XML.
    text = "\n".join(f"    {line}".rstrip() for line in lines).replace("--", "- -")
    return f"  <!--\n{escape(text)}\n  -->\n"


def dimension_of(unit: str) -> str:
    """Return the name of the dimension of a unit, which is also the symbol of its SI unit: a word of LEMS."""
    powers = list(zip(("V", "s", "A", "m"), powers_of(unit), strict=True))
    above = [_power(name, power) for name, power in powers if power > 0]
    below = [_power(name, -power) for name, power in powers if power < 0]
    return "_".join([*above, *(["per", *below] if below else [])]) or "none"


def _power(name: str, power: Fraction) -> str:
    return name if power == 1 else f"{name}{power}"


def _dimensions(found: Mapping[str, tuple[Equations, Any]]) -> str:
    units = {variable.unit for equations, _ in found.values() for variable in equations.variables}
    units |= {one.unit for equations, _ in found.values() for one in equations.constants}
    units |= {variable.unit for equations, _ in found.values() for variable, _ in equations.outputs} | {"s"}
    text = ""
    for unit in sorted(units, key=dimension_of):
        name = dimension_of(unit)
        if name == "none" or f'name="{name}"' in text:
            continue
        base = "".join(f' {key}="{power}"' for key, power in zip("mlti", _base_powers(unit), strict=True) if power)
        text += f'  <Dimension name="{name}"{base}/>\n  <Unit symbol="{name}" dimension="{name}" power="0"/>\n'
    return text


def _base_powers(unit: str) -> tuple[int, int, int, int]:
    """Return powers of kilogram, metre, second and ampere; a volt is kg m^2 s^-3 A^-1."""
    volt, second, ampere, metre = (int(power) for power in powers_of(unit))
    return volt, 2 * volt + metre, second - 3 * volt, ampere - volt


def _type(model: CalibratedModel, equations: Equations, name: str) -> Iterator[str]:
    yield f"  <ComponentType name={quoteattr(f'{equations.name}_{name}')} description={quoteattr(model.condition)}>\n"
    for constant in equations.constants:
        yield f'    <Parameter name="{constant.name}" dimension="{dimension_of(constant.unit)}"/>\n'
    for variable in equations.variables:
        yield f'    <Parameter name="{variable.name}_start" dimension="{dimension_of(variable.unit)}"/>\n'
    outputs = [(variable, part) for variable, part in equations.outputs if variable.name not in equations.names]
    for variable in (*equations.variables, *(variable for variable, _ in outputs)):
        about = quoteattr(variable.long_name)
        yield f'    <Exposure name="{variable.name}" dimension="{dimension_of(variable.unit)}" description={about}/>\n'
    yield "    <Dynamics>\n"
    for variable in equations.variables:
        state, dimension = variable.name, dimension_of(variable.unit)
        yield f'      <StateVariable name="{state}" exposure="{state}" dimension="{dimension}"/>\n'
    for variable, part in outputs:
        yield (
            f'      <DerivedVariable name="{variable.name}" exposure="{variable.name}" '
            f'dimension="{dimension_of(variable.unit)}" value={quoteattr(_formula(part))}/>\n'
        )
    for variable, rate in zip(equations.variables, equations.rates, strict=True):
        yield f'      <TimeDerivative variable="{variable.name}" value={quoteattr(_formula(rate))}/>\n'
    yield "      <OnStart>\n"
    for variable in equations.variables:
        yield f'        <StateAssignment variable="{variable.name}" value="{variable.name}_start"/>\n'
    yield "      </OnStart>\n    </Dynamics>\n  </ComponentType>\n" + _component(equations, name)


def _formula(part: Part) -> str:
    # PyLEMS 0.6.9 reads a - b * c - d as a - (b * c - d).
    return bracketed(elementary(part), "^")


def _component(equations: Equations, name: str) -> str:
    values = [(one.name, one.value, one.unit) for one in equations.constants]
    values += [(f"{v.name}_start", float(y), v.unit) for v, y in zip(equations.variables, equations.rest, strict=True)]
    text = "".join(f'\n    {parameter}="{_quantity(value, unit)}"' for parameter, value, unit in values)
    return f'  <Component id="{name}" type="{equations.name}_{name}"{text}/>\n'


def _quantity(value: float, unit: str) -> str:
    symbol = dimension_of(unit)
    return repr(value) if symbol == "none" else f"{value!r} {symbol}"


def _simulation(base: str, equations: Equations, name: str) -> str:
    columns = "".join(f'      <OutputColumn id="{v}" quantity="{v}"/>\n' for v in equations.names)
    return (
        f'  <Simulation id="simulation" length="{_DURATION} s" step="{_STEP} s" target="{base}">\n'
        f'    <OutputFile id="output" path="." fileName="{name}.dat">\n{columns}    </OutputFile>\n  </Simulation>\n'
    )
