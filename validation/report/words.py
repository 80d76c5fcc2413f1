"""The findings in words: sentences made from the numbers and from nothing else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from .features import Group, feature, features_of
from .levers import Lever, read_levers
from .numbers import decimal, is_number
from .verdicts import entry_look

_MASS = "mass"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun in the right form."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listed(items: Sequence[str], limit: int = 6) -> str:
    """Return items as a list in words, cut after ``limit``."""
    shown = list(items[:limit])
    rest = len(items) - len(shown)
    if rest:
        shown.append(f"{rest} more")
    return " and ".join(shown) if len(shown) < 3 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f}\N{NO-BREAK SPACE}%)" if whole else f"{part}"


def lever_sentences(levers: Sequence[Lever]) -> list[str]:
    """Return how many predicted changes hold, and where they fail."""
    looks = [(lever, name, entry_look(entry).key) for lever in levers for name, entry in lever.features.items()]
    tally = Counter(key for *_, key in looks)
    compared = len(looks) - tally["missing"]
    if not compared:
        return ["No predicted change could be compared with a measurement."]
    mechanisms = len({lever.mechanism for lever in levers})
    text = [
        f"{counted(mechanisms, 'mechanism')}, {counted(len(levers), 'condition')} in all. Of "
        f"{counted(compared, 'predicted change')} of a feature, {_share(tally['holds'], compared)} agree with the "
        f"measurement within the margin set before the run, {_share(tally['fails'], compared)} do not, and "
        f"{_share(tally['undecided'], compared)} cannot be decided with these data."
    ]
    if tally["missing"]:
        text.append(f"{counted(tally['missing'], 'comparison')} {'is' if tally['missing'] == 1 else 'are'} missing.")
    failing = Counter(lever.mechanism for lever, _, key in looks if key == "fails")
    if failing:
        where = [f"{name} ({counted(number, 'feature change')})" for name, number in failing.most_common()]
        text.append(f"The prediction fails for {listed(where)}.")
    return text


def _gain_factors(levers: Sequence[Lever]) -> list[tuple[float, str]]:
    factors = []
    for lever in levers:
        entry = lever.features.get("gain", {})
        now, change = (entry.get("absolute") or {}).get("value"), (entry.get("measured") or {}).get("value")
        if is_number(now) and is_number(change) and now - change > 0 and entry.get("sign") in ("+", "-"):
            factors.append((now / (now - change), lever.title))
    return sorted(factors)


def gain_sentences(levers: Sequence[Lever]) -> list[str]:
    """Return which levers change the gain at the operating point most."""
    factors = _gain_factors(levers)
    parts = [
        f"{verb} most by {title} (to {100 * factor:.0f}\N{NO-BREAK SPACE}% of the untouched gain)"
        for verb, (factor, title), shown in (
            (("raised", factors[-1], factors[-1][0] > 1), ("lowered", factors[0], factors[0][0] < 1)) if factors else ()
        )
        if shown
    ]
    return [f"The gain at the operating point is {' and '.join(parts)}."] if parts else []


def claim_sentences(claims: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return how many claims of shine2021 hold, and which do not."""
    if not claims:
        return ["No claim of the review was tested."]
    tally = Counter(str(claim.get("verdict")) for claim in claims)
    text = [
        f"Of {counted(len(claims), 'claim')} of the review, {counted(tally['holds'], 'holds', 'hold')}, "
        f"{counted(tally['fails'], 'fails', 'fail')} and {counted(tally['undecided'], 'is', 'are')} undecided."
    ]
    failed = [
        str(claim.get("statement", claim.get("id", ""))).rstrip(".")
        for claim in claims
        if claim.get("verdict") == "fails"
    ]
    if failed:
        quoted = [f"\N{LEFT DOUBLE QUOTATION MARK}{statement}\N{RIGHT DOUBLE QUOTATION MARK}" for statement in failed]
        text.append(f"Found false here: {listed(quoted, 4)}.")
    return text


def _errors(scores: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, float]]:
    table: dict[tuple[str, str], dict[str, float]] = {}
    for score in scores:
        if is_number(score.get("normalized_error")):
            place = (str(score.get("condition")), str(score.get("stimulus")))
            table.setdefault(place, {})[str(score.get("model"))] = float(score["normalized_error"])
    return table


def dynamics_sentences(scores: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return how well the mass model follows held-out stimuli, and whether the negative controls do worse."""
    table = _errors(scores)
    mass = [models[_MASS] for models in table.values() if _MASS in models]
    if not mass:
        return ["The mass model was not tried on held-out stimuli."]
    text = [
        f"On {counted(len(mass), 'held-out stimulus', 'held-out stimuli')} the mass model has a median normalised "
        f"error of {decimal(median(mass), 2)} (1 is what the standard errors allow)."
    ]
    controlled = [models for models in table.values() if _MASS in models and len(models) > 1]
    if controlled:
        better = sum(models[_MASS] < min(e for name, e in models.items() if name != _MASS) for models in controlled)
        text.append(f"It does better than every negative control on {better} of {len(controlled)}.")
    return text


def validity_sentences(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return which conditions of the reduction are not met."""
    outside = [check for check in checks if check.get("ok") is False]
    if not checks:
        return ["The validity of the reduction was not checked."]
    if not outside:
        return [f"All {counted(len(checks), 'validity check')} of the reduction are within their bounds."]
    names = sorted({f"{check.get('check')} ({check.get('name') or check.get('condition')})" for check in outside})
    verb = "is outside its bound" if len(outside) == 1 else "are outside their bounds"
    return [f"{len(outside)} of {counted(len(checks), 'validity check')} of the reduction {verb}: {listed(names)}."]


def summary(document: Mapping[str, Any]) -> list[str]:
    """Return the summary of a report, one sentence or two per part."""
    base, refusals = document.get("base", {}), document.get("refusals", [])
    text = [f"Population {base['population']}: " if base.get("population") else ""]
    sentences = lever_sentences(read_levers(document))
    text = [text[0] + sentences[0], *sentences[1:], *gain_sentences(read_levers(document))]
    text += claim_sentences(document.get("claims", []))
    text += dynamics_sentences(document.get("dynamics", []))
    text += validity_sentences(document.get("validity", []))
    if base.get("extrapolated"):
        text.append("The maximum rate is extrapolated: the data reach less than 0.8 of it.")
    if refusals:
        text.append(
            f"{counted(len(refusals), 'part')} of the study could not be delivered; the reasons are listed at the end."
        )
    return text


def _labels(names: Sequence[str]) -> list[str]:
    """Return the labels of features, those of a whole sigmoid or kernel gathered into one."""
    whole: dict[Group, str] = {"sigmoid": "the whole sigmoid", "kernel": "the whole kernel"}
    gathered = {group for group in whole if {member.name for member in features_of(group)} <= set(names)}
    labels = [whole[group] for group in whole if group in gathered]
    return labels + [feature(name).label for name in names if feature(name).group not in gathered]


def lever_summary(lever: Lever) -> str:
    """Return in words which features one lever raised, lowered or left alone."""
    found: dict[str, list[str]] = {}
    for name, entry in lever.features.items():
        if is_number((entry.get("measured") or {}).get("value")):
            found.setdefault(str(entry.get("sign")), []).append(name)
    words = {"+": "raises", "-": "lowers", "0": "leaves unchanged within the margin", "?": "shows no direction for"}
    parts = [f"{verb} {listed(_labels(found[sign]), 20)}" for sign, verb in words.items() if found.get(sign)]
    return "; ".join(parts) + "." if parts else "nothing could be measured."
