"""What goes wrong in the engine."""


class EngineError(RuntimeError):
    """A simulation cannot be built, run or trusted; the message says why and what to do."""
