"""From recordings to estimates with intervals, and from cell parameters to predictions of the same quantities."""
