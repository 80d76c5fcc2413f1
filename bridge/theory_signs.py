"""What theory expects of every feature under each mechanism: a table read as data, with its sources."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Sign = Literal[-1, 0, 1, "second", "any"]

_SCHEMA = "mesobridge.theory-signs/1"
_SIGNS: tuple[Sign, ...] = (-1, 0, 1, "second", "any")


@dataclass(frozen=True)
class ExpectedSigns:
    """Expected signs by feature for an amount above neutral, for a mechanism as shine2021 describes it.

    1 up, -1 down, 0 no change at all, ``"second"`` a change of second order, ``"any"`` no prediction.
    """

    mechanism: str
    signs: dict[str, Sign]
    reason: str
    sources: tuple[str, ...]

    def sign(self, feature: str) -> Sign:
        """Return the expected sign of a feature, ``"any"`` where theory is silent."""
        return self.signs.get(feature, "any")


@cache
def theory_signs() -> dict[str, ExpectedSigns]:
    """Return the expectations of all mechanisms.

    Raises
    ------
    ValueError
        If the data file has another schema or an unknown sign.
    """
    table = tomllib.loads(files(__name__.rpartition(".")[0]).joinpath("theory_signs.toml").read_text(encoding="utf-8"))
    if table.get("schema") != _SCHEMA:
        raise ValueError(
            f"theory_signs.toml: schema {table.get('schema')!r} is not {_SCHEMA!r}; use the file of this version."
        )
    return {name: _expected(name, dict(entry)) for name, entry in table["mechanisms"].items()}


def _expected(name: str, entry: dict) -> ExpectedSigns:
    reason, sources = entry.pop("reason"), tuple(entry.pop("source"))
    unknown = {feature: sign for feature, sign in entry.items() if sign not in _SIGNS}
    if unknown:
        raise ValueError(f"theory_signs.toml: {name} has unknown signs {unknown}; use one of {_SIGNS}.")
    return ExpectedSigns(name, entry, reason, sources)
