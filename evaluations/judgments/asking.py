"""A protocol's item as one judge meets it: its pages in order, and which comes now."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import Http404, QueryDict

from evaluations.common.parameters import named
from evaluations.judgments.models import (
    Block,
    BlockCriterion,
    Item,
    Judge,
    Judgment,
    Lease,
    Protocol,
    ProtocolVersion,
    StepMode,
)
from evaluations.judgments.serving import Questions, ordered, questions_from
from evaluations.runs.models import Output

AD_HOC = ("criteria", "block", "direct")


@dataclass(frozen=True)
class Task:
    """One form for one judge: an output, what is asked about it, and for which item.

    `number` of `pages` is the place among the item's pages; `finishes` says that every other
    page is saved already.
    """

    output: Output
    questions: Questions
    item: Item | None = None
    lease: Lease | None = None
    number: int = 1
    pages: int = 1
    finishes: bool = False

    @property
    def version(self) -> ProtocolVersion | None:
        return self.item.version if self.item is not None else None


def version_asked(parameters: QueryDict, *, also_closed: bool = False) -> ProtocolVersion | None:
    """The protocol version that a URL names, the default one where it names nothing.

    None for a link that names its questions itself, and on a site without a default protocol.

    Args:
        also_closed: take a protocol that was closed meanwhile, for a form that comes back.

    Raises:
        Http404: for an unknown protocol, or one that is not open, with a sentence that says so.
    """
    slug = named(parameters, "protocol")
    if not slug and any(named(parameters, name) for name in AD_HOC):
        return None
    protocols = (
        Protocol.objects.filter(slug=slug) if slug else Protocol.objects.filter(is_default=True)
    )
    protocol = protocols.first()
    if protocol is None:
        if slug:
            raise Http404(f"There is no protocol “{slug}”.")
        return None
    if not protocol.is_open and not (also_closed and protocol.opened_at):
        if not slug:
            return None
        closed = "closed" if protocol.closed_at else "not open yet"
        raise Http404(f"The protocol “{protocol.title}” is {closed}.")
    version = protocol.versions.filter(is_current=True).select_related("protocol").first()
    if version is None and slug:
        raise Http404(f"The protocol “{protocol.title}” asks nothing yet.")
    return version


def pages_of(
    version: ProtocolVersion, judge: Judge | None, item: Item | None = None
) -> list[Questions]:
    """The pages of an item, in this judge's order. Makes three queries.

    Criteria come before the holistic question, and definitions last, so that no definition
    colours an answer to a criterion. Definitions rotate with judge and item, so that each is as
    often first as every other, for the judges together and for each of them.
    """
    query = "" if version.protocol.is_default else urlencode({"protocol": version.protocol.slug})
    common = Questions(
        version.protocol.title,
        query=query,
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


def saved_pages(item: Item, judge: Judge | None) -> set[str]:
    """Keys of the item's pages that this judge saved and did not undo."""
    if judge is None:
        return set()
    return set(
        Judgment.objects.standing().filter(item=item, judge=judge).values_list("page", flat=True)
    )


def task_on(
    item: Item, output: Output, judge: Judge | None, *, page: str = "", lease: Lease | None = None
) -> Task:
    """The page of *item* that this judge has open, or the one named *page*.

    A judge who saved them all begins again at the first, to look or to change.

    Raises:
        Http404: when *page* is none of the item's, with a sentence that says so.
    """
    pages = pages_of(item.version, judge, item)
    if not pages:
        raise Http404("This protocol asks nothing yet.")
    saved = saved_pages(item, judge)
    if page:
        chosen = next((asked for asked in pages if asked.page == page), None)
        if chosen is None:
            raise Http404("This page is not asked any more.")
    else:
        chosen = next((asked for asked in pages if asked.page not in saved), pages[0])
    others = {asked.page for asked in pages} - {chosen.page}
    return Task(
        output,
        chosen,
        item,
        lease,
        number=pages.index(chosen) + 1,
        pages=len(pages),
        finishes=others <= saved,
    )


def task_from(
    parameters: QueryDict,
    output: Output,
    judge: Judge | None,
    *,
    page: str = "",
    also_closed: bool = False,
) -> Task:
    """What a URL asks about an output: its own questions, or a page of a protocol's item."""
    version = version_asked(parameters, also_closed=also_closed)
    if version is None:
        return Task(output, questions_from(parameters))
    item = item_of(version, output)
    if item is None:
        if version.protocol.is_default:
            return Task(output, questions_from(parameters))
        raise Http404(f"Output {output.pk} is not part of “{version.protocol.title}”.")
    return task_on(item, output, judge, page=page)


def item_of(version: ProtocolVersion, output: Output) -> Item | None:
    """The item of a version that shows this output."""
    return Item.objects.for_judging().filter(version=version, output=output).first()
