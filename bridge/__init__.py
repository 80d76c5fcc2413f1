"""From recordings to estimates with intervals, and from cell parameters to predictions of the same quantities."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Return the formats of `mesobridge.bridge.export` when somebody asks: estimates do not need them."""
    if name == "EXPORTS":
        from .export import EXPORTS

        return EXPORTS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
