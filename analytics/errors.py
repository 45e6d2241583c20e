"""The error family: every message says what was being done, what was found and what to do."""

from __future__ import annotations


class BartizanError(Exception):
    """Something went wrong that the user can mend.

    Parameters
    ----------
    doing
        What was being done, in the present participle ("reading labels.csv").
    found
        What was found instead of what was needed.
    fix
        What to do about it.
    """

    exit_code = 2

    def __init__(self, doing: str, found: str, fix: str) -> None:
        super().__init__(f"While {doing}: {found} {fix}")
        self.doing, self.found, self.fix = doing, found, fix


class BadInput(BartizanError):
    """A file, an option or a map that does not fit the contract."""


class UnknownModel(BadInput):
    """Detections or counts of a model version that is not registered."""


class NoData(BartizanError):
    """The warehouse does not exist yet or holds nothing."""


class BrokenSnapshot(BartizanError):
    """A snapshot that should be there cannot be read."""


class TooSlow(BartizanError):
    """A query ran into its time limit."""


class NotAllowed(BartizanError):
    """The viewer may not do this."""
