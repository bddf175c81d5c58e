"""Parts of a recipe as people write them in a form, and back: examples, arguments, stop strings."""

import json
import re
from typing import Any

from evaluations.prompts.drafts import TOO_DEEP, unstorable

PARTS, REPLY = "---", "=>"
_NAME = re.compile(r"[A-Za-z_]\w{0,60}", re.ASCII)
MOST_EXAMPLES, MOST_STOPS = 20, 8


class NotReadable(ValueError):
    """What was written cannot be read; the message says where."""


def examples_from(text: str) -> list[list[str]]:
    """Pairs of what is asked and replied, parted by lines `=>`; a line `---` parts examples."""
    found: list[list[str]] = []
    for number, part in enumerate(_split(text, PARTS), start=1):
        sides = [side.strip() for side in _split(part, REPLY)]
        if not any(sides):
            continue
        if len(sides) != 2 or not all(sides):
            raise NotReadable(
                f"Example {number} needs what is asked, a line with {REPLY} alone, and the reply."
            )
        found.append(sides)
    if len(found) > MOST_EXAMPLES:
        raise NotReadable(f"Give at most {MOST_EXAMPLES} examples.")
    return found


def examples_as(examples: list[list[str]]) -> str:
    return f"\n{PARTS}\n".join(f"{asked}\n{REPLY}\n{replied}" for asked, replied in examples)


def arguments_from(text: str) -> dict[str, Any]:
    """Lines `name = value`; a value is JSON (true, 3, "low"), or else a word as it stands."""
    found: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, sign, said = (part.strip() for part in line.partition("="))
        if not (sign and said and _NAME.fullmatch(name)):
            raise NotReadable(f"Line {number} is not of the form: name = value.")
        try:
            found[name] = json.loads(said, parse_constant=_no_number)
        except ValueError:
            found[name] = said
        except RecursionError:
            raise NotReadable(f"The value in line {number} {TOO_DEEP}.") from None
        if why := unstorable(found[name]):
            raise NotReadable(f"The value in line {number} {why}.")
    return found


def arguments_as(arguments: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in arguments.items())


def stops_from(text: str) -> list[str]:
    """A string a line; \\n in it is a line break, \\t a tab."""
    found = [line for line in text.splitlines() if line.strip()]
    if len(found) > MOST_STOPS:
        raise NotReadable(f"Give at most {MOST_STOPS} stop strings.")
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in found]


def stops_as(stops: list[str]) -> str:
    return "\n".join(stop.replace("\n", "\\n").replace("\t", "\\t") for stop in stops)


def _split(text: str, mark: str) -> list[str]:
    parts: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip() == mark:
            parts.append([])
        else:
            parts[-1].append(line)
    return ["\n".join(lines) for lines in parts]


def _no_number(said: str) -> None:
    raise ValueError(f"{said} is no value")
