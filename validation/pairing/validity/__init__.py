"""The validity map: its grid, its points, and where the populations of a study lie on it."""
