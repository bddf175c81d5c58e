"""The words of the site with their meanings: one glossary for code and for pages."""

import re
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "README.md"
ROW = re.compile(r"^\| (?P<words>[^|]+) \| (?P<meaning>.+) \|$")
PATHS = re.compile(r"\s*\([^()]*`[^()]*\)")
MARKUP = re.compile(r"[*`]")


@cache
def glossary() -> dict[str, tuple[str, str]]:
    """Each word in small letters to the words that are explained together, and what they mean.

    Meanings are sentences without their full stop; addresses of code are left out.
    """
    table = SOURCE.read_text(encoding="utf-8").partition("\n## Glossary\n")[2].partition("\n## ")[0]
    found = {}
    for line in table.splitlines()[4:]:
        row = ROW.match(line)
        if row is not None:
            meaning = MARKUP.sub("", PATHS.sub("", row["meaning"])).strip()
            for word in row["words"].split(","):
                found[word.strip().lower()] = (row["words"].strip(), meaning)
    return found
