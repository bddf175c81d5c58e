"""What can be taken of values that foreign files hold, and why of others not. Pure."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

LONGEST_NAME = 200
"""Characters of a model's name and of other names."""
MOST_SAMPLES = 2**31 - 1
_SEEDS = 2**63
_EXACT = 2**53
_LONGEST_SETTING = 500


class Unfit(ValueError):
    """Why a line gives no reply, as a sentence."""


def fault_in(text: str) -> str:
    """Why no database could keep a text, as the end of a sentence; empty where it can."""
    if "\x00" in text:
        return "holds the character NUL"
    if text.isascii():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a surrogate pair, which is no character"
    return ""


def text_of(value: object, name: str) -> str:
    """A text that can be stored. Raises Unfit for anything else, null included."""
    if not isinstance(value, str):
        raise Unfit(f"“{name}” is {'null' if value is None else 'not text'}.")
    if fault := fault_in(value):
        raise Unfit(f"“{name}” {fault}.")
    return value


def written(value: object, name: str) -> str:
    """A text with more than white space. Raises Unfit for anything else."""
    text = text_of(value, name)
    if not text.strip():
        raise Unfit(f"“{name}” is empty.")
    return text


def name_of(value: object, name: str) -> str:
    """A short text, without outer white space."""
    text = written(value, name).strip()
    if len(text) > LONGEST_NAME:
        raise Unfit(f"“{name}” has more than {LONGEST_NAME} characters.")
    return text


def text_or_none(value: object, name: str) -> str:
    """A text, which may be missing or null: then it is empty."""
    return "" if value is None else text_of(value, name)


def count_of(value: object, name: str, *, most: int = MOST_SAMPLES) -> int | None:
    """A whole number from 0, or None where there is none."""
    number = whole_of(value, name)
    if number is None:
        return None
    if number < 0:
        raise Unfit(f"“{name}” is below 0.")
    if number > most:
        raise Unfit(f"“{name}” is above {most:,}.")
    return number


def seed_of(value: object, name: str) -> int | None:
    number = whole_of(value, name)
    if number is not None and not -_SEEDS <= number < _SEEDS:
        raise Unfit(f"“{name}” does not fit into 64 bits.")
    return number


def whole_of(value: object, name: str) -> int | None:
    """A whole number, or None where there is none. Programs that know no others write 1 as 1.0."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unfit(f"“{name}” is not a whole number.")
    return value


def said_count(value: object) -> int | None:
    """A count of a log, or None where it holds something else: no reply hangs on it."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_SAMPLES:
        return value
    return None


def said_number(value: object) -> float | None:
    """A finite number of a log, from 0, or None where it holds something else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < 1e300 else float("inf")
        return number if isfinite(number) and number >= 0 else None
    return None


def said_text(value: object) -> str:
    """A short text of a log, or nothing where it holds something else: no reply hangs on it."""
    sound = isinstance(value, str) and len(value) <= LONGEST_NAME and not fault_in(value)
    return str(value).strip() if sound else ""


def said_score(value: object) -> float | None:
    """A score from 0 to 1 of a log; None for anything else."""
    number = said_number(float(value) if isinstance(value, bool) else value)
    return number if number is not None and number <= 1 else None


def mapping_of(value: object) -> Mapping[str, Any]:
    """An object of JSON, or an empty one where there is something else."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """A list of JSON, or an empty one where there is something else."""
    return value if isinstance(value, list) else []


def settings_of(value: object) -> dict[str, Any]:
    """What of a log's settings can be kept: numbers, truth values, short texts, lists of texts."""
    kept: dict[str, Any] = {}
    for name, setting in mapping_of(value).items():
        if said_text(name) and setting is not None and _is_plain(setting):
            kept[name] = setting
    return kept


def _is_plain(value: object) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return abs(value) < 1e300
    if isinstance(value, str):
        return len(value) <= _LONGEST_SETTING and not fault_in(value)
    if isinstance(value, list):
        plain = all(isinstance(each, str) and _is_plain(each) for each in value)
        return plain and len(json.dumps(value)) <= _LONGEST_SETTING
    return False
