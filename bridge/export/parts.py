"""Models, sigmoids and kernels as plain data and back."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ...meanfield import MODELS, EmpiricalMass, Feedback, MassModel
from ...meanfield import kernels as kernel_families
from ...meanfield import sigmoids as sigmoid_families

_PARTS: dict[str, type] = {
    name: value
    for room in (kernel_families, sigmoid_families)
    for name, value in vars(room).items()
    if isinstance(value, type) and is_dataclass(value)
}
_MODELS = {cls.__name__: cls for cls in MODELS.values() if issubclass(cls, MassModel)}


def plain_part(part: Any) -> Any:
    """Return a sigmoid or a kernel, or what it is made of, as plain data."""
    if type(part).__name__ in _PARTS:
        values = {item.name: getattr(part, item.name) for item in fields(part) if item.init}
        return {"class": type(part).__name__, **{name: plain_part(value) for name, value in values.items()}}
    if isinstance(part, np.ndarray):
        return part.tolist()
    if isinstance(part, tuple | list):
        return [plain_part(one) for one in part]
    return part


def part_of(data: Any) -> Any:
    """Return the sigmoid or kernel that `plain_part` wrote.

    Raises
    ------
    ValueError
        If it names an unknown family.
    """
    if isinstance(data, Mapping):
        values = {name: part_of(value) for name, value in data.items() if name != "class"}
        name = data.get("class")
        if name not in _PARTS:
            raise ValueError(f"part_of: no sigmoid or kernel {name!r}; there are: {', '.join(sorted(_PARTS))}.")
        return _PARTS[name](**values)
    if isinstance(data, list):
        return tuple(part_of(one) for one in data)
    return data


def plain_instance(instance: MassModel | EmpiricalMass) -> dict[str, Any]:
    """Return a model with its numbers (SI) as plain data."""
    if isinstance(instance, EmpiricalMass):
        return {
            "class": "EmpiricalMass",
            "sigmoid": plain_part(instance.sigmoid),
            "kernels": {name: plain_part(kernel) for name, kernel in instance.kernels.items()},
            "operating_v": instance.operating_v,
            "operating_inputs": dict(instance.operating_inputs),
            "feedback": {name: {"count": e.count, "delay": e.delay} for name, e in instance.feedback.items()},
        }
    values = {item.name: getattr(instance, item.name) for item in fields(instance)}  # type: ignore[arg-type]
    return {"class": type(instance).__name__, **values}


def instance_of(data: Mapping[str, Any]) -> MassModel | EmpiricalMass:
    """Return the model that `plain_instance` wrote.

    Raises
    ------
    ValueError
        If it names an unknown model.
    """
    values = {name: value for name, value in data.items() if name != "class"}
    if data["class"] == "EmpiricalMass":
        values["sigmoid"] = part_of(values["sigmoid"])
        values["kernels"] = {name: part_of(kernel) for name, kernel in values["kernels"].items()}
        values["feedback"] = {name: Feedback(**echo) for name, echo in values["feedback"].items()}
        return EmpiricalMass(**values)
    if data["class"] not in _MODELS:
        raise ValueError(f"instance_of: no model {data['class']!r}; there are: {', '.join(sorted(_MODELS))}.")
    model: Any = _MODELS[data["class"]]
    return model(**values)
