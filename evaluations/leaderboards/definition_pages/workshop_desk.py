"""One visit to the page on which definitions are written: what was typed, and whether that can be
saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest

from evaluations.accounts.requests import AuthenticatedHttpRequest
from evaluations.definitions import rule_form
from evaluations.definitions.actions import outdated_reading
from evaluations.definitions.forms import WordingForm, policies_in
from evaluations.definitions.models import CriterionVersion, Definition, DefinitionVersion
from evaluations.definitions.names import NameTaken
from evaluations.definitions.rule_editor import criteria_in_force
from evaluations.definitions.rule_form import RuleDraft
from evaluations.definitions.workshop_actions import DefinitionRefused
from evaluations.leaderboards.definition_pages.workshop_faults import faults_of

SAVING: Final = ("save", "publish")


@dataclass
class Desk:
    """One visit to the page: what was typed, and what the page is about."""

    form: WordingForm
    draft: RuleDraft
    wordings: list[CriterionVersion]
    policies: Mapping[str, str]
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether it can be saved; the form then shows what it lacks."""
        valid = self.form.is_valid()
        return valid and self.draft.ok

    @property
    def wording(self) -> dict[str, Any]:
        """The cleaned wording with its rule, as the actions take it."""
        return {**self.form.says, "rule": self.draft.rule}


def desk(
    request: HttpRequest,
    kind: type[WordingForm],
    initial: Mapping[str, Any],
    about: dict[str, Any],
    **options: Any,
) -> Desk:
    """What was posted; or else the initial values, over which the link's parameters go."""
    wordings = criteria_in_force()
    known = {wording.criterion.key for wording in wordings}
    if request.method == "POST":
        form = kind(request.POST, **options)
        return Desk(form, rule_form.apply(request.POST, known), wordings,
                    policies_in(request.POST), about)  # fmt: skip
    given = policies_in(request.GET)
    for name in ("statement", "reading"):
        if request.GET.get(name):
            given[name] = request.GET[name].replace("\0", "")
    values = {**initial, **given}
    if request.GET.get("rule") or "rule" not in initial:
        draft = rule_form.read(request.GET, known)
        if "reading" not in given and draft.rule != initial.get("rule"):
            # The sentence says what the old rule counts.
            values["reading"] = ""
    else:
        draft = rule_form.draft_of(initial["rule"], known)
    return Desk(kind(initial=values, **options), draft, wordings, policies_in(values), about)


def saving(request: HttpRequest) -> bool:
    """Whether the form was sent to be saved, and not only to be shown again."""
    return request.method == "POST" and request.POST.get("press") in SAVING


def publishing(request: HttpRequest) -> bool:
    return request.POST.get("press") == "publish"


def outdated(request: HttpRequest, at: Desk, base: DefinitionVersion | None) -> bool:
    """Whether the reading still says what the rule of *base* counts, and the rule is another.

    The form then says so. A draft may wait for its sentence; what others will read may not.
    """
    if not publishing(request) and not at.about.get("amending"):
        return False
    reading = at.form.cleaned_data.get("reading")
    refusal = at.draft.ok and reading and outdated_reading(at.draft.rule, reading, base)
    if refusal:
        at.form.add_error("reading", refusal)
    return bool(refusal)


def is_ready(
    request: AuthenticatedHttpRequest,
    at: Desk,
    base: DefinitionVersion | None,
    definition: Definition | None = None,
) -> bool:
    """Whether a form can be saved. It then shows all that can be told at once: nobody should
    correct one thing only to hear of the next."""
    complete = at.complete
    faults = faults_of(
        actor=request.user,
        said=at.form.cleaned_data,
        definition=definition,
        is_fork=is_fork(base, definition),
        is_shown=publishing(request) or bool(at.about.get("current")),
    )
    for fault in faults:
        put_beside(at, fault)
    return not outdated(request, at, base) and complete and not faults


def is_fork(base: DefinitionVersion | None, definition: Definition | None) -> bool:
    """Whether what is saved says in its name that it is a fork."""
    if definition is None:
        return base is not None
    return definition.versions.of_forks().exists()


def put_beside(at: Desk, error: Exception) -> None:
    """What an action had to say, at the field that it means."""
    where = error.field if isinstance(error, DefinitionRefused | NameTaken) else None
    at.form.add_error(where if where in at.form.fields else None, str(error))
