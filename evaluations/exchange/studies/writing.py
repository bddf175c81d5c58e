"""Writing a study: its files, a data card that loads it, the licences, and the manifest."""

import json
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from evaluations import __version__
from evaluations.curation.outward.files import LICENCE
from evaluations.exchange.studies.archive import Archive, Place
from evaluations.exchange.studies.figures import figures_of
from evaluations.exchange.studies.files import FILES
from evaluations.exchange.studies.left_out import left_out
from evaluations.exchange.studies.study import Study
from evaluations.leaderboards.snapshots.citations import SITE
from evaluations.leaderboards.snapshots.hash import METHOD_VERSION

FORMAT: Final = "by-what-definition-study-1"
SIZES: Final = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
)  # fmt: skip
Report = Callable[[str, int], None]
More = Callable[[Study, Archive], None]


@contextmanager
def one_moment() -> Any:
    """All that is read within is as of one moment, while people go on judging.

    Cursors are planned to be read to their end: for their beginning alone, PostgreSQL compares
    each answer with each judgment, which takes hours for a large study; so it does where the list
    of a study's outputs has no room in memory.
    """
    with transaction.atomic():
        # Within a transaction that began already, as in tests, it cannot be chosen any more.
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
            cursor.execute("SET LOCAL work_mem = '64MB'")
        yield


def write_study(
    study: Study,
    place: Place,
    *,
    site: str,
    report: Report | None = None,
    more: More | None = None,
) -> dict[str, Any]:
    """Write every file of a study as of one moment, and give its manifest.

    Args:
        site: the site's address, such as https://example.org, for links.
        report: told how far it is, as `Archive` says.
        more: writes what a frozen study has beside these.
    """
    archive = Archive(place, report)
    with one_moment():
        for name, file in FILES.items():
            archive.add_lines(f"{name}.jsonl", file.lines(study))
        kept_back = left_out(study)
        if more is not None:
            more(study, archive)
        about = about_study(study, site, kept_back)
        context = {
            **about,
            "study": study,
            "files": [
                (name, archive.files[f"{name}.jsonl"]["lines"], FILES[name].holds)
                for name in FILES
                if f"{name}.jsonl" in archive.files
            ],
            "frozen": more is not None,
            "quoted_title": json.dumps(study.title, ensure_ascii=False),
            "size": size_of(archive.files.get("answers.jsonl", {}).get("lines", 0)),
            "licence": LICENCE,
            "licences": licences_of(study),
        }
        archive.add_text("README.md", render_to_string("exchange/study_card.md", context))
        archive.add_text("LICENSES.md", render_to_string("exchange/study_licences.md", context))
    return archive.close(about)


def about_study(study: Study, site: str, kept_back: Mapping[str, int]) -> dict[str, Any]:
    """What the manifest says beside the files."""
    return {
        "format": FORMAT,
        "title": study.title,
        "kind": study.kind,
        "of": study.slug,
        "by": study.by or None,
        "url": f"{site}{study.path}",
        "site": SITE,
        "taken": timezone.now().date().isoformat(),
        "version": __version__,
        "method": METHOD_VERSION,
        "for": "everybody" if study.is_for_everybody else "those who may read it",
        "figures": figures_of(study),
        "left_out": dict(kept_back),
    }


def size_of(lines: int) -> str:
    """The class of sizes as Hugging Face names it."""
    return next((name for most, name in SIZES if lines < most), "1M<n<10M")


def licences_of(study: Study) -> list[tuple[str, str]]:
    """Prompts and models with their licences, each once."""
    found = {
        (f"Prompts of “{title}”", licence or "not stated")
        for title, licence in study.prompts.order_by().values_list("prompt_set__title", "licence")
    }
    found |= {
        (f"Outputs of {name}", licence or "not stated")
        for name, licence in study.outputs.order_by()
        .values_list("run__model__name", "run__model__licence")
        .distinct()
    }
    return sorted(found)
