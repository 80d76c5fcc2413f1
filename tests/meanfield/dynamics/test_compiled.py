import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mesobridge.meanfield import dynamics
from mesobridge.meanfield.dynamics.compiled import compiled_steps, module_text

from .linear_systems import first, oscillator_flow

SCALE = 3.0
TABLE = np.ones(3)


def scaled_flow(y, z, u, p):
    return (SCALE * twice(y[0]) + p[0],)


def twice(x):
    return 2 * x


def tabulated_flow(y, z, u, p):
    return (TABLE[0] * y[0],)


def evaluate(y, z, u, p):
    return (y[0],)


def missing_flow(y, z, u, p):
    return (nowhere(y[0]),)  # noqa: F821  # pyright: ignore[reportUndefinedVariable]


def test_the_text_holds_everything_that_the_flow_uses():
    text = module_text(scaled_flow, first, (1, 1, 0, 1), 1)
    assert "SCALE = 3.0" in text
    assert text.index("def twice") < text.index("def scaled_flow") < text.index("def advance")


def test_a_change_of_the_text_makes_another_module():
    one = compiled_steps(oscillator_flow, first, (2, 1, 0, 1), 2)
    other = compiled_steps(oscillator_flow, first, (2, 1, 0, 1), 3)
    assert one.__module__ != other.__module__


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (tabulated_flow, "TABLE"),
        (evaluate, "rename yours"),
        (missing_flow, "nowhere"),
        (lambda y, z, u, p: (y[0],), "lambda"),
    ],
)
def test_what_cannot_be_compiled_is_named(flow, words):
    with pytest.raises(ValueError, match=words):
        module_text(flow, first, (1, 1, 0, 1), 1)


def test_a_function_made_in_another_is_refused():
    factor = 2.0

    def inner(y, z, u, p):
        return (factor * y[0],)

    with pytest.raises(ValueError, match="inside another function"):
        module_text(inner, first, (1, 1, 0, 1), 1)


def test_no_room_of_the_dynamics_imports_the_compiler_itself():
    folder = Path(dynamics.__file__).parent
    names = [
        alias.name
        for path in sorted(folder.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in (*node.names, *([ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else []))
    ]
    assert "numpy" in names
    assert not any(name.split(".")[0] == "numba" for name in names)


@pytest.mark.slow
def test_a_second_process_finds_the_machine_code(tmp_path):
    question = (
        "from mesobridge.meanfield import WilsonCowan; import sys; from mesobridge.meanfield.dynamics import compiled;"
        "m = WilsonCowan.published(); m.simulate(0.01); s = m.system();"
        "run = compiled.compiled_steps(s.flow, s.observe, s.sizes, len(s.parameters));"
        "print(sum(run.stats.cache_hits.values()))"
    )
    environment = os.environ | {"MESOBRIDGE_CACHE": str(tmp_path)}
    hits = [
        subprocess.run(
            [sys.executable, "-c", question], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert [int(text) for text in hits] == [0, 1]
    assert len(list((tmp_path / "steps").glob("*.py"))) == 1
