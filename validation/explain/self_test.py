"""A condition of a result as an observation: a test of the method on a change whose cause is known."""

import numpy as np

from ..result import Result
from .columns import USUAL
from .mistakes import ExplainError
from .observed import Question


def question_of_condition(result: Result, condition: str) -> Question:
    """Return the change of a condition, with the errors it would have against another untouched population.

    Raises
    ------
    ExplainError
        If the result has no such condition, or has measured nothing of it.
    """
    dataset = result.dataset
    names = [str(name) for name in dataset["condition"].values]
    if condition not in names[1:]:
        raise ExplainError(f"{condition!r}: no such condition; there are {', '.join(names[1:])}.")
    at = dataset.isel(condition=names.index(condition))
    base = dataset.isel(condition=0)
    entries = {}
    for name in USUAL:
        change = float(at["change"].sel(feature=name))
        own, before = (float(one["measured_se"].sel(feature=name)) for one in (at, base))
        error = float(np.hypot(own, before))
        if np.isfinite(change) and np.isfinite(error) and error > 0:
            entries[name] = {"value": change, "standard_error": error}
    if not entries:
        raise ExplainError(f"{condition!r}: nothing of it was measured; see the report's missing parts.")
    return Question(entries=entries, title=f"{condition}, as if it were observed")
