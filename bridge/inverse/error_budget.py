"""How far a sum of dose curves may lie from what a mixture does: the shares that make up its error."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ErrorBudget:
    """Standard deviations of what is not known of dose curves and mixtures, as shares of what is.

    ``exact`` is the budget of a problem that is linear by construction.

    Parameters
    ----------
    of_a_bend : float
        Error of a curve midway between its points, over the largest difference of curve and polygon.
    of_a_step : float
        The same, over the step from point to point, where points lie on both sides of the untouched cell.
    of_a_step_at_an_end : float
        The same where the untouched cell is an end of the curve: many effects begin with the square of the amount, so
        that the slope there is a guess.
    of_a_product : float
        Unknown interaction of two levers over the product of their effects, on their natural scale.
    of_an_interaction : float
        Error of a known interaction away from the doses at which it is known, over itself.
    """

    of_a_bend: float = 0.5
    of_a_step: float = 0.02
    of_a_step_at_an_end: float = 0.10
    of_a_product: float = 1.5
    of_an_interaction: float = 0.5

    @staticmethod
    def exact() -> "ErrorBudget":
        """Return the budget without any error."""
        return ErrorBudget(
            of_a_bend=0.0, of_a_step=0.0, of_a_step_at_an_end=0.0, of_a_product=0.0, of_an_interaction=0.0
        )
