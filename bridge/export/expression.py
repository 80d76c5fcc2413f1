"""Formulas as trees: a model's own flow, run on symbols, becomes the text that another simulator reads."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 1, "**": 3}
_ATOM = 4
_OPERATORS = {
    np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/", np.power: "**", np.negative: "negative",
}  # fmt: skip
_FUNCTIONS = {np.exp: "exp", np.expm1: "expm1", np.sqrt: "sqrt", np.log: "log", np.tanh: "tanh"}


class Traced:
    """Arithmetic and NumPy's elementary functions, recorded instead of computed."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        if method == "__call__" and not settings:
            if ufunc in _OPERATORS:
                return _joined(_OPERATORS[ufunc], *inputs)
            if ufunc in _FUNCTIONS:
                return _called(_FUNCTIONS[ufunc], *inputs)
        return NotImplemented

    def __add__(self, other: Any) -> Any:
        return _joined("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return _joined("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return _joined("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return _joined("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return _joined("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return _joined("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return _joined("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _joined("/", other, self)

    def __pow__(self, other: Any) -> Any:
        return _joined("**", self, other)

    def __neg__(self) -> Any:
        return _joined("negative", self)

    def __abs__(self) -> Any:
        return _called("abs", self)


@dataclass(frozen=True)
class Symbol(Traced):
    """A named number."""

    name: str


@dataclass(frozen=True)
class Operation(Traced):
    """An operator between parts."""

    sign: str
    parts: "tuple[Part, ...]"


@dataclass(frozen=True)
class Call(Traced):
    """A function of parts."""

    function: str
    parts: "tuple[Part, ...]"


Expression: TypeAlias = Symbol | Operation | Call
Part: TypeAlias = Symbol | Operation | Call | float


def _called(function: str, *parts: Any) -> Any:
    return Call(function, parts)


def _joined(sign: str, *parts: Any) -> Any:
    numbers = tuple(part if isinstance(part, Traced) else float(part) for part in parts)
    return _shortened(sign, numbers)


def _shortened(sign: str, parts: tuple[Any, ...]) -> Any:
    """Leave out sums with 0 and products with 1, which say nothing to a reader."""
    match sign, parts:
        case ("+", (0.0, other)) | ("+" | "-", (other, 0.0)) | ("*", (1.0, other)) | ("*" | "/" | "**", (other, 1.0)):
            return other
    return Operation(sign, parts)


def parts_of(expression: Part) -> Iterator[Part]:
    """Return the expression and everything in it, outermost first."""
    yield expression
    if isinstance(expression, Operation | Call):
        for part in expression.parts:
            yield from parts_of(part)


def symbols_of(expression: Part) -> set[str]:
    """Return the names that occur in an expression."""
    return {part.name for part in parts_of(expression) if isinstance(part, Symbol)}


def calls_of(expression: Part) -> set[str]:
    """Return the functions that occur in an expression."""
    return {part.function for part in parts_of(expression) if isinstance(part, Call)}


def replaced(expression: Part, change: Callable[[Part], Part | None]) -> Part:
    """Return the expression with every part for which ``change`` returns something, inside first."""
    if isinstance(expression, Operation):
        expression = _shortened(expression.sign, tuple(replaced(part, change) for part in expression.parts))
    elif isinstance(expression, Call):
        expression = Call(expression.function, tuple(replaced(part, change) for part in expression.parts))
    new = change(expression)
    return expression if new is None else new


def with_values(expression: Part, values: Mapping[str, Part]) -> Part:
    """Return the expression with some symbols replaced."""
    return replaced(expression, lambda part: values.get(part.name) if isinstance(part, Symbol) else None)


def elementary(expression: Part) -> Part:
    """Return the expression with expm1 written by exp and abs by a power, for languages that have no other.

    Near 0 expm1 loses digits by it.
    """

    def plain(part: Part) -> Part | None:
        match part:
            case Call(function="expm1"):
                return Call("exp", part.parts) - 1.0
            case Call(function="abs"):
                return (part.parts[0] * part.parts[0]) ** 0.5
        return None

    return replaced(expression, plain)


def written(expression: Part, power: str = "**", functions: Mapping[str, str] | None = None) -> str:
    """Return an expression as text.

    Parameters
    ----------
    expression : Expression or float
        What to write.
    power : str
        The operator of powers.
    functions : mapping of str to str, optional
        Names of functions in the language, where they differ.
    """
    return _written(expression, power, functions or {})[0]


def bracketed(expression: Part, power: str = "**") -> str:
    """Return an expression as text with every bracket there can be, for readers that do not go from left to right."""
    match expression:
        case Symbol():
            return expression.name
        case Call():
            return f"{expression.function}({', '.join(bracketed(part, power) for part in expression.parts)})"
        case Operation(sign="negative"):
            return f"(0 - {bracketed(expression.parts[0], power)})"
        case Operation():
            left, right = (bracketed(part, power) for part in expression.parts)
            return f"({left} {power if expression.sign == '**' else expression.sign} {right})"
    return repr(expression) if expression >= 0 else f"(0 - {-expression!r})"


def _written(expression: Part, power: str, functions: Mapping[str, str]) -> tuple[str, int]:
    if isinstance(expression, Symbol):
        return expression.name, _ATOM
    if isinstance(expression, Call):
        inside = ", ".join(_written(part, power, functions)[0] for part in expression.parts)
        return f"{functions.get(expression.function, expression.function)}({inside})", _ATOM
    if isinstance(expression, Operation):
        return _operation(expression, power, functions)
    return (repr(expression), _ATOM) if expression >= 0 else (repr(expression), _PRECEDENCE["negative"])


def _operation(expression: Operation, power: str, functions: Mapping[str, str]) -> tuple[str, int]:
    level = _PRECEDENCE[expression.sign]
    texts = [_written(part, power, functions) for part in expression.parts]
    match expression.sign:
        case "negative":
            return f"-{_in_brackets(*texts[0], level + 1)}", level
        case "**":
            return f"{_in_brackets(*texts[0], _ATOM)}{power}{_in_brackets(*texts[1], _ATOM)}", level
    # a - (b + c) and a / (b * c) need their brackets, a + (b + c) does not; no sign stands next to another.
    tighter = expression.sign in "-/" or texts[1][0].startswith("-")
    return f"{_in_brackets(*texts[0], level)} {expression.sign} {_in_brackets(*texts[1], level + tighter)}", level


def _in_brackets(text: str, level: int, needed: int) -> str:
    return text if level >= needed else f"({text})"


def shared_parts(expressions: Sequence[Part], prefix: str, least: int = 8) -> tuple[dict[str, Part], list[Part]]:
    """Return what occurs more than once, under names of its own, and the expressions that use the names.

    Parameters
    ----------
    expressions : sequence of expression
        What is printed together.
    prefix : str
        Names are this and a number; later ones may use earlier ones.
    least : int
        Parts of fewer symbols, numbers and signs than this are repeated instead.
    """
    named: dict[str, Part] = {}
    current = list(expressions)
    while True:
        counts = Counter(part for one in current for part in parts_of(one) if isinstance(part, Operation | Call))
        repeated = [part for part, count in counts.items() if count > 1 and _size(part) >= least]
        if not repeated:
            break
        smallest = min(repeated, key=_size)
        name = f"{prefix}{len(named) + 1}"
        named[name] = smallest
        current = [
            replaced(one, lambda part, old=smallest, new=Symbol(name): new if part == old else None) for one in current
        ]
    return named, current


def _size(expression: Part) -> int:
    return sum(1 for _ in parts_of(expression))
