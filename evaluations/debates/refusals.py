"""Why something in a debate is not done, in words for whoever asked."""

from evaluations.debates.models import Statement
from evaluations.runs.models import Output


class DebateRefused(Exception):
    """It cannot be done; the message says why and what to do instead."""


class DebateClosed(DebateRefused):
    """The version is not in force any more, so that nothing is added to its debate."""


class SaidAlready(DebateRefused):
    """Another statement says the same but for case and stops: it can be voted on."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(
            f"{statement.by} said this already. Vote on it instead of saying it again."
        )
        self.statement = statement


class VerdictAgainst(DebateRefused):
    """What a role claims is not what the version says of the output, which is `verdict`."""

    def __init__(self, output: Output, verdict: str, words: str) -> None:
        super().__init__(words)
        self.output = output
        self.verdict = verdict
