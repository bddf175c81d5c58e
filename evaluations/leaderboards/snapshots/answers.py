"""The answers behind a board as rows that leave the site: who gave them is a pseudonym."""

from typing import Any

from evaluations.judgments.models import Judge
from evaluations.leaderboards.boards.rows import BY
from evaluations.leaderboards.boards.standings import Question, Ruled, reading_of
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.narrowed import Beyond
from evaluations.leaderboards.snapshots.hash import WITHIN, pseudonym, site_salt
from evaluations.leaderboards.snapshots.rows import (
    AnswerRow,
    answers_named,
    answers_used,
    given_in_rounds,
)
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output

COLUMNS = (
    "output",
    "prompt",
    "family",
    "model",
    "recipe",
    "trace_visibility",
    "criterion",
    "meaning",
    "judge",
    "judge_kind",
    "blind",
    "answer",
)


def answer_rows(
    version: Ruled, matrix: Matrix, question: Question, by: str = BY[0]
) -> list[dict[str, Any]]:
    """Every answer that counts on a board, in the order in which it was given.

    An answer about a prompt has no output, model, recipe or trace: it holds for all outputs of the
    prompt. On the direct road the criterion is empty. Makes six queries, however many rows.

    Whoever judged an output, or a prompt, in a round has a name of its own there: nobody is
    followed through one. On a board of what is not public a name holds on that board alone, as in
    its files: its owner may learn who judged, and that must not lead to what they said elsewhere.
    """
    here = held_within(question.beyond)
    rounds = given_in_rounds()
    answers = answers_named(answers_used(reading_of(version), matrix, question, by))
    met = {whose(row) for row in answers if row.judgment_id in rounds}
    outputs = Output.objects.filter(pk__in={row.output_id for row in answers if row.output_id})
    of_output = {
        pk: {
            "prompt": prompt,
            "family": family,
            "model": model,
            "recipe": recipe,
            "trace_visibility": visibility,
        }
        for pk, prompt, family, model, recipe, visibility in outputs.values_list(
            "pk",
            "prompt__slug",
            "prompt__family__slug",
            "run__model__slug",
            "run__recipe__slug",
            "trace_visibility",
        )
    }
    prompts = Prompt.objects.filter(pk__in={row.prompt_id for row in answers if row.prompt_id})
    of_prompt = {
        pk: {"prompt": slug, "family": family}
        for pk, slug, family in prompts.values_list("pk", "slug", "family__slug")
    }
    judges = {row.judge_id for row in answers}
    kinds = dict(Judge.objects.filter(pk__in=judges).values_list("pk", "kind"))
    salt = site_salt()
    names = {
        one: pseudonym(salt, one[0], about=(*here, *one[1:]) if one in met else here)
        for one in map(whose, answers)
    }
    return [
        {
            "output": row.output_id,
            **(of_output[row.output_id] if row.output_id else of_prompt[row.prompt_id or 0]),
            "criterion": row.key,
            "meaning": row.meaning,
            "judge": names[whose(row)],
            "judge_kind": kinds[row.judge_id],
            "blind": "yes" if row.blind else "no",
            "answer": row.value,
        }
        for row in answers
    ]


def held_within(beyond: Beyond | None) -> tuple[int, ...]:
    """What alone the names of a board hold in; everything of what is public."""
    if beyond is None:
        return ()
    if beyond.protocol is not None:
        return WITHIN["protocol"], beyond.protocol
    return WITHIN["run"], beyond.run or 0


def whose(row: AnswerRow) -> tuple[int, int, int]:
    """The judge of an answer, with the output and the prompt that it is about, 0 for none."""
    return row.judge_id, row.output_id or 0, row.prompt_id or 0
