"""Reading debates: the list, the debate about one version, one statement."""

from typing import Any, Final

from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evaluations.common.folding import folded_among
from evaluations.common.tables import Table
from evaluations.debates.actions import closed_because, may_not_reword
from evaluations.debates.choices import REASONS, Kind, RetiredFor, Stand
from evaluations.debates.forms import EvidenceForm, ReactionForm, WordsForm
from evaluations.debates.lookups import debate_about, statement_or_404
from evaluations.debates.models import Statement
from evaluations.debates.ordering import A_COLUMN, Listed, standing_under
from evaluations.debates.pool import Debate, opened_by
from evaluations.debates.records import COLUMNS, Record, shown_record
from evaluations.debates.refusals import may_not_moderate
from evaluations.debates.weighing.candidates import candidates, drawn
from evaluations.debates.weighing.tallies import BY_STANCE
from evaluations.definitions.lookups import version_or_404
from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.boards.pages import version_asked, version_in_force
from evaluations.leaderboards.matrix.current import current_matrix

LIST_COLUMNS = (
    "definition", "version", "statements", "counterexamples", "newest", "url",
)  # fmt: skip
CANDIDATES_SHOWN: Final = 3
SNAPSHOTS_SHOWN: Final = 5
ACROSS: Final = 5
"""Statements of each sort that are named across the sides."""


def listed() -> list[dict[str, Any]]:
    """Published definitions with how much is said about their versions in force, and how many
    counterexamples stand there, the most first; forks of which nothing is said are left out.

    The same number of queries however many there are.
    """
    versions = list(DefinitionVersion.objects.published().with_pins())
    counted = (
        Statement.objects.standing()
        .filter(version__in=versions)
        .values("version")
        .annotate(statements=Count("pk"), newest=Max("created_at"))
    )
    said: dict[int, dict[str, Any]] = {row["version"]: {**row} for row in counted}
    standing = standing_under(versions, current_matrix())
    nothing = {"statements": 0, "newest": None}
    found = [
        {
            **said.get(version.pk, nothing),
            "version": version,
            "counterexamples": standing[version.pk],
        }
        for version in versions
        if version.pk in said or standing[version.pk] or version.definition.curated_at is not None
    ]
    return sorted(found, key=lambda row: -row["statements"])


@require_safe
def debates(request: HttpRequest) -> HttpResponse:
    """Every definition that can be argued about."""
    return render(request, "debates/debates.html", {"rows": listed()})


def debates_table(request: HttpRequest) -> Table:
    rows = [
        {
            **row,
            "definition": row["version"].definition.slug,
            "version": row["version"].number,
            "newest": row["newest"].date() if row["newest"] else None,
            "url": request.build_absolute_uri(debate_path(row["version"])),
        }
        for row in listed()
    ]
    return Table("debates", LIST_COLUMNS, rows, lambda found: {"debates": found})


def debate_path(version: DefinitionVersion) -> str:
    """The address of the debate about a version, which stays when another is in force."""
    return f"/debates/{version.definition.slug}/v/{version.number}/"


@require_safe
@never_cache
def debate(request: HttpRequest, slug: str) -> HttpResponse:
    """The debate about the version in force."""
    return show(request, version_in_force(slug))


@require_safe
@never_cache
def debate_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The debate about one version, whichever is in force."""
    return show(request, version_or_404(slug, str(number)))


def show(
    request: HttpRequest, version: DefinitionVersion, *, problem: str = "", status: int = 200
) -> HttpResponse:
    found = debate_about(request, version)
    every = request.GET.get("all", "")
    across = {
        name: getattr(found, name)[:ACROSS] for name in ("bridging", "cruxes", "common_ground")
    }
    counts = found.stances
    context = {
        **across,
        "debate": found,
        "version": version,
        "definition": version.definition,
        "closed": closed_because(version),
        "problem": problem,
        "every": every,
        "standing": cut(found.standing, every == "counterexamples"),
        "standing_total": len(found.standing),
        "columns": [
            column(found, Kind.FOR, "For", every),
            column(found, Kind.AGAINST, "Against", every),
        ],
        "others": column(found, Kind.SCOPE, "Scope and questions", every, Kind.QUESTION),
        "fallen": cut(found.fallen, every == "answered"),
        "fallen_total": len(found.fallen),
        "stand": found.own_stance,
        "stands": [(value, words, counts[value]) for value, words in Stand.choices],
        "by_calls": found.by_calls,
        "by_stance": found.sides.basis == BY_STANCE,
        "counted_sides": [
            (found.sides.names[side], found.sides.voters[side]) for side in found.sides.counting
        ],
        "most_on_sides": sorted(found.sides.voters, reverse=True)[:2],
        "earlier": earlier_to(version),
        "still_holds": still_holding(request, found),
        "snapshots": version.debate_snapshots.defer("contents")[:SNAPSHOTS_SHOWN],
        "path": debate_path(version),
        "files": f"/debates/{version.definition.slug}",
        "files_query": "" if version.is_current else f"?version={version.number}",
        **candidates_of(found, every == "candidates"),
    }
    # All that is drawn is read at once.
    shown = (*context["columns"], context["others"])
    lists = [context["standing"], context["fallen"], *(it["entries"] for it in shown)]
    found.drawn(key for each in (*lists, *across.values()) for key in each.keys)
    return render(request, "debates/debate.html", context, status=status)


def cut(entries: Listed, whole: bool) -> Listed:
    return entries if whole else entries[:A_COLUMN]


def column(found: Debate, kind: Kind, title: str, every: str, *more: Kind) -> dict[str, Any]:
    entries = found.column(kind, *more)
    return {
        "key": kind.value,
        "title": title,
        "entries": cut(entries, every == kind),
        "total": len(entries),
    }


def candidates_of(found: Debate, whole: bool) -> dict[str, Any]:
    """Outputs that nobody argued with yet; what others found of them only where it was opened."""
    if found.closed:
        return {"candidates": [], "candidates_total": 0}
    taken = {output for it in found.outlines for output in it.outputs}
    version = found.checks.versions[found.version.pk]
    places = candidates(version, found.held, taken)
    shown = places if whole else places[:CANDIDATES_SHOWN]
    keys = [int(found.held.output[place]) for place, *_ in shown]
    opened = opened_by(found.reader.judge, keys)
    return {
        "candidates": drawn(version, found.held, shown, opened),
        "candidates_total": len(places),
    }


def earlier_to(version: DefinitionVersion) -> list[dict[str, Any]]:
    """Other versions with how much is said about them, the newest first. One query."""
    rows = (
        DefinitionVersion.objects.of_everyone()
        .filter(definition=version.definition_id)
        .exclude(pk=version.pk)
        .annotate(
            said=Count(
                "statements", filter=Q(statements__is_current=True, statements__retired_at=None)
            )
        )
        .order_by("-number")
    )
    return [{"version": row, "path": debate_path(row)} for row in rows]


def still_holding(request: HttpRequest, found: Debate) -> list[Statement]:
    """One's own statements about earlier versions that one has not carried on. One query where
    there are any."""
    user = request.user
    if not user.is_authenticated or found.closed or len(found.checks.versions) == 1:
        return []
    return list(
        Statement.objects.standing()
        .filter(
            author=user,
            version__definition=found.version.definition_id,
            version__number__lt=found.version.number,
            carried_to=None,
        )
        .select_related("version")
    )


@require_safe
@never_cache
def statement(request: HttpRequest, statement_id: int) -> HttpResponse:
    """One statement with its evidence, what it became, and what can be done with it."""
    return show_statement(request, statement_or_404(statement_id))


def show_statement(
    request: HttpRequest,
    said: Statement,
    *,
    problem: str = "",
    evidence_form: EvidenceForm | None = None,
    words_form: WordsForm | None = None,
    reaction_form: ReactionForm | None = None,
    fragment: bool = False,
    focus: str = "",
    announce: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, or with *fragment* only the entry, as a vote by htmx swaps it."""
    found = debate_about(request, said.version)
    (entry,) = found.entries_of([said])
    entry.problem = problem
    user = request.user
    is_moderator = user.is_authenticated and user.may_moderate and not entry.own
    why_not = may_not_moderate(said, user) if user.is_authenticated and is_moderator else ""
    moderates = is_moderator and not why_not
    by_author = said.retired_for == RetiredFor.OWN
    is_moderated = said.retired_at is not None and not by_author
    context: dict[str, Any] = {
        "entry": entry,
        "debate": found,
        "definition": said.version.definition,
        "version": said.version,
        "path": debate_path(said.version),
        "closed": closed_because(said.version),
        "focus": focus,
        "announce": announce,
        "back": request.POST.get("back", "statement"),
    }
    if fragment:
        return render(request, "debates/statement.html#entry", context, status=status)
    answers = list(
        Statement.objects.standing()
        .filter(quotes__in=Statement.objects.wordings_of(said))
        .select_related("author", "quotes")
    )
    keeps_words = may_not_reword(said) if entry.can_change else ""
    folded = folded_among(Statement, [it.pk for it in answers], user)
    context |= {
        "words_form": words_form or WordsForm(initial={"text": said.text}),
        "evidence_form": evidence_form or EvidenceForm(),
        "reaction_form": reaction_form or ReactionForm(),
        "keeps_words": keeps_words,
        "moderates": moderates,
        "why_not": why_not,
        "restores": (entry.own and by_author) or (moderates and is_moderated),
        "retires": (entry.own and said.is_standing) or (moderates and not is_moderated),
        "reasons": REASONS,
        "reason": request.POST.get("reason", RetiredFor.OTHER),
        "later": getattr(said, "superseded_by", None),
        "answers": [(it, folded.get(it.pk, it.text)) for it in answers],
    }
    if said.is_withheld and status == 200:
        status = 410
    return render(request, "debates/statement.html", context, status=status)


def statements_table(request: HttpRequest, slug: str) -> Table:
    """The statements about a version as the visitor reads them: votes and how evidence stands are
    there where its page shows them."""
    version = version_asked(request, slug)
    debate = debate_about(request, version)
    rows = [shown_record(it) for it in sorted(debate.entries, key=lambda it: it.key)]
    data = {"definition": slug, "version": version.number, "statements": rows}
    return table_of(f"debate-{slug}-v{version.number}", rows, data)


def table_of(name: str, rows: list[Record], data: dict[str, Any]) -> Table:
    """Records as a table whose CSV says in words what each statement shows."""
    spelt = [
        {
            **row,
            "evidence": "; ".join(
                " ".join(str(it[name]) for name in ("output", "role", "state") if it[name])
                for it in row["evidence"]
            ),
        }
        for row in rows
    ]
    return Table(name, COLUMNS, spelt, lambda _: data)
