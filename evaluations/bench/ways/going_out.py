"""The other ways out that `bin/bench exchange` times: a frozen study, all that is public, the
replies of a run, scores for Inspect, and a frozen board for Every Eval Ever."""

from __future__ import annotations

import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from evaluations.bench.ways.writing import CRITERIA, Written, dumped

SITE: Final = "https://bench"
FOLDER: Final = "bench"


def define() -> Any:
    """A definition that asks for all criteria, published with its pins."""
    from django.utils import timezone  # noqa: PLC0415

    from evaluations.definitions.actions import draft_definition, publish_version  # noqa: PLC0415
    from evaluations.definitions.models import Definition, DefinitionVersion  # noqa: PLC0415

    definition = Definition.objects.create(
        slug="bench-all", name="Made for measuring", curated_at=timezone.now()
    )
    draft = draft_definition(
        definition=definition, statement="s", rule={"all": list(CRITERIA)}, reading="r"
    )
    publish_version(version=draft)
    return DefinitionVersion.objects.in_force().with_pins().get(definition=definition)


def ways_out(model: str, version: Any) -> dict[str, Callable[[], Written]]:
    """Each further way out of a model's run, or of the site, by what it is called."""
    from evaluations.exchange.eee.writing import write_board  # noqa: PLC0415
    from evaluations.exchange.releases.writing import write_release  # noqa: PLC0415
    from evaluations.exchange.studies.freezing import write_frozen  # noqa: PLC0415
    from evaluations.exchange.studies.inspect_scores import score_lines  # noqa: PLC0415
    from evaluations.exchange.studies.replies import reply_lines  # noqa: PLC0415
    from evaluations.exchange.studies.study import study_of  # noqa: PLC0415
    from evaluations.runs.models import Run  # noqa: PLC0415

    run = Run.objects.get(model__name=model)
    study, snapshot = study_of(run, None), frozen(version)
    as_of_inspect(run)
    return {
        "a frozen study": lambda: zipped(lambda to: write_frozen(study, to, site=SITE)),
        "a release": lambda: zipped(lambda to: write_release(to, site=SITE)),
        "replies of a run": lambda: streamed(reply_lines(study)),
        "scores for Inspect": lambda: streamed(score_lines(study, version)),
        "Every Eval Ever": lambda: zipped(lambda to: write_board(snapshot, to, site=SITE)),
    }


def frozen(version: Any) -> Any:
    from evaluations.accounts.models import User  # noqa: PLC0415
    from evaluations.leaderboards.boards.standings import Question  # noqa: PLC0415
    from evaluations.leaderboards.snapshots.actions import freeze_board  # noqa: PLC0415

    actor = User.objects.create_user("bench")
    return freeze_board(version=version, question=Question(), actor=actor)


def as_of_inspect(run: Any) -> None:
    """Let a run's outputs be as if they had come from an Inspect log."""
    from django.db import connection  # noqa: PLC0415

    from evaluations.exchange.readers.formats import FORMATS  # noqa: PLC0415
    from evaluations.exchange.readers.inspect_samples import FORMAT  # noqa: PLC0415
    from evaluations.exchange.readers.records import Origin  # noqa: PLC0415
    from evaluations.runs.models import Environment  # noqa: PLC0415

    rows = run.outputs.values_list("pk", "prompt__origin")
    keys = [
        (Origin(format=FORMAT, log="", sample=origin["sample"], epoch=0).key, pk)
        for pk, origin in rows
    ]
    environment = Environment.of({"imported_from": FORMATS[FORMAT].title})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE runs_output DISABLE TRIGGER USER")
        cursor.executemany("UPDATE runs_output SET origin_key = %s WHERE id = %s", keys)
        cursor.execute(
            "UPDATE runs_output SET environment_id = %s WHERE run_id = %s", [environment.pk, run.pk]
        )
        cursor.execute("ALTER TABLE runs_output ENABLE TRIGGER USER")


def zipped(write: Callable[[Any], Mapping[str, Any]]) -> Written:
    """What is written into a zip, by its manifest."""
    from evaluations.exchange.studies.archive import zip_at  # noqa: PLC0415

    with tempfile.TemporaryFile() as file:
        since = time.perf_counter()
        with zip_at(file, FOLDER) as place:
            files = write(place)["files"]
        seconds = time.perf_counter() - since
        with zipfile.ZipFile(file) as packed:
            each = [
                dumped(packed.open(f"{FOLDER}/{name}"))
                for name, about in files.items()
                if "lines" in about
            ]
    return Written(sum(lines for lines, _ in each), sum(plain for _, plain in each), seconds)


def streamed(rows: Iterator[dict[str, Any]]) -> Written:
    """What is sent piece by piece, as JSON Lines."""
    from evaluations.exchange.studies.views import in_chunks  # noqa: PLC0415

    with tempfile.TemporaryFile() as file:
        since = time.perf_counter()
        file.writelines(in_chunks(rows))
        seconds = time.perf_counter() - since
        file.seek(0)
        return Written(*dumped(file), seconds)
