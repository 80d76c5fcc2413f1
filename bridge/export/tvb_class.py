"""The class that TVB runs, written from equations in plain NumPy."""

from .equations import Equations
from .expression import Part, Symbol, shared_parts, with_values, written

_NUMPY = {name: f"numpy.{name}" for name in ("exp", "expm1", "sqrt", "log", "tanh", "minimum")}
_FUNCTIONS = {**_NUMPY, "tabulated_sigmoid": "self.table"}


def structure(equations: Equations) -> str:
    """Return what two equations share if one class serves both."""
    parts = [*equations.rates, *(part for _, part in equations.outputs)]
    names = [one.name for one in equations.constants] + [f"{late.symbol} {late.variable}" for late in equations.delayed]
    return "\n".join([equations.name, *equations.names, *names, *map(written, parts)])


def class_text(equations: Equations, name: str) -> str:
    """Return the class definition."""
    fields = "".join(
        f"    {one.name} = NArray(label={one.name!r}, default=numpy.array([{one.value!r}]), doc={one.unit!r})\n"
        for one in equations.constants
    )
    ranges = ", ".join(
        f"{n!r}: numpy.array([{low!r}, {high!r}])"
        for n, (low, high) in zip(equations.names, _ranges(equations), strict=True)
    )
    coupled = [equations.names.index(one.variable) for one in equations.delayed]
    if equations.name == "EmpiricalMass" and not coupled:
        coupled = list(range(len(equations.names)))
    variables = "".join(f"    {v.name}: {v.long_name}, {v.unit}\n" for v in equations.variables)
    table = "    table = None\n" if "self.table" in _dfun(equations) else ""
    return f'''
class {name}(Model):
    """State variables:

{variables}    """

{fields}{table}
    state_variables = {equations.names!r}
    _nvar = {len(equations.names)}
    cvar = numpy.array({coupled or [0]!r}, dtype=numpy.int32)
    state_variable_range = Final(label="where runs may start", default={{{ranges}}})
    variables_of_interest = List(of=str, label="watched", choices={equations.names!r}, default={equations.names!r})

    def dfun(self, state_variables, coupling, local_coupling=0.0):
        """Return the rates of change, per ms."""
{_dfun(equations)}
    def outputs(self, state_variables):
        """Return what the model shows at states (variable, ...), by name."""
{_outputs(equations)}'''


def _of_self(equations: Equations, parts: tuple[Part, ...], local: tuple[str, ...] = ()) -> list[Part]:
    symbols: dict[str, Part] = {
        one.name: Symbol(f"self.{one.name}") for one in equations.constants if one.name not in local
    }
    return [with_values(part, symbols) for part in parts]


def _dfun(equations: Equations) -> str:
    lines = [f"{', '.join(equations.names)}{',' if len(equations.names) == 1 else ''} = state_variables"]
    local: tuple[str, ...] = ()
    if equations.delayed:
        lines += [f"{late.symbol} = coupling[{k}]" for k, late in enumerate(equations.delayed)]
    else:
        local = (equations.inputs[0],)
        lines.append(f"{local[0]} = self.{local[0]} + coupling[0]")
    named, rates = shared_parts(_of_self(equations, equations.rates, local), "part_")
    lines += [f"{name} = {written(part, functions=_FUNCTIONS)}" for name, part in named.items()]
    lines.append("return numpy.array([")
    lines += [f"    {written(rate, functions=_FUNCTIONS)}," for rate in rates]
    lines.append("])")
    return "".join(f"        {line}\n" for line in lines)


def _outputs(equations: Equations) -> str:
    lines = [f"{', '.join(equations.names)}{',' if len(equations.names) == 1 else ''} = state_variables", "return {"]
    parts = _of_self(equations, tuple(part for _, part in equations.outputs))
    for (variable, _), part in zip(equations.outputs, parts, strict=True):
        lines.append(f"    {variable.name!r}: {written(part, functions=_FUNCTIONS)},  # {variable.unit}")
    return "".join(f"        {line}\n" for line in [*lines, "}"])


def _ranges(equations: Equations) -> list[tuple[float, float]]:
    """Return a tenth around rest, or a little around zero."""
    reach = [max(0.1 * abs(float(y)), 1e-3) for y in equations.rest]
    return [(float(y) - r, float(y) + r) for y, r in zip(equations.rest, reach, strict=True)]
