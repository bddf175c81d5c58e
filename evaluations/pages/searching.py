"""What a search of the whole site finds: kind by kind, only what any visitor may see."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse

from evaluations.accounts.models import User
from evaluations.activity.people import listed_people
from evaluations.common.folding import folded_among
from evaluations.common.searching import ASKED, Found
from evaluations.curation.closed import closed_among
from evaluations.curation.folds import with_folding
from evaluations.curation.models import Collection, Placement
from evaluations.debates.models import Statement
from evaluations.definitions.models import CriterionVersion, Definition, DefinitionVersion
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output

RANKED = 1000
"""How many of the newest hits are ranked: to rank all takes as long as there are hits."""
READ = 20_000
"""How much of a text an excerpt is looked for in, in letters."""
BEGIN, END = "\ue000", "\ue001"
OPERATOR = "or"
"""The one word that a search reads as a sign, in capitals or not."""
EXCERPT = f"StartSel={BEGIN}, StopSel={END}, MaxWords=40, MinWords=20"

# First all hits, then the newest, then their order: asked in one go, PostgreSQL walks along the
# keys and reads every text to find the first few.
RANKING = """
WITH hit (id) AS MATERIALIZED ({hits}),
    newest AS MATERIALIZED (SELECT id FROM hit ORDER BY id DESC LIMIT {ranked})
SELECT (SELECT count(*) FROM hit), ARRAY(
    SELECT {table}.id FROM {table} WHERE {table}.id IN (SELECT id FROM newest)
    ORDER BY ts_rank_cd({words}, {asked}, 1) DESC, {table}.id DESC LIMIT %s OFFSET %s)
"""
EXCERPTS = """
SELECT id, ts_headline('site', left({text}, {read}), {asked}, %s) FROM {table} WHERE id = ANY(%s)
"""


@dataclass
class Hit:
    """One thing that was found. `excerpt` has pieces of text, and whether each was asked for."""

    title: str
    href: str = ""
    facts: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    excerpt: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class Days:
    """The first and the last day (UTC) that are searched, or no bound."""

    since: dt.date | None = None
    until: dt.date | None = None

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None


ALL_DAYS: Final = Days()


def midnight(day: dt.date) -> dt.datetime:
    """When a day begins (UTC)."""
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


@dataclass(frozen=True)
class Kind:
    """One kind of thing.

    `rows` gives what any visitor may see, `hits` what is shown of some of them, by key. `text` is
    the column of which an excerpt is shown, `words` `also` SQL of words that count with its
    own. `day` is the field that says when it came to be public here; where there is none, days
    find nothing. `inside` gives the keys of rows that are found for what lies in them, which
    `where` names.
    """

    name: str
    table: str
    rows: Callable[[], QuerySet[Any]]
    hits: Callable[[list[int]], Mapping[int, Hit]]
    text: str = ""
    also: str = ""
    day: str = ""
    inside: Callable[[str], set[int]] | None = None
    where: str = ""

    def on(self, days: Days) -> QuerySet[Any]:
        """The rows of some days; of a kind that has days, where any are named."""
        rows = self.rows()
        if days.since is not None:
            rows = rows.filter(**{f"{self.day}__gte": midnight(days.since)})
        if days.until is not None:
            last = dt.datetime.combine(days.until, dt.time.max, tzinfo=dt.UTC)
            rows = rows.filter(**{f"{self.day}__lte": last})
        return rows

    @property
    def words(self) -> str:
        own = f"{self.table}.search"
        return f"({own} || {self.also})" if self.also else own


@dataclass(frozen=True)
class Group:
    """What a search found of one kind: how much in all, and the best of it."""

    kind: str
    count: int
    hits: list[Hit]

    @property
    def is_cut(self) -> bool:
        """Whether only the newest hits were ranked."""
        return self.count > RANKED


def definition_hits(keys: list[int]) -> dict[int, Hit]:
    found = DefinitionVersion.objects.filter(pk__in=keys).select_related("definition", "author")
    return {
        row.pk: Hit(
            row.definition.name,
            row.definition.get_absolute_url(),
            [str(fact) for fact in (row.origin.author, row.origin.year) if fact],
        )
        for row in found
    }


def criterion_hits(keys: list[int]) -> dict[int, Hit]:
    found = CriterionVersion.objects.filter(pk__in=keys).select_related("criterion")
    return {
        row.pk: Hit(
            row.title,
            reverse("criterion", args=[row.criterion.key]),
            [f"about {row.criterion.get_level_display()}"],
        )
        for row in found
    }


def statement_hits(keys: list[int]) -> dict[int, Hit]:
    found = Statement.objects.filter(pk__in=keys).select_related("version__definition")
    folded = folded_among(Statement, keys, None)
    return {
        row.pk: Hit(
            folded.get(row.pk, row.text),
            row.get_absolute_url(),
            [row.get_kind_display(), row.version.definition.name],
        )
        for row in found
    }


def collection_hits(keys: list[int]) -> dict[int, Hit]:
    found = with_folding(Collection.objects.listed().filter(pk__in=keys), None)
    return {
        row.pk: Hit(
            row.folded or row.title,
            row.get_absolute_url(),
            [f"{(items := vars(row)['items'])} item{'' if items == 1 else 's'}"],
        )
        for row in found
    }


def noting(asked: str) -> set[int]:
    """Keys of public collections of which a note that everybody may come to read answers a
    question: among the newest `RANKED`, not those that readers folded or that are closed.

    Seven queries at most. Which notes they are is not told: they are read after judging.
    """
    notes = Placement.objects.filter(collection__in=Collection.objects.shown())
    found = notes.filter(Found(asked, "curation_placement.search")).order_by()
    # In order and cut by PostgreSQL, it would walk along the keys, as with `RANKING`.
    keys = sorted(found.values_list("pk", flat=True))[-RANKED:]
    if not keys:
        return set()
    columns = ("collection", "output", "left", "right", "statement", "prompt__slug")
    items = Placement.objects.filter(pk__in=keys).select_related("prompt").only(*columns)
    said = [item.statement_id for item in items if item.statement_id is not None]
    closed = closed_among(items) | folded_among(Placement, keys, None).keys()
    folded = folded_among(Statement, said, None)
    return {
        item.collection_id
        for item in items
        if item.pk not in closed and item.statement_id not in folded
    }


def prompt_hits(keys: list[int]) -> dict[int, Hit]:
    found = Prompt.objects.filter(pk__in=keys).select_related("prompt_set").defer("text")
    return {row.pk: Hit(row.title, row.get_absolute_url(), [row.prompt_set.title]) for row in found}


def output_hits(keys: list[int]) -> dict[int, Hit]:
    found = Output.objects.filter(pk__in=keys).for_reading().defer("text", "trace", "answer")
    return {
        row.pk: Hit(
            row.prompt.title,
            row.get_absolute_url(),
            [row.run.model.name, row.run.recipe.name, row.prompt.prompt_set.title],
        )
        for row in found
    }


def person_hits(keys: list[int]) -> dict[int, Hit]:
    hits = {
        row.pk: Hit(row.username, reverse("person", args=[row.username]))
        for row in User.objects.filter(pk__in=keys)
    }
    wrote = DefinitionVersion.objects.in_force().exclude(state="draft")
    for version in wrote.filter(Q(author__in=keys) | Q(definition__owner__in=keys)):
        link = (version.definition.name, version.definition.get_absolute_url())
        for key in {version.author_id, version.definition.owner_id}:
            if key in hits:
                hits[key].links.append(link)
    return hits


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "definitions",
            "definitions_definitionversion",
            lambda: DefinitionVersion.objects.published(),
            definition_hits,
            text="statement",
            day="published_at",
            also="(SELECT named.search FROM definitions_definition named "
            "WHERE named.id = definitions_definitionversion.definition_id)",
        ),
        Kind(
            "criteria",
            "definitions_criterionversion",
            lambda: CriterionVersion.objects.current(),
            criterion_hits,
            text="question",
            day="created_at",
        ),
        Kind(
            "statements",
            "debates_statement",
            lambda: Statement.objects.standing(),
            statement_hits,
            day="created_at",
        ),
        Kind(
            "collections",
            "curation_collection",
            lambda: Collection.objects.shown(),
            collection_hits,
            day="shown_at",
            inside=noting,
            where="in a note",
        ),
        Kind(
            "prompts",
            "prompts_prompt",
            lambda: Prompt.objects.public().for_list(),
            prompt_hits,
            text="text",
            day="created_at",
        ),
        Kind(
            "outputs",
            "runs_output",
            lambda: Output.objects.finished(),
            output_hits,
            text="text",
            day="finished_at",
        ),
        Kind("people", "accounts_user", listed_people, person_hits),
    )
}
"""The kinds in the order in which a page shows them."""


def search(kind: Kind, asked: str, *, most: int, start: int = 0, days: Days = ALL_DAYS) -> Group:
    """The best hits of one kind, from number *start* on; makes three queries at most, and those
    of `hits`."""
    if days and not kind.day:
        return Group(kind.name, 0, [])
    inside = kind.inside(asked) if kind.inside is not None else set()
    own = Q(Found(asked, kind.words))
    rows = kind.on(days).filter(own | Q(pk__in=inside) if inside else own)
    hits, given = rows.order_by().values("pk").query.sql_with_params()
    sql = RANKING.format(
        hits=hits,
        ranked=RANKED,
        table=kind.table,
        words=kind.words,
        asked=ASKED,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, asked, most, start])
        count, keys = cursor.fetchone()
    if not keys:
        return Group(kind.name, count, [])
    found, excerpts = kind.hits(keys), excerpts_of(kind, asked, keys)
    for key, hit in found.items():
        hit.excerpt = excerpts.get(key, [])
        if key in inside:
            hit.facts.append(kind.where)
    return Group(kind.name, count, [found[key] for key in keys if key in found])


def excerpts_of(kind: Kind, asked: str, keys: list[int]) -> dict[int, list[tuple[str, bool]]]:
    """Of some rows, the piece of the text that answers best. One query, or none."""
    if not kind.text:
        return {}
    sql = EXCERPTS.format(text=kind.text, read=READ, asked=ASKED, table=kind.table)
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked, EXCERPT, keys])
        return {key: pieces(text) for key, text in cursor.fetchall()}


def pieces(text: str) -> list[tuple[str, bool]]:
    """An excerpt cut where what was asked for begins and ends."""
    cut: list[tuple[str, bool]] = []
    for number, part in enumerate(text.split(BEGIN)):
        asked, _, after = part.partition(END) if number else ("", "", part)
        cut += [(asked, True), (after, False)]
    return [(words, is_asked) for words, is_asked in cut if words]


def did_you_mean(asked: str) -> str:
    """The question with each word that no title has put as the nearest that one has; empty where
    nothing is near. Makes three queries."""
    known = words_of_titles()
    put = []
    for word in asked.split():
        plain = word.strip('"-').lower()
        is_settled = plain in known or plain == OPERATOR
        near = [] if is_settled else get_close_matches(plain, known, n=1, cutoff=0.7)
        put.append(word.lower().replace(plain, known[near[0]]) if near else word)
    meant = " ".join(put)
    return "" if meant == asked else meant


def words_of_titles() -> dict[str, str]:
    """The words of all titles that anybody may see, without their capitals, as they are written."""
    titles: Iterable[Any] = (
        *Definition.objects.filter(versions__in=KINDS["definitions"].rows()).values_list(
            "name", "author"
        ),
        *KINDS["criteria"].rows().values_list("title"),
        *KINDS["prompts"].rows().values_list("title", "prompt_set__title"),
    )
    words = (word.strip(",.;:()“”\"'?!") for row in titles for text in row for word in text.split())
    return {word.lower(): word for word in words if len(word) > 2}
