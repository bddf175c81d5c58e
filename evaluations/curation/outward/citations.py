"""How a frozen collection is cited: in plain words and as BibTeX, built from the row."""

from typing import Final

from evaluations.curation.folds import title_of
from evaluations.curation.models import CollectionVersion
from evaluations.leaderboards.snapshots.citations import SITE, counted, entry

LICENCE: Final = "CC BY 4.0"


def plain_citation(version: CollectionVersion, address: str) -> str:
    """One paragraph: owner, title, day, what is in it, licence, hash and address."""
    day, collection = version.day, version.collection
    return (
        f"{collection.by} ({day.year}). {title_of(version)}. Version {version.number} of "
        f"a collection on {SITE}, frozen on {day.day} {day:%B %Y} with {items_in(version)}. "
        f"{LICENCE}; outputs under the licences of their models. SHA-256 {version.digest}. "
        f"{address}"
    )


def bibtex(version: CollectionVersion, address: str) -> str:
    """A BibTeX entry of the version."""
    note = (
        f"Version {version.number} of a collection on {SITE}, frozen on {version.day.isoformat()} "
        f"with {items_in(version)}; {LICENCE}; SHA-256 {version.digest}"
    )
    return entry(
        f"bywhatdefinition-{version.collection.slug}-{version.name}",
        title=title_of(version),
        author=version.collection.by,
        day=version.day,
        address=address,
        note=note,
    )


def items_in(version: CollectionVersion) -> str:
    return counted(len(version.contents["items"]), "item")
