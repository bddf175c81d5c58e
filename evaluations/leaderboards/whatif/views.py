"""What-if: an edited rule, held in the URL alone, against the rule in force."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluations.common.fragments import page_or_fragment, sent_by_htmx
from evaluations.common.tables import Table, csv_response, json_response
from evaluations.definitions import rule_form
from evaluations.definitions.models import (
    AbsencePolicy,
    CriterionVersion,
    DefinitionVersion,
    PartlyPolicy,
    State,
    as_dict,
)
from evaluations.definitions.rule_editor import criteria_in_force, editor, titles_of
from evaluations.definitions.rule_form import RuleDraft
from evaluations.leaderboards.boards.forms import question_from
from evaluations.leaderboards.boards.pages import about, form_context, readable
from evaluations.leaderboards.boards.questions import choice, fields_of
from evaluations.leaderboards.boards.standings import VERDICT_ORDER, Question, Reading, matrix_for
from evaluations.leaderboards.comparisons.before_after import (
    BOARD_COLUMNS,
    BeforeAfter,
    board,
    boards_asked,
    record_of,
)
from evaluations.leaderboards.comparisons.parting import Parting
from evaluations.leaderboards.comparisons.rows import (
    COLUMNS,
    cell_from,
    flips_by_side,
    flow_of,
    flow_record,
    flow_totals,
    page_of,
    records,
)
from evaluations.leaderboards.logic.edits import EditByLogic, edit_by_logic, stated_reading
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.whatif.edits import (
    asked_anew,
    compact,
    quick_edits,
    reading_with,
    same_reading,
)

TEMPLATE = "leaderboards/whatif.html"
EDITS = ("rule", "rule-mode", "press")


def version_number(parameters: QueryDict, name: str) -> int | None:
    text = parameters.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise Http404(f"“{name}” must be the number of a version.")
    return int(text)


@dataclass
class WhatIf:
    """What a URL asks: a version, and the version or the edited rule that it is held against.

    `start` is what the edits start from: the version itself, or the one named by `to`.
    """

    version: DefinitionVersion
    start: DefinitionVersion
    versions: list[DefinitionVersion]
    wordings: list[CriterionVersion]
    draft: RuleDraft
    absence_policy: str
    partly_policy: str
    question: Question
    cell: tuple[str, str] | None
    matrix: Matrix

    @cached_property
    def after(self) -> Reading | DefinitionVersion | None:
        """The rule after; None where it cannot be read. A published version is itself."""
        if not self.draft.ok:
            return None
        edited = self.with_rule(self.draft.rule)
        return self.start if same_reading(edited, self.start) else edited

    def with_rule(self, rule: Any) -> Reading:
        return reading_with(
            self.start, rule, self.absence_policy, self.partly_policy, self.wordings
        )

    @cached_property
    def parting(self) -> Parting | None:
        if self.after is None:
            return None
        return Parting(self.version, self.after, self.matrix, self.question, self.cell)

    def board(self) -> list[BeforeAfter]:
        """Both boards, row by row. Makes two queries."""
        wordings = {wording.criterion.key: wording for wording in self.wordings}
        return board(self.version, self.after, self.matrix, self.question, wordings)

    @property
    def edited(self) -> bool:
        """Whether there is anything to see: another rule or another version."""
        return self.after is not self.version

    @cached_property
    def filters(self) -> dict[str, str]:
        """Which judgments and outputs count, as URL parameters."""
        return fields_of(self.question)

    def parameters(self, rule: Any = None, **more: str) -> dict[str, str]:
        """The state as URL parameters, with another rule if one is given."""
        rule = self.draft.rule if rule is None else rule
        found = dict(self.filters)
        if not self.version.is_current:
            found["version"] = str(self.version.number)
        if self.start is not self.version and not self.start.is_current:
            found["to"] = str(self.start.number)
        if rule != self.start.rule:
            found["rule"] = compact(rule)
        if self.absence_policy != self.start.absence_policy:
            found["absence_policy"] = self.absence_policy
        if self.partly_policy != self.start.partly_policy:
            found["partly_policy"] = self.partly_policy
        return {**found, **more}

    @property
    def edits(self) -> dict[str, str]:
        """The state without its filters: which version, and how its rule was edited."""
        return {
            name: value for name, value in self.parameters().items() if name not in self.filters
        }

    @property
    def proposal(self) -> str:
        """The edited rule as the forms that propose it read it."""
        return urlencode(
            {
                "rule": compact(self.draft.rule),
                "absence_policy": self.absence_policy,
                "partly_policy": self.partly_policy,
            }
        )

    @property
    def titles(self) -> dict[str, str]:
        """Criterion key to its short title: in force, or as the versions mean it."""
        pinned = self.start.wordings | self.version.wordings
        return titles_of(self.wordings) | titles_of(pinned.values())


def what_if_from(request: HttpRequest, slug: str) -> WhatIf:
    """Read the URL. Makes seven queries and those of the matrix; 404 for what is not there."""
    data = request.GET
    versions = list(
        DefinitionVersion.objects.exclude(state=State.DRAFT)
        .filter(definition__slug=slug)
        .select_related("definition")
        .with_pins()
        .order_by("number")
    )
    current = next((version for version in versions if version.is_current), None)
    if current is None:
        raise Http404(f"There is no definition “{slug}”.")
    by_number = {version.number: version for version in versions}
    found = []
    for name in ("version", "to"):
        number = version_number(data, name)
        if number is not None and number not in by_number:
            raise Http404(f"There is no version {number} of a definition “{slug}”.")
        found.append(current if number is None else by_number[number])
    version, start = found
    wordings = criteria_in_force()
    known = {wording.criterion.key for wording in wordings}
    if any(name in data for name in EDITS):
        draft = rule_form.apply(data, known)
    else:
        draft = rule_form.draft_of(start.rule, known)
    absence, partly = AbsencePolicy.values, PartlyPolicy.values
    # An edited rule has no wording that anybody could have classified by.
    question = replace(question_from(data, request), road="computed")
    return WhatIf(
        version=version,
        start=start,
        versions=versions,
        wordings=wordings,
        draft=draft,
        absence_policy=choice(data, "absence_policy", first(start.absence_policy, absence)),
        partly_policy=choice(data, "partly_policy", first(start.partly_policy, partly)),
        question=question,
        cell=cell_from(data),
        matrix=matrix_for(question),
    )


def first(value: str, values: list[str]) -> tuple[str, ...]:
    """The choices with the default in front."""
    return (value, *(other for other in values if other != value))


@require_safe
@readable
def what_if(request: HttpRequest, slug: str) -> HttpResponse:
    """The edited rule, the board before and after, and the outputs that flip."""
    asked = what_if_from(request, slug)
    here = reverse("what-if", args=[slug])
    sent_by_form = "rule-mode" in request.GET or "press" in request.GET
    htmx = sent_by_htmx(request)
    clean = f"{here}?{urlencode(asked.parameters())}".removesuffix("?") if asked.draft.ok else ""
    if sent_by_form and clean and asked.draft.mode == "form" and not htmx:
        return HttpResponseRedirect(clean)
    response = page_or_fragment(
        request,
        TEMPLATE,
        context_of(request, asked, here),
        fragment="what-if",
        status=200 if asked.draft.ok else 422,
    )
    if htmx and clean:
        response["HX-Push-Url"] = clean
    return response


def context_of(request: HttpRequest, asked: WhatIf, here: str) -> dict[str, Any]:
    titles = asked.titles
    rows = asked.board()
    query = urlencode(asked.parameters()) if asked.draft.ok else ""
    context: dict[str, Any] = {
        **form_context(request, asked.question, asked.filters),
        "chosen_rows": asked.edits,
        "asked": asked,
        "version": asked.version,
        "definition": asked.version.definition,
        "editor": editor(asked.draft, asked.wordings),
        "quick": [
            {
                "edit": edit,
                "toggle": link(here, asked, edit.toggled),
                "negate": link(here, asked, edit.negated),
            }
            for edit in quick_edits(asked.version.rule, asked.draft.rule, titles)
        ]
        if asked.draft.ok
        else [],
        "here": here,
        "other_versions": [other for other in asked.versions if not other.is_current],
        "query": query,
        "reset": f"{here}?{urlencode(kept)}" if (kept := kept_of(asked)) else here,
        "kept": kept_of(asked),
        "rows": rows,
        "before_path": outputs_path(asked),
        "any_asked": any(row.place_before is not None for row in rows),
        "moved": [row for row in rows if row.moved],
        "absence_policies": AbsencePolicy.choices,
        "partly_policies": PartlyPolicy.choices,
        "verdicts": VERDICT_ORDER,
        "files_query": f"?{query}" if query else "",
        "query_and": f"{query}&" if query else "",
        "editing": "rule-mode" in request.GET or not asked.draft.ok,
        "address": request.build_absolute_uri(f"{here}?{query}" if query else here),
    }
    parting = asked.parting
    if parting is not None and asked.edited:
        order, number = parting.most_agreed_first().tolist(), request.GET.get("page")
        if parting.cell is None:
            page, sides = flips_by_side(parting, order, number, titles)
            flips = [row for _, _, rows in sides for row in rows]
        else:
            sides = []
            page, flips = page_of(parting, order, number, titles)
        context |= {
            "parting": parting,
            "logic": logic_of(asked),
            "map_url": map_url(asked),
            "flow": flow_of(parting),
            "flow_totals": flow_totals(parting),
            "page": page,
            "flips": flips,
            "sides": sides,
            "asked_anew": asked_anew(asked.with_rule(asked.draft.rule), asked.wordings),
            "fork_url": proposal_url("fork", asked),
            "amend_url": proposal_url("amend", asked),
        }
    return context


def outputs_path(asked: WhatIf) -> str:
    """The outputs behind the board before, to which a model and a recipe are added."""
    fields = asked.filters
    if not asked.version.is_current:
        fields = {**fields, "version": str(asked.version.number)}
    path = reverse("leaderboard-outputs", args=[asked.version.definition.slug])
    return f"{path}?{urlencode(fields)}".removesuffix("?")


def kept_of(asked: WhatIf) -> dict[str, str]:
    """What a reset keeps: which judgments count, and the versions."""
    dropped = ("rule", "absence_policy", "partly_policy")
    return {name: value for name, value in asked.parameters().items() if name not in dropped}


def link(here: str, asked: WhatIf, rule: Any | None) -> str:
    """The page with another rule; empty where there is none."""
    if rule is None:
        return ""
    return f"{here}?{urlencode(asked.parameters(rule))}".removesuffix("?")


def logic_of(asked: WhatIf) -> EditByLogic:
    """What the edit does by logic. Makes two queries, and those of `stated_of`."""
    edited = stated_reading(asked.with_rule(asked.draft.rule), asked.matrix.process)
    others = DefinitionVersion.objects.curated()
    return edit_by_logic(edited, asked.version, asked.titles, others)


def map_url(asked: WhatIf) -> str:
    """The map of definitions with the edited rule in place of its own."""
    fields = {
        "edited": asked.version.definition.slug,
        "rule": compact(asked.draft.rule),
        "absence_policy": asked.absence_policy,
    }
    return f"{reverse('map')}?{urlencode(fields)}"


def proposal_url(name: str, asked: WhatIf) -> str:
    return f"/definitions/{asked.version.definition.slug}/{name}/?{asked.proposal}"


def refused(asked: WhatIf) -> HttpResponse:
    errors = [f"{error.place}: {error.message}" for error in asked.draft.errors]
    response = json_response({"errors": errors})
    response.status_code = 422
    return response


@readable
def what_if_table(request: HttpRequest, slug: str) -> Table | HttpResponse:
    """The outputs that flip, most agreed-on first, in JSON with both boards and the flow.

    With `table=board` the CSV holds the boards.
    """
    of_boards = boards_asked(request)
    asked = what_if_from(request, slug)
    parting = asked.parting
    if parting is None:
        return refused(asked)
    if of_boards:
        boards = [record_of(row) for row in asked.board()]
        return csv_response(boards, BOARD_COLUMNS, f"what-if-{slug}-board.csv")
    return Table(
        f"what-if-{slug}",
        COLUMNS,
        records(request, parting, parting.most_agreed_first().tolist(), asked.titles),
        lambda flips: {
            "definition": as_dict(asked.version),
            "after": {
                "rule": asked.draft.rule,
                "absence_policy": asked.absence_policy,
                "partly_policy": asked.partly_policy,
            },
            **about(asked.question),
            "verdicts": flow_record(parting),
            "only_before": parting.only_first,
            "only_after": parting.only_second,
            "board": [record_of(row) for row in asked.board()],
            "flips": flips,
        },
    )
