"""A release: everything that is public on a day, with its boards, as files that need no site."""

from collections.abc import Iterator
from typing import Any, Final

from django.utils import timezone

from evaluations.curation.contents import contents_of
from evaluations.curation.folds import as_folded
from evaluations.curation.models import Collection
from evaluations.curation.outward.files import shared
from evaluations.debates.records import lines_of
from evaluations.definitions.models import DefinitionVersion
from evaluations.exchange.releases.croissant import croissant
from evaluations.exchange.studies.archive import Archive, Place
from evaluations.exchange.studies.boards import StudyBoard
from evaluations.exchange.studies.freezing import add_table, write_frozen
from evaluations.exchange.studies.study import Study, WholeSite
from evaluations.exchange.studies.terms import protocol_lines
from evaluations.exchange.studies.writing import Report
from evaluations.judgments.models import Protocol
from evaluations.leaderboards.snapshots.hash import site_salt

Record = dict[str, Any]
DESCRIPTION: Final = (
    "Outputs of language models, judged by people criterion by criterion, and what definitions of "
    "reasoning make of the answers."
)


def write_release(place: Place, *, site: str, report: Report | None = None) -> Record:
    """Write all that everybody may read as a frozen study, with what has no place in a study, and
    give its manifest."""
    study = Study(WholeSite())

    def beside(archive: Archive, boards: list[StudyBoard]) -> None:
        archive.add_lines("protocols.jsonl", every_protocol())
        archive.add_lines("collections.jsonl", every_collection())
        archive.add_lines("debates.jsonl", every_debate())
        for board in boards:
            add_board(archive, board)
        day = timezone.now().date()
        described = croissant(archive, title=study.title, about=DESCRIPTION, site=site, day=day)
        archive.add_json("croissant.json", described)

    return write_frozen(study, place, site=site, report=report, beside=beside)


def add_board(archive: Archive, board: StudyBoard) -> None:
    """A definition's board as a table; of several versions of one, each by its number."""
    slug, number = board.version.definition.slug, board.version.number
    road = "" if board.road == "computed" else f"-{board.road}"
    columns = [name for name in board.records[0] if name != "in_doubt"]
    add_table(archive, f"boards/{slug}-v{number}{road}.csv", columns, board.records)


def every_protocol() -> Iterator[Record]:
    """Each version of the protocols that everybody may read; rounds have pages of their own."""
    rows = Protocol.objects.public().filter(opened_at__isnull=False, ends_at=None)
    for protocol in rows.select_related("owner").order_by("pk"):
        yield from protocol_lines(Study(protocol))


def every_collection() -> Iterator[Record]:
    """The items of the collections that everybody finds, as their own files have them; without
    verdicts, for which judges who stay out count on the site."""
    for collection in Collection.objects.shown().select_related("owner").order_by("pk"):
        for item in shared(as_folded(collection, contents_of(collection)))[0]:
            told = {name: value for name, value in item.items() if name != "verdicts"}
            yield {"collection": collection.get_absolute_url(), **told}


def every_debate() -> Iterator[Record]:
    """Statements, evidence and votes about every published version, as a debate's own file."""
    salt = site_salt()
    rows = DefinitionVersion.objects.filter(published_at__isnull=False)
    for version in rows.select_related("definition").order_by("pk"):
        for line in lines_of(version, salt):
            yield {
                "definition": version.definition.slug,
                "definition_version": version.number,
                **line,
            }
