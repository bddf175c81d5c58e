"""How a snapshot is cited: in plain words and as BibTeX."""

import datetime as dt

from evaluations.leaderboards.models import Snapshot

SITE = "By What Definition?"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "“": "``",
        "”": "''",
        '"': "''",
        "‘": "`",
        "’": "'",
        "–": "--",
        "—": "---",
        "…": r"\ldots{}",
        "\u00a0": "~",
        "\n": " ",
    }
)
IN_ADDRESS = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"})


def title_of(snapshot: Snapshot) -> str:
    """What a reference calls a snapshot."""
    number = snapshot.version.number
    title = f"{snapshot.title}: " if snapshot.title else ""
    return f"{title}Leaderboard “{name_of(snapshot)}”, version {number} of the definition"


def name_of(snapshot: Snapshot) -> str:
    """What the definition was called on that day, or today where that was not kept."""
    return snapshot.definition_name or snapshot.version.definition.name


def plain_citation(snapshot: Snapshot, address: str) -> str:
    """One paragraph that names the snapshot, its day, what it rests on, its hash and address."""
    day = snapshot.day
    return (
        f"{SITE} ({day.year}). {title_of(snapshot)}, frozen on {day.day} {day:%B %Y} from "
        f"{counted(snapshot.judgments, 'judgment')} by {counted(snapshot.judges, 'judge')}"
        f"{sharpened_by(snapshot)}. "
        f"{narrowed(snapshot)}SHA-256 {snapshot.digest}. {address}"
    )


def model_judges_of(snapshot: Snapshot) -> list[str]:
    """The model judges that sharpened its rows, as they were called; no part of its counts."""
    named = {record.get("sharpened_by") for record in snapshot.rows.get("records", ())}
    return sorted(filter(None, named))


def sharpened_by(snapshot: Snapshot) -> str:
    """The model judges as they go on from the counts of people; nothing without them."""
    names = model_judges_of(snapshot)
    if not names:
        return ""
    return f", sharpened by the model judge{'s' if len(names) > 1 else ''} {', '.join(names)}"


def narrowed(snapshot: Snapshot) -> str:
    """What counted, with a space after it, where it is not the default board; else nothing."""
    return f"{snapshot.question_words} " if snapshot.question else ""


def bibtex(snapshot: Snapshot, address: str) -> str:
    """A BibTeX entry. All that TeX would read as a command is escaped; the rest stays Unicode."""
    day = snapshot.day
    note = (
        f"Frozen on {day.isoformat()} from {counted(snapshot.judgments, 'judgment')}"
        f"{sharpened_by(snapshot)}; "
        f"method {snapshot.method_version}; SHA-256 {snapshot.digest}"
    )
    if snapshot.question:
        note += f"; {snapshot.question_words.removesuffix('.')}"
    if snapshot.withdrawn_at:
        note += f"; withdrawn on {snapshot.withdrawn_at:%Y-%m-%d}"
    return entry(
        key_of(snapshot), title=title_of(snapshot), author=SITE, day=day, address=address, note=note
    )


def entry(key: str, *, title: str, author: str, day: dt.date, address: str, note: str) -> str:
    """A BibTeX entry of something that was frozen here on a day; `key` as by `key_of`."""
    fields = {
        "title": f"{{{escaped(title)}}}",
        "author": f"{{{escaped(author)}}}",
        "year": str(day.year),
        "month": MONTHS[day.month - 1],
        "url": address.translate(IN_ADDRESS),
        "note": escaped(note),
    }
    lines = [
        f"  {name} = {value}" if name == "month" else f"  {name} = {{{value}}}"
        for name, value in fields.items()
    ]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def key_of(snapshot: Snapshot) -> str:
    """The key that a text cites it by: letters, digits and hyphens."""
    return f"bywhatdefinition-{snapshot.version.definition.slug}-{snapshot.name}"


def escaped(text: str) -> str:
    """Text as TeX prints it."""
    return text.translate(TEX)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
