"""The levers of a result as coordinates, and its columns put together as the response to their mixtures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...bridge.inverse import DoseAxis, Interaction, MixtureResponse
from ...spiking import MECHANISMS
from ...units import to_si
from ..result import Result
from .columns import Column, Source
from .mistakes import ExplainError

Array = NDArray[np.floating]

_SHRUNK = 0.1  # share of a pooled correlation that is given up, so that it can be inverted


def lever_name(mechanism: str, mode: str) -> str:
    """Return what a lever is called: its mechanism, and its reading if that is not the review's."""
    return mechanism if mode == "review" else f"{mechanism}[{mode}]"


def lever_conditions(result: Result, wanted: Sequence[str] | None) -> dict[str, list[int]]:
    """Return the rows of the dataset in which each lever stands alone, by the lever's name.

    Raises
    ------
    ExplainError
        If a wanted lever was not studied.
    """
    dataset, rows = result.dataset, {}
    names = [
        lever_name(str(mechanism), str(mode))
        for mechanism, mode in zip(dataset["mechanism"].values, dataset["mode"].values, strict=True)
    ]
    for row, name in enumerate(names[1:], start=1):
        rows.setdefault(name, []).append(row)
    unknown = [name for name in wanted or () if name not in rows]
    if unknown:
        raise ExplainError(
            f"{', '.join(unknown)}: not studied in this result, which has {', '.join(rows)}; name one of these, or "
            "run a study of it."
        )
    return {name: rows[name] for name in wanted or rows}


def condition_rows(result: Result, axes: Sequence[DoseAxis]) -> NDArray[np.intp]:
    """Return the rows of the dataset that hold the studied amounts of these levers, in their order."""
    rows = []
    for axis in axes:
        own = lever_conditions(result, [axis.name])[axis.name]
        amounts = {float(result.dataset["amount"].values[row]): row for row in own}
        rows += [amounts[amount] for amount in axis.amounts]
    return np.array(rows)


def _axis(result: Result, name: str, rows: Sequence[int], bounds: Mapping[str, Any]) -> tuple[DoseAxis, list[int]]:
    """Return the coordinate of a lever and its rows in ascending order of the amount."""
    dataset = result.dataset
    mechanism, mode = str(dataset["mechanism"].values[rows[0]]), str(dataset["mode"].values[rows[0]])
    lever = MECHANISMS[mechanism]
    ordered = sorted((float(dataset["amount"].values[row]), row) for row in rows)
    ordered = [(amount, row) for amount, row in ordered if amount != lever.neutral]
    amounts = tuple(amount for amount, _ in ordered)
    asked = bounds.get(name, {})
    ends = [
        float(to_si(asked[key], lever.unit, f"bounds.{name}.{key}")) if key in asked else default
        for key, default in (("lowest", min(*amounts, lever.neutral)), ("highest", max(*amounts, lever.neutral)))
    ]
    try:
        axis = DoseAxis(
            name=name,
            mechanism=mechanism,
            mode=mode,
            unit=lever.unit,
            neutral=lever.neutral,
            amounts=amounts,
            lowest=ends[0],
            highest=ends[1],
        )
    except ValueError as error:
        raise ExplainError(str(error)) from None
    return axis, [row for _, row in ordered]


def axes_of(result: Result, levers: Sequence[str] | None) -> list[DoseAxis]:
    """Return the levers of a result, or those named, with all their studied amounts."""
    return [_axis(result, name, rows, {})[0] for name, rows in lever_conditions(result, levers).items()]


def mixture_response(
    result: Result,
    columns: Sequence[Column],
    *,
    levers: Sequence[str] | None = None,
    bounds: Mapping[str, Any] | None = None,
    source: Source = "measured",
) -> tuple[MixtureResponse, list[str]]:
    """Return the response of the columns to mixtures of levers, and sentences on what was left out.

    A condition that lacks one of the columns is left out, and with its last condition the lever.

    Raises
    ------
    ExplainError
        If no lever is left.
    """
    usable = np.all([np.isfinite(column.changes) & np.isfinite(column.errors) for column in columns], axis=0)
    axes, rows, notes = [], [], []
    for name, every in lever_conditions(result, levers).items():
        own = [row for row in every if usable[row - 1]]
        if len(own) < len(every):
            notes.append(f"{name}: {len(every) - len(own)} of {len(every)} amounts lack a feature that is needed.")
        if own:
            axis, ordered = _axis(result, name, own, bounds or {})
            axes.append(axis)
            rows += ordered
    if not axes:
        raise ExplainError(f"No lever of this result has all of {', '.join(c.name for c in columns)} ({source}).")
    at = np.array(rows) - 1
    response = MixtureResponse(
        features=tuple(column.name for column in columns),
        axes=tuple(axes),
        values=np.stack([column.changes[at] for column in columns], 1),
        errors=np.stack([column.errors[at] for column in columns], 1),
        condition_correlation=_correlation(columns, at, of="conditions"),
        feature_correlation=_correlation(columns, at, of="features"),
        natural=np.array([column.natural for column in columns]),
        floor=np.array([column.floor for column in columns]),
    )
    return _with_interactions(result, response, source), notes


def _correlation(columns: Sequence[Column], at: NDArray[np.intp], *, of: str) -> Array:
    """Return the correlation of the errors of conditions or of features, pooled over the others and shrunk."""
    size = len(at) if of == "conditions" else len(columns)
    groups = max((c.deviations.shape[1] for c in columns if c.deviations is not None), default=0)
    if groups == 0:
        return np.eye(size)
    unknown = np.zeros((len(at), groups))  # errors of which the parts are not known correlate with nothing
    deviations = np.stack([unknown if c.deviations is None else c.deviations[at] for c in columns])
    length = np.sqrt(np.sum(deviations**2, -1, keepdims=True))
    unit = np.where(length > 0, deviations / np.where(length > 0, length, 1.0), 0.0)
    if of == "features":
        unit = np.swapaxes(unit, 0, 1)
    products = np.einsum("pig,pjg->ij", unit, unit)
    present = (np.sum(unit**2, -1) > 0).astype(float)
    pooled = products / np.maximum(present.T @ present, 1.0)
    np.fill_diagonal(pooled, 1.0)
    values, vectors = np.linalg.eigh((1 - _SHRUNK) * pooled + _SHRUNK * np.eye(size))
    whole = (vectors * np.maximum(values, 0.02)) @ vectors.T
    scale = np.sqrt(np.diag(whole))
    return whole / np.outer(scale, scale)


def _with_interactions(result: Result, response: MixtureResponse, source: Source) -> MixtureResponse:
    """Return the response with the interactions that the result knows of."""
    names = [axis.name for axis in response.axes]
    found: dict[tuple[int, int], list[Mapping[str, Any]]] = {}
    for row in result.document.get("interactions", []):
        parts = [lever_name(part["mechanism"], part["mode"]) for part in row["parts"]]
        if set(parts) <= set(names) and parts[0] != parts[1]:
            found.setdefault((names.index(parts[0]), names.index(parts[1])), []).append(row)
    pairs = [_interaction(response, pair, rows, source) for pair, rows in found.items()]
    return response.with_interactions(pairs)


def _interaction(
    response: MixtureResponse, pair: tuple[int, int], rows: Sequence[Mapping[str, Any]], source: Source
) -> Interaction:
    """Return the interaction per product of doses, by weighted least squares over the combinations of two levers."""
    first, second = (response.axes[k] for k in pair)
    doses = [[axis.dose(part["amount"]) for axis, part in zip((first, second), r["parts"], strict=True)] for r in rows]
    product = np.prod(doses, axis=1)
    alone = np.abs(response.effects(np.eye(len(response.axes))))
    coefficient, error = [], []
    for column, name in enumerate(response.features):
        known = [_number(row, name, source) for row in rows]
        at = [(p, *number) for p, number in zip(product, known, strict=True) if number is not None and p != 0]
        if not at:
            coefficient.append(0.0)
            limit = response.budget.of_a_product * alone[pair[0], pair[0], column] * alone[pair[1], pair[1], column]
            error.append(float(np.hypot(limit / response.natural[column], response.floor[column])))
            continue
        p, value, se = (np.array(x) for x in zip(*at, strict=True))
        weight = 1 / np.maximum(se, response.floor[column]) ** 2
        coefficient.append(float(np.sum(weight * p * value) / np.sum(weight * p**2)))
        error.append(float(1 / np.sqrt(np.sum(weight * p**2))))
    return Interaction(first=pair[0], second=pair[1], coefficient=np.array(coefficient), standard_error=np.array(error))


def _number(row: Mapping[str, Any], name: str, source: Source) -> tuple[float, float] | None:
    cell = row["features"].get(name, {})
    measured, predicted = cell.get("interaction"), cell.get("predicted")
    if source == "measured" and measured is not None:
        return measured["value"], measured["standard_error"]
    return None if predicted is None else (predicted, 0.0)
