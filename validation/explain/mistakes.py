"""What can be wrong with a question about an observed change."""


class ExplainError(ValueError):
    """An observation cannot be read, or the result cannot answer."""
