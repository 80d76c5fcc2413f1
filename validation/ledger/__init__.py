"""The claims ledger: a verdict on every testable statement of shine2021, with the domain in which it holds."""

from .bench import Settings as Settings
from .document import ledger_document as ledger_document
from .ledger import Ledger as Ledger
from .ledger import ledger as ledger
from .ledger import make_ledger as make_ledger
from .statement import Statement as Statement
from .statement import read_statements as read_statements
