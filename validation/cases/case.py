"""A literature case: published numbers, where they stand, and ours beside them."""

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Kind = Literal["exact", "spiking", "data"]


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One number of a case: ours, the published one, and the largest difference that its source allows.

    ``standard_error`` is that of ours, where it is measured on something that fluctuates.
    """

    quantity: str
    ours: float
    published: float
    tolerance: float
    unit: str
    standard_error: float | None = None

    @property
    def agrees(self) -> bool:
        """Whether the difference is within what the source allows."""
        return abs(self.ours - self.published) <= self.tolerance

    @property
    def agreeing_digits(self) -> float:
        """Number of decimal digits on which both agree."""
        relative = abs(self.ours - self.published) / abs(self.published)
        return 16.0 if relative == 0 else max(0.0, -math.log10(relative))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A published result and how it is computed here; a long one may run ``only_by_name``."""

    id: str
    title: str
    source: str
    kind: Kind
    run: Callable[[], tuple[CaseRow, ...]]
    only_by_name: bool = False


@cache
def published() -> dict[str, Any]:
    """Return the published numbers of all cases, with the source of each."""
    return tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))
