"""Lines of foreign files, one at a time and never more of one than is allowed. Pure."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from evaluations.exchange.readers.records import Refused

LONGEST_LINE = 1_000_000
"""Bytes of a line, its line feed left out; of a CSV record too."""
MOST_LINES = 2_000_000
BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
SAVE_AS = (
    "Save it again as UTF-8: in Excel as “CSV UTF-8”, in LibreOffice with the character set "
    "“Unicode (UTF-8)”, in a text editor with the encoding UTF-8."
)
IN_UTF_16 = f"The file is in UTF-16, which Excel calls “Unicode text”. {SAVE_AS}"


def is_utf_16(beginning: bytes) -> bool:
    """Whether a file begins as one in UTF-16 does, with its mark or with a NUL in each letter."""
    return beginning.startswith(_UTF_16) or (
        len(beginning) >= 4 and beginning[:4].count(0) == 2 and beginning[0] != beginning[1]
    )


def lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes] | Refused]:
    """Each line that is not blank, with its number from 1, or why it cannot be taken.

    Lines end with a line feed alone, as JSON Lines has it.
    """
    for number in range(1, MOST_LINES + 1):
        raw = file.readline(LONGEST_LINE + 1)
        if not raw:
            return
        if number == 1:
            if is_utf_16(raw):
                yield Refused(0, IN_UTF_16)
                return
            raw = raw.removeprefix(BOM)
        if len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            skip_line(file)
            yield Refused(number, "The line is longer than 1 MB.")
        elif raw.strip():
            yield number, raw
    if file.read(1):
        yield Refused(
            MOST_LINES + 1, f"The file has more than {MOST_LINES:,} lines; the rest is not read."
        )


def skip_line(file: BinaryIO) -> None:
    """Pass over what is left of a line."""
    while True:
        raw = file.readline(LONGEST_LINE)
        if not raw or raw.endswith(b"\n"):
            return


def objects_of(
    file: BinaryIO, *, not_numbers: bool = False
) -> Iterator[tuple[int, dict[str, Any]] | Refused]:
    """Each line's number with its object of JSON, or why it is none.

    With `not_numbers` NaN and Infinity, which some tools write, are taken for null.
    """
    for line in lines_of(file):
        if isinstance(line, Refused):
            yield line
            continue
        number, raw = line
        value = json_in(raw, not_numbers=not_numbers)
        if isinstance(value, dict):
            yield number, value
        elif isinstance(value, NotJson):
            yield Refused(number, value.why)
        else:
            yield Refused(number, "It is not a JSON object.")


class NotJson:
    """What `json_in` gives for bytes that are no JSON: `why` as a sentence."""

    def __init__(self, why: str) -> None:
        self.why = why


class _NotANumber(ValueError):
    pass


def json_in(raw: bytes, *, not_numbers: bool = False) -> Any:
    """The value of a piece of JSON, or a `NotJson`. Of a name that stands twice the last counts."""
    if b"\x00" in raw:
        return NotJson("It holds the character NUL, so it is not JSON.")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return NotJson(f"It is not UTF-8. {SAVE_AS}")
    try:
        return json.loads(text, parse_constant=_null if not_numbers else _refuse)
    except _NotANumber as error:
        return NotJson(f"It holds {error}, which is not JSON.")
    except json.JSONDecodeError as error:
        return NotJson(f"It is not JSON: character {error.pos + 1} is none that can stand there.")
    except ValueError:
        return NotJson("It holds a number with more digits than can be read.")
    except RecursionError:
        return NotJson("It is nested too deeply.")


def _null(name: str) -> None:
    return None


def _refuse(name: str) -> NoReturn:
    raise _NotANumber(name)
