"""The answer in sentences, for the terminal and for the report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..report.numbers import compact

_FEW = 3
_IDLE = 0.95  # a measurement that leaves more of the spread is not worth a sentence


def sentences(document: Mapping[str, Any]) -> list[str]:
    """Return what an explanation says: of an observation if there was one, else of what could be told apart."""
    answer = document.get("answer")
    found = list(_distinguishable(document) if answer is None else _answer(document, answer))
    return [*found, *document.get("notes", [])]


def spoken(document: Mapping[str, Any]) -> list[str]:
    """Return the lines a terminal shows: the sentences, and the ranges of the levers if there are any."""
    answer = document.get("answer")
    return [*document["sentences"], *(range_lines(answer) if answer else [])]


def _distinguishable(document: Mapping[str, Any]) -> Iterator[str]:
    found = document["sensitivity"]
    levers, features = [lever["name"] for lever in document["levers"]], [f["name"] for f in document["features"]]
    told = sum(value >= 2 for value in found["singular_values"][: len(levers)])
    yield (
        f"Recorded as in this study, {len(features)} features ({', '.join(features)}) tell apart {told} of "
        f"{len(levers)} independent mixtures of {len(levers)} levers."
    )
    if found["degenerate"]:
        yield f"Not told apart from no change: {'; '.join(found['degenerate'])}."
    yield from _design(document.get("design"))
    confused = sorted(
        (row[k], levers[j], levers[k]) for j, row in enumerate(found["d_prime"]) for k in range(len(row)) if j != k
    )
    for distance, first, second in confused[:_FEW]:
        yield f"{first} at its full amount lies {compact(distance)} standard errors from what {second} can do."


def _design(found: Mapping[str, Any] | None) -> Iterator[str]:
    if not found or not found["single"]:
        return
    best, cost = found["single"][0], compact(found["neuron_seconds"])
    yield (
        f"To know {found['target']} of the untouched population better, add {best['measurement']} for {cost} "
        f"neuron-seconds: its error falls to {100 * best['promised']:.0f} %."
    )


def _answer(document: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    percent = f"{100 * document['level']:g} %"
    misfit = f"{compact(answer['smallest_misfit'])} (up to {compact(answer['threshold'])} counts as chance)"
    if not answer["explained"]:
        yield (
            f"No mixture of these levers explains the change at {percent}: the smallest misfit is {misfit}, "
            f"p = {compact(answer['p_value'])}."
        )
        yield from _ruled_out(answer)
        return
    yield f"Some mixtures explain the change at {percent}: the smallest misfit is {misfit}."
    nothing = answer["no_change"]
    if nothing["misfit"] <= answer["threshold"]:
        yield f"But no change at all explains it too (p = {compact(nothing['p_value'])}): the data show none."
    else:
        yield from _simplest(answer["few"])
    needed = [row["lever"] for row in answer["ranges"] if row["needed"]]
    if needed:
        yield f"Part of every explanation: {', '.join(needed)}."
    if answer["directions"]:
        yield f"Not determined: {'; '.join(row['words'] for row in answer['directions'][:_FEW])}."
    for row in answer.get("next", []):
        best = row["single"][0]
        if best["promised"] > _IDLE:
            yield f"No single measurement that this result can foresee tells much more about {row['target']}."
            continue
        yield (
            f"To learn about {row['target']}, measure {best['measurement']}: its spread falls to "
            f"{100 * best['promised']:.0f} % of what it is."
        )


def _ruled_out(answer: Mapping[str, Any]) -> Iterator[str]:
    for row in answer["ruled_out_by"][:1]:
        yield (
            f"{row['feature']} rules it out most: without it the smallest misfit is {compact(row['misfit_without'])}, "
            f"p = {compact(row['p_value_without'])}."
        )
    best = answer["few"][0]
    yield f"The nearest single lever is {mixture(best)}, with a misfit of {compact(best['misfit'])}."


def _simplest(few: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, word in ((1, "alone"), (2, "together")):
        found = [row for row in few if len(row["levers"]) == number and row["explains"]]
        if found:
            more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
            listed = "; ".join(f"{mixture(row)} (p = {compact(row['p_value'])})" for row in found[:_FEW])
            yield f"Enough {word}: {listed}{more}."
            return
    yield "No one or two levers are enough."


def mixture(row: Mapping[str, Any]) -> str:
    """Return a mixture of few levers in words."""
    return " with ".join(f"{name} {label}" for name, label in zip(row["levers"], row["labels"], strict=True))


def range_lines(answer: Mapping[str, Any]) -> list[str]:
    """Return one line for each lever: its joint range and its own interval."""
    rows = [row for row in answer["ranges"] if row["joint"] is not None]
    width = max((len(row["lever"]) for row in rows), default=0)
    return [
        f"{row['lever']:<{width}}  {' to '.join(row['joint_labels'])}  (alone {' to '.join(row['interval_labels'])})"
        for row in rows
    ]
