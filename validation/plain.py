"""Found numbers as plain JSON values."""

import math
from typing import Any


def plain(value: Any) -> Any:
    """Return ``value`` with NumPy numbers as Python ones and what is not finite as null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
