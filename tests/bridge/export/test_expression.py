"""Formulas as trees: what is traced from a flow computes the same, however it is written."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesobridge.bridge.export.expression import (
    Call,
    Symbol,
    bracketed,
    calls_of,
    elementary,
    replaced,
    shared_parts,
    symbols_of,
    with_values,
    written,
)

A, B, C = Symbol("a"), Symbol("b"), Symbol("c")
VALUES = {"a": 1.7, "b": -0.6, "c": 2.3, "exp": math.exp, "expm1": math.expm1, "sqrt": math.sqrt, "abs": abs}


def computed(text):
    return eval(text, dict(VALUES))


leaves = st.sampled_from([A, B, C, 2.0, -0.5, 1.0, 0.0])


def _joined(children):
    pairs = st.tuples(children, children)
    return st.one_of(
        pairs.map(lambda p: p[0] + p[1]),
        pairs.map(lambda p: p[0] - p[1]),
        pairs.map(lambda p: p[0] * p[1]),
        pairs.filter(lambda p: not isinstance(p[1], float) or p[1] != 0).map(lambda p: p[0] / p[1]),
        children.map(lambda p: -p),
    )


@settings(max_examples=200, deadline=None)
@given(st.recursive(leaves, _joined, max_leaves=12))
def test_every_way_of_writing_computes_the_same(expression):
    naive = bracketed(expression)
    try:
        expected = computed(naive)
    except ZeroDivisionError:
        return
    assert computed(written(expression)) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    named, (short,) = shared_parts([expression], "part_", least=3)
    values = dict(VALUES)
    for name, part in named.items():
        values[name] = eval(written(part), values)
    assert eval(written(short), values) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_numpy_functions_are_recorded():
    expression = np.exp(A * 2) / np.expm1(B) + np.float64(3.0) * np.sqrt(C)
    assert written(expression) == "exp(a * 2.0) / expm1(b) + 3.0 * sqrt(c)"
    assert calls_of(expression) == {"exp", "expm1", "sqrt"}
    assert symbols_of(expression) == {"a", "b", "c"}
    with pytest.raises(TypeError):
        np.sin(A)


def test_brackets_stand_where_they_are_needed():
    assert written(A - (B - C)) == "a - (b - c)"
    assert written((A - B) - C) == "a - b - c"
    assert written(A / (B * C)) == "a / (b * c)"
    assert written(A * -B) == "a * (-b)"
    assert written((A + B) ** (-1 / C), "^") == "(a + b)^((-1.0) / c)"
    assert bracketed(A - B - C) == "((a - b) - c)"


def test_zeros_and_ones_that_say_nothing_are_left_out():
    assert written(0.0 + A * 1.0) == "a"
    assert written((A - 0.0) / 1.0) == "a"


def test_elementary_functions_are_written_by_exp_and_powers():
    assert written(elementary(np.expm1(A))) == "exp(a) - 1.0"
    assert computed(written(elementary(abs(B)))) == pytest.approx(0.6)


def test_symbols_and_calls_can_be_replaced():
    assert written(with_values(A * B, {"b": Symbol("beta")})) == "a * beta"
    inner = replaced(Call("f", (A,)) + B, lambda part: C if isinstance(part, Call) else None)
    assert written(inner) == "c + b"
