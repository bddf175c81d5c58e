"""The map of definitions: which follow from which by logic alone, drawn and listed."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.parameters import named, with_query
from evaluations.common.tables import Table
from evaluations.definitions import rule_form
from evaluations.definitions.logic import pattern_in_words, pattern_of, stated_on, stated_version
from evaluations.definitions.models import AbsencePolicy, CriterionVersion, DefinitionVersion
from evaluations.definitions.postulates import digest, postulated
from evaluations.definitions.rule_editor import criteria_in_force, titles_of
from evaluations.leaderboards.logic.contradictions import contradictions
from evaluations.leaderboards.logic.drawing import drawing_of
from evaluations.leaderboards.logic.map import (
    DefinitionMap,
    all_are_stored,
    gaps_of,
    map_of,
    stored_ways,
    with_edit,
    with_pins,
)
from evaluations.leaderboards.matrix.answers import Kept
from evaluations.leaderboards.matrix.current import current_matrix
from evaluations.rules import Stated

TEMPLATE, DRAWN = "leaderboards/map.html", "leaderboards/map_drawn.html"
DRAWINGS: Final = Kept(40)
"""HTML by what it rests on: at 300 definitions some 300 KB each."""
MOST_CHOSEN = 300
MOST_FOR_CASES = 24
"""Definitions up to which the files give the smallest cases of each pair."""
MOST_FOR_GAPS = 60
"""Definitions up to which the page looks for pairs that no worked case parts."""
COLUMNS = ("a", "b", "by_rules", "by_postulates", "only_a", "only_b")
WAYS = ("crosses", "a entails b", "b entails a", "same", "too large")


@dataclass(frozen=True)
class MapAsked:
    """What an address asks: which definitions, with postulates or without, and one edited rule."""

    offered: list[DefinitionVersion]
    chosen: list[DefinitionVersion]
    with_postulates: bool
    edited: DefinitionVersion | None
    edited_rule: Stated | None
    fields: list[tuple[str, str]]

    @cached_property
    def chosen_keys(self) -> set[int]:
        return {version.pk for version in self.chosen}

    @property
    def is_choice(self) -> bool:
        return any(name == "d" for name, _ in self.fields)

    def url(self, **changes: str) -> str:
        """This map with other fields; an empty one is left out."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        new = [(name, value) for name, value in changes.items() if value]
        return with_query(reverse("map"), urlencode(kept + new))

    def map(self, *, with_postulates: bool | None = None) -> DefinitionMap:
        """The map as asked, or with postulates or without. Makes one query."""
        with_them = self.with_postulates if with_postulates is None else with_postulates
        ways = stored_ways(with_postulates=with_them)
        if self.edited is not None and self.edited_rule is not None:
            ways = with_edit(
                ways, self.chosen, self.edited, self.edited_rule, with_postulates=with_them
            )
        return map_of(self.chosen, ways)


def map_from(request: HttpRequest) -> MapAsked:
    """Read the address. 404 for a definition that is not there or a rule that cannot be read."""
    data = request.GET
    offered = list(DefinitionVersion.objects.curated().for_map())
    slugs = list(dict.fromkeys(slug for slug in data.getlist("d") if "\0" not in slug))
    edited_slug = named(data, "edited")
    by_slug = {version.definition.slug: version for version in offered}
    wanted = [slug for slug in [*slugs, edited_slug] if slug and slug not in by_slug]
    for version in DefinitionVersion.objects.others().for_map().filter(definition__slug__in=wanted):
        by_slug[version.definition.slug] = version
        offered.append(version)
    if missing := [slug for slug in wanted if slug not in by_slug]:
        raise Http404(f"There is no definition “{missing[0]}”.")
    chosen = [by_slug[slug] for slug in slugs[:MOST_CHOSEN]] if slugs else list(offered)
    edited, rule = by_slug.get(edited_slug), None
    if edited is not None:
        rule = edited_rule(request, edited)
        if edited not in chosen:
            chosen.append(edited)
    fields = [("d", slug) for slug in slugs]
    fields += [
        (name, data[name])
        for name in ("postulates", "edited", "rule", "absence_policy")
        if data.get(name)
    ]
    is_with = data.get("postulates") != "no"
    return MapAsked(offered, chosen, is_with, edited, rule, fields)


def edited_rule(request: HttpRequest, edited: DefinitionVersion) -> Stated:
    """The rule that the address gives in place of a definition's own."""
    wordings = {wording.criterion.key: wording for wording in criteria_in_force()}
    draft = rule_form.apply(request.GET, set(wordings))
    if not draft.ok:
        raise Http404("The edited rule cannot be read.")
    policy = request.GET.get("absence_policy") or edited.absence_policy
    if policy not in AbsencePolicy.values:
        raise Http404("There is no such absence policy.")
    return stated_on(draft.rule, policy, (wordings | edited.wordings).values())


@require_safe
def definition_map(request: HttpRequest) -> HttpResponse:
    """The diagram, the same as a list, the postulates, and the pairs that no worked case parts."""
    asked = map_from(request)
    by_pk = {version.pk: version for version in asked.chosen}
    gaps = [] if len(asked.chosen) > MOST_FOR_GAPS else gaps_of(asked.chosen)
    needed = {key for each in postulated() for key in (each.key, each.needs)}
    titles = titles_of(CriterionVersion.objects.for_keys(sorted(needed)))
    context = {
        "asked": asked,
        "drawn": drawn(asked),
        "postulates": [
            (each, titles.get(each.postulated.key), titles.get(each.postulated.needs))
            for each in contradictions(current_matrix())
        ],
        "gaps": [(by_pk[one], by_pk[other]) for one, other in gaps],
        "other_way": asked.url(postulates="no" if asked.with_postulates else ""),
        "without_edit": asked.url(edited="", rule="", absence_policy=""),
    }
    return render(request, TEMPLATE, context)


def drawn(asked: MapAsked) -> str:
    """The diagram, the list and the choice as HTML.

    They rest on nothing but the versions, their names and the postulates, so they are kept for
    the next who asks: not with an edited rule, and not before every pair is stored.
    """
    names = tuple((each.pk, each.definition.slug, each.definition.name) for each in asked.offered)
    chosen = tuple(version.pk for version in asked.chosen)
    key = names, chosen, tuple(asked.fields), digest()
    if asked.edited is not None:
        return render_to_string(DRAWN, context_of(asked))
    if key in DRAWINGS:
        return str(DRAWINGS[key])
    is_whole = all_are_stored(chosen)
    made = render_to_string(DRAWN, context_of(asked))
    if is_whole:
        DRAWINGS[key] = made
    return made


def context_of(asked: MapAsked) -> dict[str, Any]:
    """What the template of the diagram, the list and the choice is given."""
    found = asked.map()
    names = {
        number: [version.definition.name for version in members]
        for number, members in enumerate(found.classes)
    }
    drawing = drawing_of(found.order, names)
    first = [members[0] for members in found.classes]
    findings = {entry.version.pk: entry.needs_findings for entry in found.entries}
    boxes = [
        {
            "box": box,
            "name": " = ".join(names[box.number]),
            "version": first[box.number],
            "needs_findings": findings[first[box.number].pk],
            "is_edited": asked.edited in found.classes[box.number],
        }
        for box in (drawing.boxes if drawing else ())
    ]
    curves = [
        {"path": each.path, "strict": first[each.strict], "lax": first[each.lax]}
        for each in (drawing.curves if drawing else ())
    ]
    return {
        "asked": asked,
        "related": [entry for entry in found.entries if entry.crosses < len(asked.chosen) - 1],
        "alone": [entry for entry in found.entries if entry.crosses >= len(asked.chosen) - 1],
        "drawing": drawing,
        "boxes": boxes,
        "curves": curves,
        "lines": len(curves),
        "files_query": with_query("", urlencode(asked.fields)),
    }


def map_table(request: HttpRequest) -> Table:
    """Every unordered pair of the definitions chosen, and what they are to each other."""
    asked = map_from(request)
    if len(asked.chosen) <= MOST_FOR_CASES:
        with_pins(asked.chosen)
    by_rules, by_postulates = (
        asked.map(with_postulates=with_them).ways for with_them in (False, True)
    )
    rows = []
    for one, other in combinations(asked.chosen, 2):
        pair = one.pk, other.pk
        rows.append(
            {
                "a": one.definition.slug,
                "b": other.definition.slug,
                "by_rules": WAYS[by_rules.get(pair, 0)],
                "by_postulates": WAYS[by_postulates.get(pair, 0)],
                **(cases_of(asked, one, other) if len(asked.chosen) <= MOST_FOR_CASES else {}),
            }
        )
    return Table("definition-map", COLUMNS, rows, lambda rows: as_json(asked, rows))


def cases_of(
    asked: MapAsked, one: DefinitionVersion, other: DefinitionVersion
) -> dict[str, str | None]:
    """The two smallest cases that part two definitions, in words."""
    titles = titles_of([*one.wordings.values(), *other.wordings.values()])
    rules = [
        asked.edited_rule if asked.edited_rule and each == asked.edited else stated_version(each)
        for each in (one, other)
    ]
    patterns = pattern_of(*rules), pattern_of(*rules[::-1])
    return {
        name: pattern_in_words(pattern, titles) if pattern is not None else None
        for name, pattern in zip(("only_a", "only_b"), patterns, strict=True)
    }


def as_json(asked: MapAsked, rows: list[Any]) -> dict[str, Any]:
    """All that the page says; with the smallest cases where few definitions are chosen."""
    found = asked.map()
    return {
        "postulates_used": asked.with_postulates,
        "postulates": [
            {
                "if": each.key,
                "then": each.needs,
                "yes_needs": each.least,
                "partly_needs_partly": each.partly,
                "why": each.why,
            }
            for each in postulated()
        ],
        "definitions": [
            {
                "slug": entry.version.definition.slug,
                "version": entry.version.number,
                "counts_share_of_answers": entry.counts,
                "needs_findings": entry.needs_findings,
                "stricter_than": [each.definition.slug for each in entry.stricter_than],
                "laxer_than": [each.definition.slug for each in entry.laxer_than],
                "same_as": [each.definition.slug for each in entry.same],
                "crosses": entry.crosses,
            }
            for entry in found.entries
        ],
        "lines": [
            [found.classes[end][0].definition.slug for end in line] for line in found.order.lines
        ],
        "pairs": rows,
    }
