"""The margins of every verdict, read from a data file that is fixed before the run."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Margins:
    """Largest differences that count as none, per feature."""

    floor: dict[str, float]
    fraction: dict[str, float]
    change: float

    def unchanged(self, feature: str, base: float) -> float:
        """Return the largest change of ``feature`` that counts as none, given its untouched value."""
        return max(self.floor[feature], self.fraction[feature] * abs(base))

    def prediction(self, feature: str, base: float, predicted_change: float) -> float:
        """Return the largest difference between measured and predicted change that counts as agreement."""
        return self.unchanged(feature, base) + self.change * abs(predicted_change)


@cache
def read_margins() -> Margins:
    """Read the margins that ship with the package."""
    table = tomllib.loads(Path(__file__).with_name("margins.toml").read_text(encoding="utf-8"))
    features = {name: row for name, row in table.items() if isinstance(row, dict)}
    return Margins(
        floor={name: float(row["floor"]) for name, row in features.items()},
        fraction={name: float(row["fraction"]) for name, row in features.items()},
        change=float(table["change"]),
    )
