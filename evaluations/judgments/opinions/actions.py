"""Model judges: ask a language model the judges' questions.

A question about an output is a prompt in an unlisted set, and a row of the inference queue like
any other. What comes back is read by `reading_actions`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience
from evaluations.definitions.models import CriterionVersion
from evaluations.inference.strategies import DIRECT, INSTRUCTIONS
from evaluations.judgments.items.questions import ordered
from evaluations.judgments.models import (
    Block,
    Judge,
    JudgeKind,
    JudgePrompt,
    Opinion,
    OpinionState,
    ProtocolVersion,
    Subject,
)
from evaluations.judgments.opinions.asked import (
    asked_already,
    opinions_under,
    outputs_of,
    question_of,
)
from evaluations.judgments.opinions.prompts import (
    PROMPT_VERSION,
    Asked,
    judging_prompt,
)
from evaluations.judgments.protocols.permissions import WHO_MAY_ASK, may_ask
from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.actions import MAX_OUTPUTS_A_RUN, cancel_run, launch_run, may_steer
from evaluations.runs.identity import masked_text
from evaluations.runs.models import (
    LanguageModel,
    Output,
    OutputState,
    Purpose,
    Recipe,
    Run,
    Strategy,
)
from evaluations.runs.querysets import DRAWN_JUDGING_RECIPE, JUDGING_RECIPE

BATCH = 500


class OpinionsRefused(Exception):
    """A model judge cannot be asked; the message says why."""


@dataclass(frozen=True)
class Asking:
    """One thing to ask: some questions of a block about one output."""

    output: int
    block: Block
    wordings: tuple[CriterionVersion, ...]


@dataclass(frozen=True)
class Manner:
    """How everything of a run is asked: by which recipe, how often, and in whose words."""

    recipe: Recipe
    samples: int = 1
    body: str = ""


@dataclass(frozen=True)
class AskResult:
    """What became of a wish to ask: the run that asks, and what is left for another time."""

    run: Run | None
    asked: int
    left: int


def model_judge(model: LanguageModel, prompt: JudgePrompt | None = None) -> Judge:
    """The judge that a language model is by a prompt, the site's where none is given; made when
    it is first asked. Locks the model."""
    LanguageModel.objects.select_for_update().get(pk=model.pk)
    same = {"kind": JudgeKind.MODEL, "language_model": model, "judge_prompt": prompt}
    return Judge.objects.filter(**same).order_by("pk").first() or Judge.objects.create(**same)


def judging_recipe() -> Recipe:
    """The recipe by which model judges are asked: greedy, so that a reply can be repeated."""
    fields = {"name": "As a judge", "strategy": Strategy.DIRECT,
              "instruction": INSTRUCTIONS[DIRECT], "temperature": 0, "top_p": 1,
              "max_new_tokens": 512, "samples": 1}  # fmt: skip
    return Recipe.objects.get_or_create(slug=JUDGING_RECIPE, defaults=fields)[0]


def drawn_recipe() -> Recipe:
    """The recipe for several samples, for models that take no temperature of one's own, and for
    those that think first: drawn at temperature 1, with room for a thought."""
    fields = {"name": "As a judge, drawn", "strategy": Strategy.DIRECT,
              "instruction": INSTRUCTIONS[DIRECT], "temperature": 1, "top_p": 1,
              "max_new_tokens": 4096, "samples": 1}  # fmt: skip
    return Recipe.objects.get_or_create(slug=DRAWN_JUDGING_RECIPE, defaults=fields)[0]


@transaction.atomic
def ask_model(
    *,
    version: ProtocolVersion,
    model: LanguageModel,
    actor: User,
    limit: int,
    recipe: Recipe | None = None,
    samples: int = 1,
    prompt: JudgePrompt | None = None,
) -> AskResult:
    """Queue the questions of a protocol's blocks about its items for a language model.

    Each question is asked once a wording's meaning and prompt version, also where another
    protocol asked it; one that failed is asked again. Questions about a prompt are asked with
    one of its outputs. Answers count for no item: people's queue does not notice them.

    Args:
        limit: at most so many pairs of an output and a block.
        recipe: how it is asked; `judging_recipe` where none is given.
        samples: replies to each, which are combined by their median (`reading_actions`).
        prompt: somebody's own wording, which is frozen by this; the site's where none is given.

    Raises:
        OpinionsRefused: for pairs of outputs, without blocks or items, or with nothing to ask.
        RunRefused: where the model cannot be asked in this way, as by several greedy samples.
        PermissionError: when *actor* may not ask under this protocol.
    """
    if not may_ask(version.protocol, actor):
        raise PermissionError(WHO_MAY_ASK)
    if version.subject == Subject.PAIR:
        raise OpinionsRefused("This protocol compares pairs; model judges answer criteria.")
    judge = model_judge(model, prompt)
    planned = plan(version, judge)
    now = planned[: min(limit, MAX_OUTPUTS_A_RUN // samples)]
    if not now:
        raise OpinionsRefused(
            f"{model.name} was asked everything that this protocol asks, in the present wordings."
        )
    if prompt is not None:
        JudgePrompt.objects.filter(pk=prompt.pk, used_at=None).update(used_at=timezone.now())
        prompt.refresh_from_db()
    asking = Manner(recipe or judging_recipe(), samples, prompt.body if prompt else "")
    return AskResult(
        queue_up(judge, model, now, actor, asking, version.protocol.visibility),
        len(now),
        len(planned) - len(now),
    )


def plan(version: ProtocolVersion, judge: Judge) -> list[Asking]:
    """What is still to be asked, in the queue's random order, block by block within an output."""
    blocks = [
        (place.block, block_wordings(place.block))
        for place in version.protocolblock_set.select_related("block").order_by("position")
    ]
    if not any(wordings for _, wordings in blocks):
        raise OpinionsRefused("This protocol asks no criteria that judges answer.")
    subjects = outputs_of(version)
    if not subjects:
        raise OpinionsRefused("This protocol has no outputs to ask about yet.")
    done = asked_already(judge, version.protocol)
    planned = []
    for output, prompt in subjects:
        for block, wordings in blocks:
            open_here = []
            for wording in wordings:
                question = question_of(wording, output, prompt)
                if question not in done:
                    done.add(question)
                    open_here.append(wording)
            if open_here:
                planned.append(Asking(output, block, tuple(open_here)))
    return planned


def block_wordings(block: Block) -> tuple[CriterionVersion, ...]:
    """The wordings in force of a block's criteria, in its order."""
    places = block.blockcriterion_set.order_by("position")
    return ordered(list(places.values_list("criterion__key", flat=True)))


def queue_up(
    judge: Judge,
    model: LanguageModel,
    askings: Sequence[Asking],
    actor: User,
    manner: Manner,
    visibility: str = Audience.PUBLIC,
) -> Run:
    """Write the prompts, launch the run, and record what is asked as which row of the queue.

    Args:
        visibility: that of the protocol; boards of everybody count no opinion of a private run.
    """
    number = PromptSet.objects.filter(slug__startswith=f"judging-{judge.pk}-").count() + 1
    prompt_set = PromptSet.objects.create(
        slug=f"judging-{judge.pk}-{number}",
        title=f"Judging by {model.name}, {number}"[:120],
        is_listed=False,
        owner=actor,
        visibility=visibility,
    )
    prompts: list[Prompt] = []
    for start in range(0, len(askings), BATCH):
        batch = askings[start : start + BATCH]
        outputs = (
            Output.objects.filter(pk__in={asking.output for asking in batch})
            .select_related("prompt", "run__model")
            .in_bulk()
        )
        written = [
            prompt_for(asking, outputs[asking.output], prompt_set, start + place, manner.body)
            for place, asking in enumerate(batch, start=1)
        ]
        prompts += Prompt.objects.bulk_create(written)
    run = launch_run(
        model=model,
        recipe=manner.recipe,
        prompt_set=prompt_set,
        samples=manner.samples,
        launched_by=actor,
        purpose=Purpose.JUDGING,
    )
    row_of = {
        (prompt, sample): pk
        for prompt, sample, pk in run.outputs.values_list("prompt_id", "sample", "id")
    }
    Opinion.objects.bulk_create(
        [
            Opinion(
                judge=judge,
                output_id=asking.output,
                block=asking.block,
                asked_as_id=row_of[prompt.pk, sample],
                prompt_version=PROMPT_VERSION,
                sample=sample,
            )
            for asking, prompt in zip(askings, prompts, strict=True)
            for sample in range(manner.samples)
        ],
        batch_size=BATCH,
    )
    return run


def asked_about(output: Output, wordings: Sequence[CriterionVersion]) -> Asked:
    """What is asked about *output*, names masked."""
    trace, answer = output.trace, output.answer
    if output.names_model:
        made = output.run.model
        trace, answer = (
            masked_text(text, name=made.name, maker=made.maker) for text in (trace, answer)
        )
    return Asked(
        prompt=output.prompt.text,
        trace=trace,
        answer=answer,
        visibility=output.trace_visibility,
        wordings=wordings,
        cut_off=output.stop_reason == "length",
    )


def prompt_for(
    asking: Asking, output: Output, prompt_set: PromptSet, number: int, body: str
) -> Prompt:
    """The prompt that asks about *output*; its origin says what it asks."""
    return Prompt(
        slug=f"{prompt_set.slug}-{number}",
        prompt_set=prompt_set,
        title=f"{asking.block.title}, output {output.pk}"[:120],
        text=judging_prompt(asked_about(output, asking.wordings), body),
        origin={
            "output": output.pk,
            "block": asking.block.slug,
            "prompt_version": PROMPT_VERSION,
            "criterion_versions": [wording.pk for wording in asking.wordings],
            "masked": output.names_model,
        },
        licence=output.prompt.licence,
        position=min(number, 32767),
    )


def stoppable(version: ProtocolVersion, user: User) -> list[Run]:
    """The runs that still ask about a protocol's items and that *user* may cancel."""
    waiting = opinions_under(version).filter(
        state=OpinionState.WAITING,
        asked_as__state__in=[OutputState.PENDING, OutputState.LEASED],
    )
    runs = Run.objects.filter(
        purpose=Purpose.JUDGING, cancelled_at=None, pk__in=waiting.values("asked_as__run")
    )
    return [run for run in runs if may_steer(run, user)]


@transaction.atomic
def stop_asking(*, version: ProtocolVersion, actor: User) -> int:
    """Cancel the runs that `stoppable` names; returns how many. What they wrote is read.

    Raises:
        PermissionError: when *actor* may neither ask under this protocol nor stop any of them.
    """
    runs = stoppable(version, actor)
    if not runs and not may_ask(version.protocol, actor):
        raise PermissionError(WHO_MAY_ASK)
    return len([cancel_run(run=run, actor=actor) for run in runs])
