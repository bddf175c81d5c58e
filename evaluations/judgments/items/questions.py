"""What to ask, and about which output next.

“Would you call this reasoning?” is asked in two ways. Some protocols ask it as a page of its own,
which has to be answered (`is_holistic`). Everywhere else it is the last question under a block,
which may be left open (`offers_call`); who left it open calls it later, from their own page
(`CALL`). All of them store the same answer.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import CharField, Count, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import MD5, Cast, Coalesce, Concat
from django.http import Http404, QueryDict

from evaluations.common.parameters import named
from evaluations.definitions.models import (
    AnsweredBy,
    Criterion,
    CriterionVersion,
    DefinitionVersion,
    Level,
)
from evaluations.judgments.items.within import written_by
from evaluations.judgments.models import Answer, Block, Judge
from evaluations.judgments.querysets import AnswerQuerySet
from evaluations.runs.models import Output
from evaluations.runs.querysets import OutputQuerySet

CALL = "call"
"""The parameter of an address that asks only whether one would call it reasoning."""
CALL_QUERY = urlencode({CALL: 1})
HOLISTIC_QUESTION = "Would you call this reasoning?"


@dataclass(frozen=True)
class Questions:
    """What a judging page asks: some criteria, one definition as it is worded, labels of the
    steps, or whether one would call it reasoning.

    `query` names them in a URL. It carries criteria and never a definition on the computed
    road, since a judge is not to know which definition is being settled. `page` names the page
    of a protocol's item; `steps` is how steps are labelled. `known` are questions of the page
    that the judge answered about the prompt already, with their answers: they are not asked.
    `offers_call`: whether one would call it reasoning may be answered too, after all others;
    `called` is what the judge said to that elsewhere, where they are not asked again.
    """

    title: str
    wordings: tuple[CriterionVersion, ...] = ()
    definition: DefinitionVersion | None = None
    query: str = ""
    known: tuple[tuple[CriterionVersion, str], ...] = ()
    is_holistic: bool = False
    offers_call: bool = False
    called: str = ""
    steps: str = ""
    page: str = ""
    shows_source: bool = True
    asks_confidence: bool = False
    asks_agreement: bool = False

    @property
    def is_call(self) -> bool:
        """Whether this asks who answered the criteria before, under no protocol, for the call."""
        return self.is_holistic and self.query == CALL_QUERY

    @property
    def is_direct(self) -> bool:
        return self.definition is not None

    @property
    def about_output(self) -> list[CriterionVersion]:
        return [w for w in self.wordings if w.criterion.level == Level.OUTPUT]

    @property
    def about_prompt(self) -> list[CriterionVersion]:
        return [w for w in self.wordings if w.criterion.level == Level.PROMPT]


def questions_from(parameters: QueryDict) -> Questions:
    """The questions that a URL's parameters name; the default block when it names none.

    Raises:
        Http404: for an unknown block, criterion or definition, with a sentence that says so.
    """
    if slug := named(parameters, "direct"):
        version = DefinitionVersion.objects.published().filter(definition__slug=slug).first()
        if version is None:
            raise Http404(f"There is no definition “{slug}”.")
        return Questions("Direct classification", (), version, urlencode({"direct": slug}))
    if named(parameters, CALL):
        return Questions("In one word", query=CALL_QUERY, is_holistic=True, page="holistic")
    if names := named(parameters, "criteria"):
        keys = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
        if not keys:
            raise Http404("Name at least one criterion to judge.")
        wordings = ordered(keys)
        for key in keys:
            if key not in {wording.criterion.key for wording in wordings}:
                raise Http404(f"“{key}” is not a criterion that judges answer.")
        return Questions(
            "Chosen criteria", wordings, None, urlencode({"criteria": ",".join(keys)}, safe=",")
        )
    slug = named(parameters, "block")
    blocks = Block.objects.filter(slug=slug) if slug else Block.objects.filter(is_default=True)
    block = blocks.first()
    if block is None:
        raise Http404(f"There is no block of criteria “{slug or 'default'}”.")
    keys = list(
        block.blockcriterion_set.order_by("position").values_list("criterion__key", flat=True)
    )
    query = urlencode({"block": block.slug}) if slug else ""
    asked = Questions(block.title, ordered(keys), None, query)
    return replace(asked, offers_call=bool(asked.about_output))


def ordered(keys: Sequence[str]) -> tuple[CriterionVersion, ...]:
    """The current wording of those keys that judges answer, in the given order."""
    wordings = CriterionVersion.objects.for_keys(list(keys)).filter(
        criterion__answered_by=AnsweredBy.JUDGE
    )
    by_key = {wording.criterion.key: wording for wording in wordings}
    return tuple(by_key[key] for key in keys if key in by_key)


def name_of(wordings: Iterable[CriterionVersion]) -> str:
    """A short name of these criteria, the same in whatever order they are asked."""
    keys = sorted(wording.criterion.key for wording in wordings)
    return hashlib.sha256(",".join(keys).encode()).hexdigest()[:16]


def judge_link(keys: Sequence[str], answerable: set[str] | None = None) -> str:
    """Query that asks for those of *keys* that judges answer; empty when they answer none.

    Args:
        answerable: keys of all criteria that judges answer, where the caller has them already.
    """
    if answerable is None:
        answerable = answered_by_judges()
    asked = [key for key in keys if key in answerable]
    return urlencode({"criteria": ",".join(asked)}, safe=",") if asked else ""


def answered_by_judges() -> set[str]:
    """Keys of the criteria that judges answer. Makes one query."""
    return set(Criterion.objects.filter(answered_by=AnsweredBy.JUDGE).values_list("key", flat=True))


def pool_of(judge: Judge | None) -> OutputQuerySet:
    """What is judged under no protocol: every output once, and nothing that this judge wrote."""
    outputs = Output.objects.finished().distinct_samples()
    return outputs.exclude(pk__in=written_by(judge)) if judge is not None else outputs


def asked_about(questions: Questions) -> tuple[AnswerQuerySet, int]:
    """Current answers to what is asked of an output, and how many of them settle one."""
    current = Answer.objects.current()
    if questions.definition is not None:
        return current.filter(definition_version=questions.definition), 1
    return current.to(questions.about_output), len(questions.about_output)


def answered_in_full(judge: Judge, questions: Questions) -> QuerySet[Output]:
    """Outputs on which this judge answered all that is asked of them and of their prompts."""
    about_prompt = questions.about_prompt
    found: QuerySet[Output] = Output.objects.all()
    for field, way, (answers, needed) in (
        ("output", "pk", asked_about(questions)),
        ("prompt", "prompt", (Answer.objects.current().to(about_prompt), len(about_prompt))),
    ):
        if needed:
            mine = answers.filter(judge=judge).order_by().values(field)
            full = mine.annotate(n=Count("pk")).filter(n__gte=needed)
            found = found.filter(**{f"{way}__in": full.values(field)})
    return found


def next_output(
    judge: Judge | None, questions: Questions, after: int | None = None
) -> Output | None:
    """An output on which this judge has an open question: the least judged, at random.

    What is said under protocols that are not public, or in rounds that go on, is not counted, so
    that the order tells nobody of it.
    Skipped outputs are left out, and so is *after*, the one just seen. The order among equals
    is a hash of output and judge, so that judges do not all start at the same one.
    """
    if questions.is_call:
        return uncalled(judge).exclude(pk=after or 0).first()
    outputs = pool_of(judge)
    if judge is not None:
        outputs = outputs.exclude(pk__in=answered_in_full(judge, questions)).filter(
            ~Exists(judge.skips.filter(output=OuterRef("pk")))
        )
    if after is not None:
        outputs = outputs.exclude(pk=after)
    told = asked_about(questions)[0].filter(output=OuterRef("pk")).under_what_is_told()
    judges = told.order_by().values("output").annotate(n=Count("judge", distinct=True))
    salt = Value(f":{judge.pk if judge else 0}")
    return (
        outputs.for_judging()
        .annotate(
            judged=Coalesce(Subquery(judges.values("n")), 0),
            shuffled=MD5(Concat(Cast(F("pk"), CharField()), salt)),
        )
        .order_by("judged", "shuffled")
        .first()
    )


def uncalled(judge: Judge | None) -> QuerySet[Output]:
    """Outputs whose criteria this judge answered, and did not say whether it is reasoning.

    The newest first. Not those that they skipped; public ones alone, as the loop draws them.
    """
    if judge is None:
        return Output.objects.none()
    mine = Answer.objects.current().filter(judge=judge, output=OuterRef("pk"))
    return (
        Output.objects.finished()
        .for_judging()
        .filter(Exists(mine.filter(criterion__isnull=False)))
        .filter(~Exists(mine.filter(is_holistic=True)))
        .filter(~Exists(judge.skips.filter(output=OuterRef("pk"))))
        .order_by("-pk")
    )


def called_elsewhere(judge: Judge | None, output: Output, item: int | None, page: str) -> str:
    """What this judge called the output on another page than this one; empty for nothing."""
    if judge is None:
        return ""
    said = (
        Answer.objects.current()
        .filter(judge=judge, output=output, is_holistic=True)
        .exclude(judgment__item=item, judgment__page=page)
    )
    return said.values_list("value", flat=True).first() or ""


def content_hash(output: Output, questions: Questions) -> str:
    """A hash of what the form shows: if it changes, the form is stale.

    A question about the prompt that was answered meanwhile is on the page all the same.
    """
    digest = hashlib.sha256(output.text.encode())
    asked = [*questions.wordings, *(wording for wording, _ in questions.known)]
    for key in sorted(wording.pk for wording in asked):
        digest.update(f"|{key}".encode())
    if questions.definition is not None:
        digest.update(f"|d{questions.definition.pk}".encode())
    if questions.page:
        digest.update(f"|{questions.page}".encode())
    return digest.hexdigest()[:16]
