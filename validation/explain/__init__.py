"""Which cellular mechanisms explain an observed change of a population."""

from .explanation import Explanation as Explanation
from .explanation import explain as explain
from .mistakes import ExplainError as ExplainError
from .observed import Question as Question
from .observed import read_question as read_question
from .save import save_explanation as save_explanation
from .words import spoken as spoken
