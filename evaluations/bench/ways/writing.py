"""What `bin/bench exchange` writes: a run with a judgment of each output, as a worker does."""

from __future__ import annotations

import json
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, NamedTuple

from evaluations.bench.matrix import WITHOUT_KEYS, run_parts

CRITERIA: Final = ("first", "second", "third", "fourth", "fifth")
JUDGES: Final = 20
JUDGED = """
INSERT INTO judgments_judgment ({columns}, judge_id, output_id, form_token, created_at)
    SELECT {defaults}, {judge} + id % {judges}, id, gen_random_uuid(), now()
    FROM runs_output WHERE run_id = {run} ORDER BY id;
INSERT INTO judgments_answer ({columns}, judgment_id, judge_id, output_id, criterion_id,
    criterion_version_id, value)
    SELECT {defaults}, m.id, m.judge_id, m.output_id, v.criterion_id, v.id,
        (ARRAY['yes', 'no', 'partly'])[(m.id + v.id) % 3 + 1]
    FROM judgments_judgment m JOIN runs_output o ON o.id = m.output_id AND o.run_id = {run},
        definitions_criterionversion v ORDER BY m.id, v.id;
"""


class Written(NamedTuple):
    """A file: its lines, the seconds that `json.dumps` of them takes, and those that it took."""

    lines: int
    plain: float
    seconds: float


def judge(run: Any) -> None:
    """One judgment of each output of a run, with an answer to each criterion."""
    from django.db import connection  # noqa: PLC0415

    from evaluations.definitions.models import Criterion, CriterionVersion  # noqa: PLC0415
    from evaluations.judgments.models import Answer, Judge, Judgment  # noqa: PLC0415

    for number, key in enumerate(CRITERIA):
        criterion, made = Criterion.objects.get_or_create(
            key=key, defaults={"level": "output", "answered_by": "judge", "position": number}
        )
        if made:
            CriterionVersion.objects.create(criterion=criterion, number=1, title=key)
    judges = Judge.objects.bulk_create(Judge(kind="person") for _ in range(JUDGES))
    sizes = {"judge": judges[0].pk, "judges": JUDGES, "run": run.pk}
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_KEYS)
        cursor.execute("ALTER TABLE judgments_answer DISABLE TRIGGER USER")
        run_parts(JUDGED, (Judgment, Answer), sizes)
        cursor.execute("ALTER TABLE judgments_answer ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")


class Timed:
    """A place for the files of a study that notes when each was written."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        with self.place.opened(name) as file:
            yield file
        now = time.perf_counter()
        self.seconds[name], self._since = now - self._since, now


def write_out(model: str, heard: Callable[[str, int], None]) -> dict[str, Written]:
    """Write the run of a model into a zip; what each file took, its first query with it."""
    from evaluations.exchange.studies.archive import zip_at  # noqa: PLC0415
    from evaluations.exchange.studies.study import study_of  # noqa: PLC0415
    from evaluations.exchange.studies.writing import write_study  # noqa: PLC0415
    from evaluations.runs.models import Run  # noqa: PLC0415

    study = study_of(Run.objects.get(model__name=model), None)
    with tempfile.TemporaryFile() as file:
        with zip_at(file, study.name) as place:
            timed = Timed(place)
            files = write_study(study, timed, site="https://bench", report=heard)["files"]
        with zipfile.ZipFile(file) as packed:
            return {
                name: Written(*dumped(packed.open(f"{study.name}/{name}")), timed.seconds[name])
                for name, about in files.items()
                if "lines" in about
            }


def dumped(lines: IO[bytes]) -> tuple[int, float]:
    """How many lines there are, and the seconds that `json.dumps` takes for them."""
    count, seconds = 0, 0.0
    with lines as opened:
        for line in opened:
            row = json.loads(line)
            since = time.perf_counter()
            json.dumps(row, ensure_ascii=False)
            seconds += time.perf_counter() - since
            count += 1
    return count, seconds
