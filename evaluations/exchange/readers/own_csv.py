"""This site's own CSV: commas, semicolons or tabs, in UTF-8, with quoted line feeds. Pure.

`line` is the number of a record, the header left out, since one may stand on several lines.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from evaluations.exchange.readers.checks import Unfit
from evaluations.exchange.readers.lines import (
    BOM,
    IN_UTF_16,
    LONGEST_LINE,
    MOST_LINES,
    SAVE_AS,
    is_utf_16,
    skip_line,
)
from evaluations.exchange.readers.own import COUNTS, FIGURES, NAMES, NEEDED, record_in
from evaluations.exchange.readers.records import Read, Refused
from evaluations.exchange.readers.samples import Samples

MOST_COLUMNS = 200
_SIGNS = {",": "comma", ";": "semicolon", "\t": "tab"}
_QUOTE = b'"'
_BEFORE_HEADER = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:"?sep=.{1,2}"?\s*)?')
"""Blank lines, and the line by which some programs tell Excel the sign between columns."""
_WHOLE = re.compile(r"([+-]?[0-9]+)(?:\.0*)?")
"""Whole numbers; programs that keep columns with gaps as floats write 1.0 for 1."""
_BLOCK = 1 << 16
# One limit for the whole process; a record is bounded here before the module csv sees it.
csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))


class _TooLong(Exception):
    pass


class _Lines:
    """The lines of a file for the module csv, with a bound on those that make one record."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.is_first = True
        self.begin()

    def begin(self) -> None:
        """A new record begins with the next line."""
        self.size = self.quotes = 0

    @property
    def is_open(self) -> bool:
        """Whether a quote of this record still waits for the one that closes it."""
        return self.quotes % 2 == 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self._take()
        if not raw:
            raise StopIteration
        self.size += len(raw)
        if self.size > LONGEST_LINE:
            raise _TooLong
        return raw.decode()

    def skip_record(self) -> bool:
        """Pass over the rest of a record that is bad; False where it has no end."""
        if self.size > LONGEST_LINE and not self._ended:
            self._skip_line()
        while self.is_open:
            self._skip_without_quotes()
            if not self._take():
                return False
            if not self._ended:
                self._skip_line()
        return True

    def _skip_without_quotes(self) -> None:
        """Pass over what cannot close the record, quicker than line by line."""
        while block := self.file.read(_BLOCK):
            if _QUOTE in block:
                self.file.seek(-len(block), 1)
                return

    def _take(self) -> bytes:
        raw = self.file.readline(LONGEST_LINE + 1)
        self._ended = raw.endswith(b"\n")
        self.quotes += raw.count(_QUOTE)
        if self.is_first:
            raw, self.is_first = raw.removeprefix(BOM), False
        return raw

    def _skip_line(self) -> None:
        while raw := self.file.readline(LONGEST_LINE):
            self.quotes += raw.count(_QUOTE)
            if raw.endswith(b"\n"):
                return


def read_own_csv(
    file: BinaryIO, *, companion: BinaryIO | None = None, name: str = ""
) -> Iterator[Read]:
    """One record a row; rows of nothing but empty fields are passed over."""
    beginning = file.readline(LONGEST_LINE + 1)
    while beginning and _BEFORE_HEADER.fullmatch(beginning):
        beginning = file.readline(LONGEST_LINE + 1)
    if not beginning:
        return
    header = _header_in(file, beginning)
    if isinstance(header, Refused):
        yield header
        return
    columns, sign = header
    samples = Samples()
    for number, found in _rows(file, sign):
        if isinstance(found, str):
            yield Refused(number, found)
        elif len(found) != len(columns):
            than = "fewer" if len(found) < len(columns) else "more"
            yield Refused(
                number, f"It has {than} fields than the header: {len(found)}, not {len(columns)}."
            )
        else:
            try:
                row = _row_of(dict(zip(columns, found, strict=True)), comma=sign == ";")
                yield record_in(row, number, samples)
            except Unfit as error:
                yield Refused(number, str(error))


def _header_in(file: BinaryIO, beginning: bytes) -> tuple[list[str], str] | Refused:
    """The names of the columns and the sign between them."""
    if is_utf_16(beginning):
        return Refused(0, IN_UTF_16)
    if len(beginning) > LONGEST_LINE:
        return Refused(1, "The header is longer than 1 MB.")
    try:
        text = beginning.removeprefix(BOM).decode()
    except UnicodeDecodeError:
        return Refused(0, f"The file is not UTF-8. {SAVE_AS}")
    best: list[str] = []
    sign = ","
    for each in _SIGNS:
        try:
            columns = next(csv.reader([text], delimiter=each, strict=True), [])
        except csv.Error:
            continue
        columns = [column.strip().casefold() for column in columns[: MOST_COLUMNS + 1]]
        if len(NAMES.intersection(columns)) > len(NAMES.intersection(best)):
            best, sign = columns, each
    if "\r" in text.rstrip("\r\n"):
        return Refused(
            1, f"Lines end with a carriage return alone, as on old Macintosh computers. {SAVE_AS}"
        )
    if len(best) > MOST_COLUMNS:
        return Refused(1, f"There are more than {MOST_COLUMNS} columns.")
    for column in NEEDED:
        if column not in best:
            return Refused(
                1,
                f"There is no column “{column}”. The first line names the columns, with a "
                f"{', a '.join(_SIGNS.values())} between them: prompt, model, output.",
            )
    for column in NAMES:
        if best.count(column) > 1:
            return Refused(1, f"There are two columns “{column}”.")
    return best, sign


def _rows(file: BinaryIO, sign: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each record's number with its fields, or with what is wrong with it, as a sentence."""
    lines = _Lines(file)
    lines.is_first = False
    rows = csv.reader(lines, delimiter=sign, strict=True)
    for number in range(1, MOST_LINES + 1):
        lines.begin()
        why = ""
        try:
            fields = next(rows)
            while not fields:
                lines.begin()
                fields = next(rows)
        except StopIteration:
            return
        except _TooLong:
            why = "The record is longer than 1 MB."
        except UnicodeDecodeError:
            yield 0, f"The file is not UTF-8: record {number} shows it. {SAVE_AS}"
            return
        except csv.Error:
            why = "A quote stands where none can be: within a field each is written twice."
        if not why:
            if any(fields):
                yield number, fields
            continue
        if not lines.skip_record():
            yield number, "A quote that opens in this record is never closed."
            return
        yield number, why
    skip_line(file)
    yield MOST_LINES + 1, f"There are more than {MOST_LINES:,} records; the rest is not read."


def _row_of(fields: Mapping[str, str], *, comma: bool) -> dict[str, Any]:
    """Fields as values. What is left blank is as if the column were not there.

    With `comma` numbers may have one as their decimal point, as where columns are parted by
    semicolons for it.
    """
    row: dict[str, Any] = {}
    for name, field in fields.items():
        if name in NEEDED:
            row[name] = field
        elif name not in NAMES or not field.strip():
            continue
        elif name in COUNTS or name in ("sample", "seed"):
            row[name] = _whole_in(field.replace(",", ".") if comma else field)
        elif name in FIGURES:
            row[name] = _number_in(field.replace(",", ".") if comma else field)
        elif name == "settings":
            row[name] = _settings_in(field)
        else:
            row[name] = field
    return row


def _whole_in(field: str) -> object:
    """The whole number in a field, or the text itself, which is then refused by its name."""
    found = _WHOLE.fullmatch(field.strip())
    try:
        return int(found[1]) if found else field
    except ValueError:  # more digits than are read
        return field


def _number_in(field: str) -> object:
    """The number in a field, or the text itself, which is then refused by its name."""
    try:
        return float(field)
    except ValueError:
        return field


def _settings_in(field: str) -> object:
    try:
        return json.loads(field)
    except (ValueError, RecursionError):
        raise Unfit("“settings” is not JSON.") from None
