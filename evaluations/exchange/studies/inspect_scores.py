"""What a definition says of a run that came from Inspect, as Inspect reads scores back.

Its `precomputed_scores` takes JSON Lines of `id`, `epoch` and `value`; what is missing is unscored.
"""

from collections.abc import Iterator
from typing import Any, Final

from evaluations.definitions.models import DefinitionVersion
from evaluations.exchange.loading.sieve import own_key
from evaluations.exchange.readers.formats import FORMATS
from evaluations.exchange.readers.inspect_samples import FORMAT
from evaluations.exchange.readers.records import Origin
from evaluations.exchange.studies.boards import matrix_of
from evaluations.exchange.studies.study import Study
from evaluations.leaderboards.boards.standings import Question, reading_of, rule_on_outputs
from evaluations.leaderboards.matrix.answers import Column
from evaluations.leaderboards.snapshots.matrix import EVERY_ROW
from evaluations.rules import answer, apply_absence_policy, explain
from evaluations.runs.models import Output, Run

VALUES: Final = {"reasoning": 1, "partly": 0.5, "not-reasoning": 0}
"""By verdict; an undetermined one is left out, and so unscored."""


def came_from_inspect(run: Run) -> bool:
    """Whether a run's outputs were brought in from an Inspect log. One query."""
    title = FORMATS[FORMAT].title
    return run.outputs.filter(environment__data__imported_from=title).exists()


def score_lines(study: Study, version: DefinitionVersion) -> Iterator[dict[str, Any]]:
    """A line for each output on which the rule was asked and says something.

    Only for those whose place in the log is known for certain: of two samples with one prompt
    this site keeps the id of the first.

    Args:
        version: with its definition and its pins.
    """
    made = matrix_of(study)
    reading = reading_of(version)
    ruling = rule_on_outputs(version, made, Question(selection=EVERY_ROW))
    columns: dict[str, Column] = dict(reading.columns)
    codes = {key: made.column(column, EVERY_ROW).codes for key, column in columns.items()}
    titles = {key: f"“{wording.title}”" for key, wording in version.wordings.items()}
    places = {int(key): place for place, key in enumerate(made.output.tolist())}
    rows = study.outputs.select_related("prompt", "environment", "run").order_by("pk")
    for output in rows.iterator(500):
        place = places.get(output.pk)
        where = place_in_log(output)
        if place is None or where is None or not ruling.asked[place]:
            continue
        seen = apply_absence_policy(
            {key: answer(int(codes[key][place])) for key in columns},
            policy=reading.absence_policy,
            visibility=output.trace_visibility,
            process=made.process.intersection(columns),
        )
        explanation = explain(reading.rule, seen, titles)
        if explanation.verdict in VALUES:
            yield {
                **where,
                "value": VALUES[explanation.verdict],
                "explanation": explanation.sentence,
                "metadata": {
                    "definition": version.definition.slug,
                    "version": version.number,
                    "output": output.pk,
                },
            }


def place_in_log(output: Output) -> dict[str, Any] | None:
    """The id and the epoch of an output in the log that it came from; None where that is not
    certain. Reads the prompt, the run and the environment."""
    data = output.environment.data if output.environment else {}
    known = output.prompt.origin.get("sample")
    if known is None or data.get("imported_from") != FORMATS[FORMAT].title:
        return None
    for epoch in range(output.run.samples + 2):
        origin = Origin(format=FORMAT, log=data.get("log", ""), sample=known, epoch=epoch)
        if output.origin_key in (origin.key, own_key(origin.key, output.run.launched_by)):
            return {"id": known, "epoch": epoch}
    return None
