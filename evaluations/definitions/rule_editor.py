"""What `ui/rule_editor.html` shows of a rule that is being written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluations.definitions import rule_form
from evaluations.definitions.models import AnsweredBy, CriterionVersion
from evaluations.definitions.rule_form import RuleDraft, RulePart
from evaluations.definitions.rule_parts import anchor
from evaluations.rules import Node, describe, tree


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """An error of the rule, and the id of the control in the editor that it is about."""

    id: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Editor:
    """A draft as the template takes it; `words` and `tree` are empty while it is wrong."""

    draft: RuleDraft
    rows: tuple[RulePart, ...]
    groups: Mapping[str, list[tuple[str, str]]]
    kinds: Mapping[str, str]
    problems: tuple[RuleProblem, ...]
    words: str
    tree: Node | None

    @property
    def empty(self) -> bool:
        """Whether nothing was written yet: no mistake, only a beginning."""
        return bool(self.draft.rule == {"all": []})


def criteria_in_force() -> list[CriterionVersion]:
    """Every wording in force, retired ones too, in the catalogue's order. Makes one query."""
    return list(CriterionVersion.objects.current())


def titles_of(wordings: Iterable[CriterionVersion]) -> dict[str, str]:
    """Criterion key to its short title."""
    return {wording.criterion.key: wording.title for wording in wordings}


def editor(draft: RuleDraft, wordings: Iterable[CriterionVersion]) -> Editor:
    """The editor of a draft. `wordings` come from `criteria_in_force`; makes no query."""
    wordings = list(wordings)
    titles = titles_of(wordings)
    shown = rule_form.rows(draft.rule, titles, draft.errors, draft.chosen)
    groups: dict[str, list[tuple[str, str]]] = {}
    for wording in wordings:
        if wording.criterion.successors and f'"{wording.criterion.key}"' not in draft.json_text:
            continue
        groups.setdefault(about(wording), []).append((wording.criterion.key, wording.title))
    by_form = draft.mode == "form" and bool(shown)
    return Editor(
        draft=draft,
        rows=shown,
        groups=groups,
        kinds=rule_form.GROUPS,
        problems=tuple(
            RuleProblem(
                id=f"rule-{anchor(error.place)}" if by_form else "rule-json",
                where=error.place,
                message=error.message,
            )
            for error in draft.errors
        ),
        words=describe(draft.rule, titles) if draft.ok else "",
        tree=tree(draft.rule, titles=titles) if draft.ok else None,
    )


def about(wording: CriterionVersion) -> str:
    """The heading under which a criterion is offered: what it is about and who answers it."""
    level = wording.criterion.get_level_display()
    heading = level[0].upper() + level[1:]
    return heading if wording.criterion.answered_by == AnsweredBy.JUDGE else f"{heading} (findings)"
