"""What a prediction says when the theory has no answer."""


class PredictionRefused(ValueError):
    """The reduction does not exist for this population at this input: several states, instability, or no rest."""
