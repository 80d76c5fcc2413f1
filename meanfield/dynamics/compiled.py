"""Machine code for a model's time steps, made from its text, and kept for the next process."""

import builtins
import dis
import hashlib
import inspect
import math
import os
import re
import sys
import tempfile
import textwrap
import types
from collections.abc import Callable
from functools import cache
from importlib import util
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from platformdirs import user_cache_path

from . import steps
from .system import Function

_HEADER = '''"""Generated from the text of a model's flow; safe to delete."""

from __future__ import annotations

from numba import njit

'''
_MIDDLE = """
@njit(forceinline=True)
def unpack(rows, i):
    return ({elements})


@njit(forceinline=True)
def moved(state, step, rate):
    return ({moved})


@njit(forceinline=True)
def standing(y):
    return ({standing})


@njit(forceinline=True)
def at_rest(y):
    return ({at_rest})


@njit(forceinline=True)
def held(drive, now):
    return ({held})


@njit(forceinline=True)
def added(drive, now, noise, shaken):
    return ({added})


@njit(forceinline=True)
def put_back(y, state):
{put_back}


@njit(forceinline=True)
def keep_alone(record, row, state, outputs):
{keep_alone}


flow, observe, sizes = {flow}, {observe}, {sizes}


"""
# Functions of `steps` on tuples, which loops of the interpreter's kind would keep from the registers.
_WRITTEN_OUT = ("moved", "standing", "at_rest", "held", "added", "put_back", "keep_alone")

_FOOTER = """
@njit(cache=True, nogil=True, error_model="numpy")
def {name}({arguments}):
    {loop}({arguments})
"""
_LOOPS = {"run": steps.advance, "run_alone": steps.advance_alone}


def compiled_steps(
    flow: Function, observe: Function, sizes: tuple[int, int, int, int], parameters: int
) -> Callable[..., None]:
    """Return `steps.advance` for one flow, compiled; arguments as there without the three functions and the sizes.

    Parameters and errors are those of `compiled_module`.
    """
    return compiled_module(flow, observe, sizes, parameters).run


def compiled_alone(
    flow: Function, observe: Function, sizes: tuple[int, int, int, int], parameters: int
) -> Callable[..., None]:
    """Return `steps.advance_alone` in the same way."""
    return compiled_module(flow, observe, sizes, parameters).run_alone


@cache
def compiled_module(flow: Function, observe: Function, sizes: tuple[int, int, int, int], parameters: int) -> Any:
    """Return the module with the loops of one flow, each compiled when it is first called.

    The text of flow, observe and all they use goes into a module of its own in the user's cache folder, named by the
    hash of that text: machine code made in an earlier process is found again, and never outlives a change of the text.

    Parameters
    ----------
    flow, observe : callable
        Plain module functions of (y, z, u, p).
    sizes : tuple of int
        Numbers of variables, inputs, delayed arguments and outputs.
    parameters : int
        How many numbers p holds.

    Raises
    ------
    ValueError
        If the text of a function cannot be had, or it uses something that cannot be compiled with it.
    """
    text = module_text(flow, observe, sizes, parameters)
    name = "mesobridge_steps_" + hashlib.sha256(f"{sys.version}{text}".encode()).hexdigest()[:24]
    path = _folder() / f"{name}.py"
    if not path.exists():
        _write_whole(path, text)
    spec = util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"the generated module {path} cannot be loaded; delete it and try again.")
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _folder() -> Path:
    """Return the folder of generated modules: in ``MESOBRIDGE_CACHE``, or in the user's cache folder."""
    return Path(os.environ.get("MESOBRIDGE_CACHE") or user_cache_path("mesobridge")) / "steps"


def module_text(flow: Function, observe: Function, sizes: tuple[int, int, int, int], parameters: int) -> str:
    """Return the text of the module that holds everything one model needs to step."""
    model, loops = _Text({}, {}, {}), _Text({}, {}, {name: getattr(steps, name) for name in _WRITTEN_OUT})
    for function in (flow, observe):
        _collect(function, model)
    for function in _LOOPS.values():
        _collect(function, loops)
    taken = set(loops.functions) | {*_LOOPS, "unpack", "sizes", "njit", "np"}
    clash = sorted(
        taken & set(model.functions) | ({"flow", "observe"} & set(model.functions) - {flow.__name__, observe.__name__})
    )
    if clash:
        raise ValueError(f"{clash[0]}: a function of this name stands in every compiled module; rename yours.")
    written = _written_out(sizes, parameters)
    middle = _MIDDLE.format(**written, flow=flow.__name__, observe=observe.__name__, sizes=sizes)
    # A compiled function that takes functions cannot be kept on disk: there they are names of the module.
    inlined = [re.sub(r"\b(flow|observe|unpack|sizes),\s", "", text) for text in loops.collected.values()]
    footers = [
        _FOOTER.format(name=name, loop=loop.__name__, arguments=", ".join(list(inspect.signature(loop).parameters)[4:]))
        for name, loop in _LOOPS.items()
    ]
    imports = "\n".join({**loops.imports, **model.imports}.values())
    parts = [_HEADER + imports, *model.collected.values(), middle, *inlined, *footers]
    return "\n\n".join(parts)


def _written_out(sizes: tuple[int, int, int, int], parameters: int) -> dict[str, str]:
    """Return the bodies of the functions that are written out for these sizes."""
    variables, inputs, _, outputs = sizes

    def elements(text: str, count: int) -> str:
        return "".join(text.format(k=k) for k in range(count))

    lines = [f"    record[row, 0, {k}] = state[{k}]\n" for k in range(variables)]
    lines += [f"    record[row, 0, {variables + k}] = outputs[{k}]\n" for k in range(outputs)]
    return {
        "elements": elements("rows[i, {k}], ", parameters) or "0.0,",
        "moved": elements("state[{k}] + step * rate[{k}], ", variables),
        "standing": elements("y[0, {k}], ", variables),
        "at_rest": elements("0.0, ", variables),
        "held": elements("drive[now, 0, {k}], ", inputs),
        "added": elements("drive[now, 0, {k}] + noise[shaken, 0, {k}], ", inputs),
        "put_back": elements("    y[0, {k}] = state[{k}]\n", variables),
        "keep_alone": "".join(lines),
    }


class _Text(NamedTuple):
    """Text of functions and imports by name, each after what it uses."""

    collected: dict[str, str]
    imports: dict[str, str]
    functions: dict[str, Any]


def _collect(function: Any, text: _Text) -> None:
    """Add the text of ``function``, after the text of what it uses."""
    name = function.__name__
    if text.functions.get(name) is function:
        return
    if name in text.functions:
        raise ValueError(f"{name}: two functions of this name meet in one compiled module; rename one.")
    if function.__closure__ or not name.isidentifier():
        raise ValueError(f"{name}: it is made inside another function; give a function of a module, which is compiled.")
    text.functions[name] = function
    for used in _global_names(function.__code__):
        if used in function.__globals__:
            _collect_global(name, used, function.__globals__[used], text)
        elif not hasattr(builtins, used):
            raise ValueError(f"{name}: {used!r} is not defined in its module.")
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except OSError as error:
        raise ValueError(
            f"{name}: its text is not to be had; define it in a file, to be compiled from there."
        ) from error
    text.collected[name] = '@njit(error_model="numpy", forceinline=True)\n' + source


def _collect_global(owner: str, name: str, value: Any, text: _Text) -> None:
    if isinstance(value, types.FunctionType):
        _collect(value, text)
    elif value is np or value is math:
        text.imports[name] = f"import {value.__name__} as {name}"
    elif isinstance(value, np.ufunc):
        text.imports[name] = f"from numpy import {value.__name__} as {name}"
    elif isinstance(value, int | float) or (
        isinstance(value, tuple) and all(isinstance(v, int | float) for v in value)
    ):
        text.imports[name] = f"{name} = {value!r}"
    else:
        raise ValueError(f"{owner}: {name!r} cannot be compiled with it; use numbers, functions, numpy and math only.")


def _global_names(code: types.CodeType) -> list[str]:
    loads = (item for item in dis.get_instructions(code) if item.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    return list(dict.fromkeys(str(item.argval) for item in loads))


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that another process sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".draft")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(draft).replace(path)
