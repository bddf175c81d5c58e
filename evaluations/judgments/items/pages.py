"""A protocol's item as one judge meets it: its pages in order, and which comes now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, QueryDict
from django.urls import reverse

from evaluations.accounts.models import User
from evaluations.common.parameters import named, with_query
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.items import carried
from evaluations.judgments.items.questions import (
    CALL,
    Questions,
    called_elsewhere,
    content_hash,
    name_of,
    ordered,
    questions_from,
)
from evaluations.judgments.models import (
    Answer,
    Block,
    BlockCriterion,
    Item,
    Judge,
    Judgment,
    Lease,
    Protocol,
    ProtocolVersion,
    StepMode,
    Value,
)
from evaluations.runs.models import Output

AD_HOC = ("criteria", "block", "direct", CALL)


@dataclass(frozen=True)
class OutputTask:
    """One form for one judge: an output, what is asked about it, and for which item.

    `number` of `pages` is the place among the item's pages; `finishes` says that every other
    page is saved already. `is_repeat`: the judge answered it before and starts from nothing.
    """

    output: Output
    questions: Questions
    item: Item | None = None
    lease: Lease | None = None
    number: int = 1
    pages: int = 1
    finishes: bool = False
    is_repeat: bool = False

    @property
    def version(self) -> ProtocolVersion | None:
        return self.item.version if self.item is not None else None

    @property
    def content(self) -> str:
        return content_hash(self.output, self.questions)

    @property
    def draft_place(self) -> str:
        asked = self.questions
        within = f"item {self.item.pk} {asked.page}" if self.item is not None else ""
        direct = f"definition {asked.definition.pk}" if asked.definition is not None else ""
        criteria = name_of([*asked.wordings, *(wording for wording, _ in asked.known)])
        return f"{self.output.pk}:{within}:{direct}:{criteria}"

    def url_of(self, name: str) -> str:
        return with_query(reverse(name, args=[self.output.pk]), self.questions.query)


def version_asked(
    parameters: QueryDict, user: User | AnonymousUser | None, *, also_shut: bool = False
) -> ProtocolVersion | None:
    """The protocol version that a URL names, the default one where it names nothing.

    None for a link that names its questions itself, and on a site without a default protocol.

    Args:
        also_shut: take a protocol that is not open too, for a form that comes and is refused.

    Raises:
        Http404: for an unknown protocol, one that *user* may not read, or that is not open, with
            a sentence that says so.
    """
    slug = named(parameters, "protocol")
    if not slug and any(named(parameters, name) for name in AD_HOC):
        return None
    readable = Protocol.objects.readable_by(user)
    protocol = readable.filter(**({"slug": slug} if slug else {"is_default": True})).first()
    if protocol is None:
        if slug:
            raise Http404(f"There is no protocol “{slug}”.")
        return None
    if not protocol.is_open and not (also_shut and slug):
        if not slug:
            return None
        # The title of a draft is for those who work on it.
        if protocol.opened_at is None:
            raise Http404(f"The protocol “{slug}” is not open yet.")
        raise Http404(f"The protocol “{protocol.title}” is closed.")
    version = protocol.versions.filter(is_current=True).select_related("protocol").first()
    if version is None and slug:
        title = protocol.title if protocol.opened_at is not None else slug
        raise Http404(f"The protocol “{title}” asks nothing yet.")
    return version


def asked_by(version: ProtocolVersion) -> Questions:
    """What a protocol's address asks, before any page of an item is open."""
    query = "" if version.protocol.is_default else urlencode({"protocol": version.protocol.slug})
    return Questions(version.protocol.title, query=query)


def pages_of(
    version: ProtocolVersion, judge: Judge | None, item: Item | None = None
) -> list[Questions]:
    """The pages of an item, in this judge's order. Makes three queries.

    Criteria come before the holistic question, and definitions last, so that no definition
    colours an answer to a criterion. Definitions rotate with judge and item, so that each is as
    often first as every other, for the judges together and for each of them.
    """
    common = replace(
        asked_by(version),
        shows_source=version.shows_source,
        asks_confidence=version.asks_confidence,
        asks_agreement=version.asks_agreement,
    )
    pages = []
    keys_of: dict[Block, list[str]] = {}
    asked_in_blocks = (
        BlockCriterion.objects.filter(block__protocolblock__version=version)
        .select_related("block", "criterion")
        .order_by("block__protocolblock__position", "position")
    )
    for asked in asked_in_blocks:
        keys_of.setdefault(asked.block, []).append(asked.criterion.key)
    wordings = {
        wording.criterion.key: wording
        for wording in ordered([key for keys in keys_of.values() for key in keys])
    }
    for block, keys in keys_of.items():
        questions = tuple(wordings[key] for key in keys if key in wordings)
        pages.append(
            replace(common, title=block.title, wordings=questions, page=f"block:{block.slug}")
        )
    if version.steps == StepMode.LABELS:
        pages.append(replace(common, title="Steps", steps=version.steps, page="steps"))
    elif version.steps == StepMode.FIRST_ERROR:
        pages.append(replace(common, title="First error", steps=version.steps, page="steps"))
    if version.asks_holistic:
        pages.append(replace(common, title="In one word", is_holistic=True, page="holistic"))
    places = list(version.protocoldefinition_set.select_related("definition_version__definition"))
    turn = judge.pk + (item.pk if item is not None else 0) if judge is not None else 0
    turn = turn % len(places) if places else 0
    for place in places[turn:] + places[:turn]:
        definition = place.definition_version
        pages.append(
            replace(
                common,
                title="Direct classification",
                definition=definition,
                page=f"definition:{definition.pk}",
            )
        )
    return pages


def said_of_prompt(
    judge: Judge | None, output: Output, pages: Sequence[Questions]
) -> dict[CriterionVersion, str]:
    """The judge's answers in force to those questions of an item that are about its prompt."""
    wordings = [wording for page in pages for wording in page.about_prompt]
    if judge is None or not wordings:
        return {}
    given = {
        (criterion, meaning): value
        for criterion, meaning, value in Answer.objects.current()
        .filter(judge=judge, prompt=output.prompt_id, criterion__isnull=False)
        .values_list("criterion_id", "meaning", "value")
    }
    same = {wording: given.get((wording.criterion_id, wording.meaning), "") for wording in wordings}
    return {wording: value for wording, value in same.items() if value}


def asked_once(
    pages: Sequence[Questions],
    said: Mapping[CriterionVersion, str],
    *,
    saved: Collection[str] = (),
    named: str = "",
    again: Collection[str] = (),
) -> list[Questions]:
    """The pages without what the judge said about the prompt before; pages left empty drop out.

    A page that was saved stays whole, so that a form which comes back twice is the same form.
    So do all pages where nothing else is left to finish the item with.

    Args:
        said: from `said_of_prompt`.
        saved: keys of the pages that were saved.
        named: the page that is open, which stays whole rather than drop out.
        again: keys of criteria that are asked all the same: to be changed, or answered by a
            form that was made before.
    """
    kept = []
    for page in pages:
        known = tuple(w for w in page.wordings if w in said and w.criterion.key not in again)
        left = tuple(w for w in page.wordings if w not in known)
        if not known or page.page in saved or (not left and page.page == named):
            kept.append(page)
        elif left:
            told = tuple((wording, Value(said[wording]).label) for wording in known)
            kept.append(replace(page, wordings=left, known=told))
    return kept if any(page.page not in saved for page in kept) else list(pages)


def offering(pages: Sequence[Questions], version: ProtocolVersion) -> list[Questions]:
    """The pages, the last one of criteria with the question that may be left open.

    Only after the criteria, so that it leans on them; and not where the version asks it anyway.
    No page is there for its sake: it opens no item again.
    """
    asking = [place for place, page in enumerate(pages) if page.about_output]
    if version.asks_holistic or not asking:
        return list(pages)
    return [
        replace(page, offers_call=True) if place == asking[-1] else page
        for place, page in enumerate(pages)
    ]


def unless_called(
    asked: Questions, output: Output, judge: Judge | None, item: Item | None = None
) -> Questions:
    """The page without the question that may be left open, where it was answered elsewhere.

    So that no save under one protocol takes a call from another. One query, or none.
    """
    if not asked.offers_call:
        return asked
    said = called_elsewhere(judge, output, item.pk if item is not None else None, asked.page)
    return replace(asked, offers_call=False, called=Value(said).label) if said else asked


def saved_pages(item: Item, judge: Judge | None) -> set[str]:
    """Keys of the item's pages that this judge saved and did not undo."""
    if judge is None:
        return set()
    mine = Judgment.objects.standing().filter(item=item, judge=judge, is_repeat=False)
    return set(mine.values_list("page", flat=True))


def task_on(
    item: Item,
    output: Output,
    judge: Judge | None,
    *,
    page: str = "",
    lease: Lease | None = None,
    again: Collection[str] = (),
) -> OutputTask:
    """The page of *item* that this judge has open, or the one named *page*.

    A judge who saved them all begins again at the first, to look or to change. What they said
    about the prompt with another output is not asked, but for the criteria *again*; nor what
    they said under an earlier version of the protocol.

    Raises:
        Http404: when *page* is none of the item's, with a sentence that says so.
    """
    whole = pages_of(item.version, judge, item)
    if not whole:
        raise Http404("This protocol asks nothing yet.")
    saved = saved_pages(item, judge)
    of = {"judge": judge, "output": output}
    known = carried.answered(item.version, apart=item.is_gold, **of) if judge is not None else {}
    for answers in known.values():
        # Where nothing is left, the judge looks again, at all of it.
        whole = carried.left_of(whole, answers, named=page, again=again) or whole
    said = said_of_prompt(judge, output, whole)
    pages = offering(asked_once(whole, said, saved=saved, named=page, again=again), item.version)
    if page:
        chosen = next((asked for asked in pages if asked.page == page), None)
        if chosen is None:
            raise Http404("This page is not asked any more.")
    else:
        chosen = next((asked for asked in pages if asked.page not in saved), pages[0])
    others = {asked.page for asked in pages} - {chosen.page}
    return OutputTask(
        output,
        unless_called(chosen, output, judge, item),
        item,
        lease,
        number=pages.index(chosen) + 1,
        pages=len(pages),
        finishes=others <= saved,
    )


def repeat_on(item: Item, output: Output, judge: Judge | None, page: str) -> OutputTask:
    """One page of an item that this judge saved before, to be answered again from nothing.

    Raises:
        Http404: when they did not save it, or it is not asked any more.
    """
    pages = pages_of(item.version, judge, item) if page in saved_pages(item, judge) else []
    chosen = next((asked for asked in pages if asked.page == page and not asked.steps), None)
    if chosen is None:
        raise Http404("This page cannot be asked again.")
    query = "&".join(filter(None, (chosen.query, urlencode({"repeat": page}))))
    return OutputTask(output, replace(chosen, query=query), item, is_repeat=True)


def task_from(
    parameters: QueryDict,
    version: ProtocolVersion | None,
    output: Output,
    judge: Judge | None,
    *,
    page: str = "",
    again: Collection[str] = (),
) -> OutputTask:
    """What a URL asks about an output: its own questions, or a page of a protocol's item.

    Args:
        version: what the URL names, from `version_asked`.
        again: as for `task_on`.
    """
    if version is None:
        return OutputTask(output, unless_called(questions_from(parameters), output, judge))
    item = item_of(version, output)
    if item is None:
        if version.protocol.is_default:
            return OutputTask(output, unless_called(questions_from(parameters), output, judge))
        raise Http404(f"Output {output.pk} is not part of “{version.protocol.title}”.")
    if repeated := named(parameters, "repeat"):
        return repeat_on(item, output, judge, repeated)
    return task_on(item, output, judge, page=page, again=again)


def item_of(version: ProtocolVersion, output: Output) -> Item | None:
    """The item of a version that shows this output."""
    return Item.objects.for_judging().filter(version=version, output=output).first()
