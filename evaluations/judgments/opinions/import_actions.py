"""Storing opinions that were made elsewhere: all of a text, or nothing of it."""

import uuid
from collections import defaultdict

from django.db import transaction

from evaluations.accounts.models import User
from evaluations.judgments.answers.actions import JudgmentRefused, Served, submit_judgment
from evaluations.judgments.models import ImportedOpinion, Judge, JudgeKind, Way
from evaluations.judgments.opinions.imports import Line, Read, Refused, compared, parsed
from evaluations.rules import combine_judges
from evaluations.runs.models import Output

WHO_MAY_IMPORT = "Opinions of model judges are imported by staff and researchers."


class ImportRefused(Exception):
    """Nothing was stored; `read` has the lines and why."""

    def __init__(self, found: Read) -> None:
        self.read = found
        super().__init__("Nothing was stored.")


@transaction.atomic
def import_opinions(*, actor: User, text: str) -> Read:
    """Store the opinions of a text that are not known yet, each sample as a row of its own.

    What the samples of a judge about an output come to, of each criterion the median of the known
    answers, is a judgment of that judge, as of a model that was asked here; it supersedes what
    fewer samples came to. The judge is known by its name alone. It is stored as served: a model
    does not look for outputs. How its importer picked them nobody knows, so it sharpens a row of a
    board only where it judged all that people could have been served.

    Raises:
        PermissionError: when *actor* may not import.
        ImportRefused: when any line is refused.
    """
    if not actor.may_run_models:
        raise PermissionError(WHO_MAY_IMPORT)
    lines, refused = parsed(text)
    judges = {} if refused else locked_judges({line.judge for line in lines})
    found = compared(lines, refused)
    if found.refused:
        raise ImportRefused(found)
    by_judge: dict[str, dict[int, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in found.new:
        by_judge[line.judge][line.output].append(line)
    outputs = Output.objects.in_bulk({line.output for line in found.new})
    for name, about in sorted(by_judge.items()):
        for key, lines in sorted(about.items()):
            store(judges[name], outputs[key], lines, found, actor)
    return found


def locked_judges(names: set[str]) -> dict[str, Judge]:
    """The judges of these names, made where there are none yet. Two queries.

    Locked before what they said is read, so that of a form sent twice the second finds the first.
    """
    Judge.objects.bulk_create(
        [Judge(kind=JudgeKind.MODEL, name=name) for name in sorted(names)], ignore_conflicts=True
    )
    named = Judge.objects.filter(kind=JudgeKind.MODEL, name__in=names)
    return {judge.name: judge for judge in named.select_for_update().order_by("name")}


def store(judge: Judge, output: Output, lines: list[Line], found: Read, actor: User) -> None:
    """The rows of one judge about one output, with the judgment that all its samples come to."""
    keys = {line.criterion for line in lines}
    said: dict[str, list[str]] = defaultdict(list)
    earlier = ImportedOpinion.objects.filter(
        judge=judge, output=output, criterion_version__criterion__key__in=keys
    )
    asked = ("criterion_version__criterion__key", "criterion_version__meaning")
    for key, meaning, value in earlier.values_list(*asked, "value"):
        if meaning == found.wordings[key].meaning:
            said[key].append(value)
    for line in lines:
        said[line.criterion].append(line.answer)
    try:
        (judgment,) = submit_judgment(
            judge=judge,
            output=output,
            answers={found.wordings[key]: combine_judges(values) for key, values in said.items()},
            form_token=uuid.uuid4(),
            served=Served(way=Way.SERVED),
        )
    except JudgmentRefused as error:  # an output that was withdrawn in between
        found.refused.append(Refused(lines[0].line, str(error)))
        raise ImportRefused(found) from error
    ImportedOpinion.objects.bulk_create(
        ImportedOpinion(
            judge=judge,
            output=output,
            criterion_version=found.wordings[line.criterion],
            sample=line.sample,
            value=line.answer,
            judgment=judgment,
            imported_by=actor,
        )
        for line in lines
    )
