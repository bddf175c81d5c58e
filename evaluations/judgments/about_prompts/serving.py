"""Which prompt a judge reads next, and what is asked about it."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, Count, Exists, F, OuterRef, Subquery, Value
from django.db.models.functions import MD5, Cast, Coalesce, Concat
from django.http import Http404, QueryDict
from django.urls import reverse

from evaluations.accounts.models import User
from evaluations.common.parameters import named, with_query
from evaluations.definitions.models import AnsweredBy, Criterion, CriterionVersion, Level
from evaluations.judgments.items.pages import AD_HOC, version_asked
from evaluations.judgments.items.questions import name_of, ordered, questions_from
from evaluations.judgments.items.serving import next_item
from evaluations.judgments.models import (
    Answer,
    BlockCriterion,
    Item,
    Judge,
    Lease,
    ProtocolVersion,
    Subject,
)
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output


@dataclass(frozen=True)
class AboutPrompts:
    """Criteria that are asked about prompts, under a protocol or by themselves.

    `query` names them in a URL.
    """

    title: str
    wordings: tuple[CriterionVersion, ...]
    query: str = ""
    version: ProtocolVersion | None = None

    @property
    def asks_confidence(self) -> bool:
        return self.version is not None and self.version.asks_confidence

    @property
    def asks_agreement(self) -> bool:
        return self.version is not None and self.version.asks_agreement


@dataclass(frozen=True)
class PromptTask:
    """One form for one judge: a prompt alone, for an item or by itself."""

    asked: AboutPrompts
    prompt: Prompt
    item: Item | None = None
    lease: Lease | None = None

    @property
    def content(self) -> str:
        digest = hashlib.sha256(self.prompt.text.encode())
        for wording in self.asked.wordings:
            digest.update(f"|{wording.pk}".encode())
        return digest.hexdigest()[:16]

    @property
    def draft_place(self) -> str:
        within = f"item {self.item.pk}" if self.item is not None else ""
        return f"prompt:{self.prompt.pk}:{within}:{name_of(self.asked.wordings)}"

    def url_of(self, name: str) -> str:
        return with_query(reverse(name, args=[self.prompt.slug]), self.asked.query)


def about_prompts_from(
    parameters: QueryDict, user: User | AnonymousUser, *, also_shut: bool = False
) -> AboutPrompts:
    """The prompt criteria that a URL names; all of them when it names none.

    *also_shut* as for `version_asked`.

    Raises:
        Http404: for an unknown protocol, criterion or block, or one that asks nothing about
            prompts, with a sentence that says so.
    """
    if named(parameters, "protocol"):
        version = version_asked(parameters, user, also_shut=also_shut)
        is_open = version is not None and version.protocol.is_open
        if version is None or (is_open and version.subject != Subject.PROMPT):
            raise Http404("This protocol does not ask about prompts alone.")
        keys = list(
            BlockCriterion.objects.filter(block__protocolblock__version=version)
            .order_by("block__protocolblock__position", "position")
            .values_list("criterion__key", flat=True)
        )
        slug = version.protocol.slug
        asked = AboutPrompts(
            version.protocol.title, about(ordered(keys)), urlencode({"protocol": slug}), version
        )
    elif any(named(parameters, name) for name in AD_HOC):
        questions = questions_from(parameters)
        asked = AboutPrompts(questions.title, about(questions.wordings), questions.query)
    else:
        every = Criterion.objects.filter(level=Level.PROMPT, answered_by=AnsweredBy.JUDGE)
        keys = list(every.order_by("position").values_list("key", flat=True))
        asked = AboutPrompts("All questions about prompts", ordered(keys))
    # A protocol that is not open refuses, and tells nothing before that.
    if not asked.wordings and (asked.version is None or asked.version.protocol.is_open):
        raise Http404("None of these questions is asked about a prompt alone.")
    return asked


def about(wordings: tuple[CriterionVersion, ...]) -> tuple[CriterionVersion, ...]:
    """Those that are asked about a prompt, each once."""
    return tuple(dict.fromkeys(w for w in wordings if w.criterion.level == Level.PROMPT))


def task_on(asked: AboutPrompts, prompt: Prompt) -> PromptTask:
    """The prompt with the protocol's item that shows it; without an item where none is asked.

    Raises:
        Http404: when the protocol does not ask about it.
    """
    if asked.version is None:
        return PromptTask(asked, prompt)
    item = Item.objects.for_judging().filter(version=asked.version, prompt=prompt).first()
    if item is None:
        raise Http404(f"The prompt “{prompt.slug}” is not part of “{asked.title}”.")
    return PromptTask(asked, prompt, item)


def next_task(
    asked: AboutPrompts,
    judge: Judge | None,
    *,
    after: PromptTask | None = None,
    skipped: Collection[str] = (),
    passed_items: Collection[int] = (),
) -> PromptTask | None:
    """A prompt on which this judge has an open question; None when none is left.

    Without a protocol those that a model answered come first, whose verdicts wait for it; then
    the least judged, among equals in the judge's own order. What is said under protocols that are
    not public, or in rounds that go on, is not counted: the order tells nobody of it.

    Args:
        after: the one just seen, which does not come again at once.
        skipped: slugs of prompts that the visitor passed by.
        passed_items: items that they passed by.
    """
    if asked.version is not None:
        last = after.item if after is not None else None
        item, lease = next_item(asked.version, judge, after=last, passed=passed_items)
        return PromptTask(asked, item.prompt, item, lease) if item and item.prompt else None
    given = Answer.objects.current().to(asked.wordings).filter(prompt=OuterRef("pk")).order_by()
    prompts = Prompt.objects.listed().exclude(slug__in=skipped)
    if after is not None:
        prompts = prompts.exclude(pk=after.prompt.pk)
    if judge is not None:
        mine = given.filter(judge=judge).values("prompt").annotate(n=Count("pk")).values("n")
        prompts = prompts.annotate(mine=Coalesce(Subquery(mine), 0)).filter(
            mine__lt=len(asked.wordings)
        )
    told = given.under_what_is_told()
    judges = told.values("prompt").annotate(n=Count("judge", distinct=True)).values("n")
    salt = Value(f":{judge.pk if judge else 0}")
    found = (
        prompts.annotate(
            unanswered=~Exists(Output.objects.finished().filter(prompt=OuterRef("pk"))),
            judged=Coalesce(Subquery(judges), 0),
            shuffled=MD5(Concat(Cast(F("pk"), CharField()), salt)),
        )
        .order_by("unanswered", "judged", "shuffled")
        .first()
    )
    return PromptTask(asked, found) if found is not None else None
