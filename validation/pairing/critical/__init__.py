"""Sweeps of a background, the points where states end, and how far modulations move them."""
