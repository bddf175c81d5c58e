"""Which two outputs a judge compares next, under which question, and on which sides."""

import hashlib
import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count
from django.http import Http404, QueryDict
from django.urls import reverse

from evaluations.accounts.models import User
from evaluations.common.parameters import named, whole_number
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.items.pages import version_asked
from evaluations.judgments.items.serving import next_item
from evaluations.judgments.items.within import shows, written_by
from evaluations.judgments.models import Comparison, Item, Judge, Lease, ProtocolVersion, Subject
from evaluations.judgments.pairs.actions import definitions_of, of_pair, open_definitions
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output
from evaluations.runs.querysets import OutputQuerySet

IdPair = tuple[int, int]
"""Ids of two outputs, the lesser first."""


@dataclass(frozen=True)
class Scope:
    """Where pairs come from: a protocol, one prompt, or the whole site; asked plainly or under
    one definition. `query` names it in a URL; `user` is who looks."""

    version: ProtocolVersion | None = None
    prompt: Prompt | None = None
    definition: DefinitionVersion | None = None
    user: User | AnonymousUser | None = None

    @property
    def query(self) -> str:
        if self.version is not None:
            return urlencode({"protocol": self.version.protocol.slug})
        names = {}
        if self.prompt is not None:
            names["prompt"] = self.prompt.slug
        if self.definition is not None:
            names["direct"] = self.definition.definition.slug
        return urlencode(names)


@dataclass(frozen=True)
class PairPage:
    """What is asked of a pair now. `number` of `pages` is its place among the item's pages."""

    definition: DefinitionVersion | None = None
    number: int = 1
    pages: int = 1
    shows_source: bool = True
    asks_confidence: bool = True

    @property
    def definition_id(self) -> int | None:
        return self.definition.pk if self.definition is not None else None

    @property
    def words(self) -> str:
        if self.definition is None:
            return "Which is more of reasoning?"
        return "Which fits this statement better?"


@dataclass(frozen=True)
class PairTask:
    """One form for one judge: two outputs, for an item or by themselves, and what is asked.

    Until `opened`, neither the sides nor the page are the judge's.
    """

    scope: Scope
    left: Output
    right: Output
    item: Item | None = None
    page: PairPage = PairPage()
    lease: Lease | None = None

    @property
    def ids(self) -> IdPair:
        return ordered_ids(self.left.pk, self.right.pk)

    @property
    def turned(self) -> "PairTask":
        """The same with its sides exchanged."""
        return replace(self, left=self.right, right=self.left)

    @property
    def content(self) -> str:
        digest = hashlib.sha256()
        for text in (self.left.text, self.right.text):
            digest.update(hashlib.sha256(text.encode()).digest())
        digest.update(f"|{self.page.definition_id or ''}".encode())
        return digest.hexdigest()[:16]

    @property
    def draft_place(self) -> str:
        return f"pair:{self.ids[0]}:{self.ids[1]}:{self.page.definition_id or ''}"

    def url_of(self, name: str) -> str:
        # It says nothing of sides, which differ from judge to judge.
        if self.item is not None:
            what = urlencode({"item": self.item.pk})
        else:
            what = urlencode(dict(zip(("left", "right"), self.ids, strict=True)))
        return f"{reverse(name)}?{'&'.join(filter(None, (self.scope.query, what)))}"


def ordered_ids(one: int, other: int) -> IdPair:
    return min(one, other), max(one, other)


def scope_from(
    parameters: QueryDict, user: User | AnonymousUser, *, also_shut: bool = False
) -> Scope:
    """What a URL's parameters name; *also_shut* as for `version_asked`.

    Raises:
        Http404: for an unknown or closed protocol, one that shows no pairs, an unknown prompt
            or definition; the sentence says which.
    """
    if named(parameters, "protocol"):
        version = version_asked(parameters, user, also_shut=also_shut)
        # One that is not open refuses, and tells nothing before that.
        if version is None or (version.subject != Subject.PAIR and version.protocol.is_open):
            raise Http404("This protocol does not ask about pairs.")
        return Scope(version=version, user=user)
    prompt = definition = None
    if slug := named(parameters, "prompt"):
        prompt = Prompt.objects.listed().filter(slug=slug).first()
        if prompt is None:
            raise Http404(f"There is no prompt “{slug}”.")
    if slug := named(parameters, "direct"):
        definition = DefinitionVersion.objects.published().filter(definition__slug=slug).first()
        if definition is None:
            raise Http404(f"There is no definition “{slug}”.")
    return Scope(prompt=prompt, definition=definition)


def comparable() -> OutputQuerySet:
    """Outputs that can stand in a pair without a protocol; joins nothing."""
    return Output.objects.finished().distinct_samples().filter(prompt__in=Prompt.objects.listed())


def names_a_pair(scope: Scope, parameters: QueryDict) -> bool:
    """Whether a URL names one pair of a scope, and not only the scope."""
    names = ("left", "right") if scope.version is None else ("item",)
    return any(named(parameters, name) for name in names)


def named_task(scope: Scope, parameters: QueryDict) -> PairTask:
    """The pair that a URL names, by item or by its outputs.

    Raises:
        Http404: for none, an item of another protocol, or outputs that are no pair.
    """
    if not names_a_pair(scope, parameters):
        raise Http404("The form names no pair.")
    if scope.version is not None:
        return task_of(scope, item_numbered(scope.version, named(parameters, "item")))
    left, right = (whole_number(named(parameters, side)) for side in ("left", "right"))
    if left is None or right is None:
        raise Http404("A pair is named by the numbers of two outputs, left and right.")
    return pair_of(scope, (left, right))


def item_numbered(version: ProtocolVersion, number: str) -> Item:
    items = Item.objects.for_judging().filter(version=version, left__isnull=False)
    item = items.filter(pk=whole_number(number) or 0).first()
    if item is None:
        raise Http404(f"“{version.protocol.title}” has no pair {number}.")
    return item


def task_of(scope: Scope, item: Item) -> PairTask:
    return pair_of(scope, (item.left_id or 0, item.right_id or 0), item)


def pair_of(scope: Scope, ids: IdPair, item: Item | None = None) -> PairTask:
    """Both outputs with their prompt and steps.

    Raises:
        Http404: when one is missing, unfinished or withdrawn, or their prompts differ.
    """
    outputs = comparable()
    if item is not None:
        within = shows(item.version.protocol, scope.user, "run__")
        outputs = Output.objects.written().filter(within)
    found = outputs.for_judging().prefetch_related("steps").in_bulk(ids)
    for number in ids:
        if number not in found:
            raise Http404(f"There is no output {number} to compare.")
    one, other = found[ids[0]], found[ids[1]]
    if one.pk == other.pk or one.prompt_id != other.prompt_id:
        raise Http404("A pair is two outputs to the same prompt.")
    return PairTask(scope, one, other, item)


def compared_task(comparison: Comparison, asked: Scope) -> PairTask:
    """The pair of an earlier comparison, within *asked* as far as it belongs there."""
    if comparison.item is not None:
        return task_of(Scope(version=comparison.item.version, user=asked.user), comparison.item)
    within = asked.prompt is not None and asked.prompt.pk == comparison.left.prompt_id
    scope = Scope(prompt=asked.prompt if within else None, definition=comparison.definition_version)
    return pair_of(scope, ordered_ids(comparison.left_id, comparison.right_id))


def opened(
    task: PairTask, judge: Judge | None, salt: str, *, definition: int | None = None
) -> PairTask:
    """The pair as this visitor sees it, with the page that they have open.

    A judge who saved all pages begins again at the first, to look or to change.

    Args:
        salt: stands for a visitor who has not judged yet.
        definition: id of a definition version whose page it is instead, where it is asked.
    """
    left, right = on_sides(task, judge, salt)
    return replace(task, left=left, right=right, page=page_on(task, judge, definition))


def page_on(task: PairTask, judge: Judge | None, definition: int | None) -> PairPage:
    if task.item is None:
        return PairPage(task.scope.definition)
    version = task.item.version
    asked = definitions_of(task.item)
    left = open_definitions(task.item, judge)
    named = next((it for it in asked if it is not None and it.pk == definition), None)
    chosen = named or next(iter(left), asked[0])
    saved = len(asked) - len(left)
    return PairPage(
        chosen,
        number=saved + 1 if chosen in left else asked.index(chosen) + 1,
        pages=len(asked),
        shows_source=version.shows_source,
        asks_confidence=version.asks_confidence,
    )


def on_sides(task: PairTask, judge: Judge | None, salt: str) -> tuple[Output, Output]:
    """(left, right), drawn from a hash, so that a reload keeps them.

    A judge sees the two again where they stood before.
    """
    low, high = sorted((task.left, task.right), key=lambda output: output.pk)
    if judge is not None:
        mine = Comparison.objects.filter(of_pair(low, high), judge=judge)
        before = mine.order_by("-id").values_list("left_id", flat=True).first()
        if before is not None:
            return (low, high) if before == low.pk else (high, low)
    who = f"judge {judge.pk}" if judge is not None else salt
    drawn = hashlib.sha256(f"{who}:{low.pk}:{high.pk}".encode()).digest()[0]
    return (low, high) if drawn % 2 else (high, low)


def next_task(
    scope: Scope,
    judge: Judge | None,
    *,
    after: PairTask | None = None,
    skipped: Collection[IdPair] = (),
    passed_items: Collection[int] = (),
    salt: str = "",
) -> PairTask | None:
    """The next pair for this visitor; None when no pair is left to ask about.

    Args:
        after: the pair just seen, which does not come again at once.
        skipped: pairs that the visitor passed by.
        passed_items: items that they passed by.
        salt: stands for a visitor who has not judged yet.
    """
    if scope.version is not None:
        last = after.item if after is not None else None
        item, lease = next_item(scope.version, judge, after=last, passed=passed_items)
        return replace(task_of(scope, item), lease=lease) if item is not None else None
    passed = {*skipped, *([after.ids] if after else [])}
    ids = next_ids(scope, judge, passed, salt)
    return pair_of(scope, ids) if ids is not None else None


def next_ids(
    scope: Scope, judge: Judge | None, passed: Collection[IdPair], salt: str
) -> IdPair | None:
    """Two outputs to one prompt that this judge has not compared under the scope's question.

    Prompts come in an order of the judge's own, and their outputs in a round robin, so that
    every output meets others about equally often.
    """
    seed = f"judge {judge.pk}" if judge is not None else salt
    compared: dict[int, set[IdPair]] = {}
    if judge is not None:
        mine = Comparison.objects.filter(
            judge=judge, definition_version=scope.definition, is_current=True
        )
        if scope.prompt is not None:
            mine = mine.filter(left__prompt=scope.prompt)
        for prompt, left, right in mine.values_list("left__prompt_id", "left_id", "right_id"):
            compared.setdefault(prompt, set()).add(ordered_ids(left, right))
    outputs = comparable()
    if judge is not None:
        outputs = outputs.exclude(pk__in=written_by(judge))
    if scope.prompt is not None:
        outputs = outputs.filter(prompt=scope.prompt)
    sizes = dict(
        outputs.order_by()
        .values("prompt_id")
        .annotate(n=Count("pk"))
        .filter(n__gte=2)
        .values_list("prompt_id", "n")
    )
    prompts = sorted(sizes)
    random.Random(seed).shuffle(prompts)
    for prompt in prompts:
        done = compared.get(prompt, set())
        if len(done) >= sizes[prompt] * (sizes[prompt] - 1) // 2:
            continue
        members = sorted(outputs.filter(prompt=prompt).values_list("pk", flat=True))
        random.Random(f"{seed}:{prompt}").shuffle(members)
        for ids in round_robin(members):
            if ids not in done and ids not in passed:
                return ids
    return None


def round_robin(members: Sequence[int]) -> Iterator[IdPair]:
    """Every two of *members* once; neighbours on the circle first, then those two apart."""
    count = len(members)
    for distance in range(1, count // 2 + 1):
        # Opposite ones on an even circle would meet twice.
        meetings = count // 2 if 2 * distance == count else count
        for index in range(meetings):
            yield ordered_ids(members[index], members[(index + distance) % count])
