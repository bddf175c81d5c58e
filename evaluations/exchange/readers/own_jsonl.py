"""This site's own JSON Lines. Pure."""

from collections.abc import Iterator
from typing import BinaryIO

from evaluations.exchange.readers.checks import Unfit
from evaluations.exchange.readers.lines import objects_of
from evaluations.exchange.readers.own import record_in
from evaluations.exchange.readers.records import Read, Refused
from evaluations.exchange.readers.samples import Samples


def read_own_jsonl(
    file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
) -> Iterator[Read]:
    """One object a line; of a name that stands twice in one the last counts."""
    samples = Samples()
    for found in objects_of(file):
        if isinstance(found, Refused):
            yield found
            continue
        line, row = found
        try:
            yield record_in(row, line, samples)
        except Unfit as error:
            yield Refused(line, str(error))
