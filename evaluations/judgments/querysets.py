import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import BigIntegerField, BooleanField, F, Func, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from evaluations.accounts.visibility import GuardedQuerySet

if TYPE_CHECKING:
    from evaluations.definitions.models import CriterionVersion
    from evaluations.judgments.models import (  # noqa: F401
        Answer,
        Comparison,
        Finding,
        Item,
        Judge,
        Judgment,
        Protocol,
        SetAside,
        WrittenByHand,
    )
    from evaluations.runs.models import Output

# What a judge has to answer to pass a version's qualification. What was withdrawn is not asked:
# nobody can answer it any more.
EXPECTED = """
SELECT g.id, i.version_id, i.output_id, coalesce(i.prompt_id, o.prompt_id) AS prompt_id,
    g.criterion_id, w.meaning, g.value, v.qualification_share AS share,
    count(*) OVER (PARTITION BY i.version_id) AS asked
FROM judgments_goldanswer g JOIN judgments_item i ON i.id = g.item_id
    JOIN judgments_protocolversion v ON v.id = i.version_id
    JOIN definitions_criterionversion w ON w.id = g.criterion_version_id
    LEFT JOIN runs_output o ON o.id = i.output_id LEFT JOIN runs_run r ON r.id = o.run_id
WHERE i.is_gold AND i.is_qualification AND o.withdrawn_at IS NULL AND r.withdrawn_at IS NULL
"""
# The first answer stands, also when it was undone: the expected one was told after it. One in a
# wording that means something else than the expected one's counts as none. Questions about the
# prompt may be asked on an output's page; the answer is the prompt's.
QUALIFYING = f"""
SELECT version_id, judge_id, share, asked, count(*) FILTER (WHERE value = expected) AS right_ones
FROM (
    SELECT DISTINCT ON (e.version_id, a.judge_id, e.id) e.version_id, a.judge_id, e.share, e.asked,
        a.value, e.value AS expected
    FROM ({EXPECTED}) e JOIN judgments_answer a ON a.criterion_id = e.criterion_id
        AND a.meaning = e.meaning AND (a.output_id = e.output_id OR a.prompt_id = e.prompt_id)
    ORDER BY e.version_id, a.judge_id, e.id, a.output_id, a.id
) first GROUP BY version_id, judge_id, share, asked
"""
PASSED = f"""
SELECT version_id, judge_id FROM ({QUALIFYING}) q WHERE right_ones * 100 >= share * asked
"""

# Who is set aside now, and under which protocol; under all where it names none.
ASIDE = """
SELECT aside.judge_id, aside.protocol_id FROM judgments_setaside aside WHERE aside.lifts_id IS NULL
    AND NOT EXISTS (SELECT FROM judgments_setaside lifting WHERE lifting.lifts_id = aside.id)
"""


def item_of(form: str) -> str:
    """SQL of the item that a judgment was for: of what a form says about the prompt, which hangs
    on a judgment of its own, that of the judgment beside it."""
    return f"""coalesce({form}.item_id, CASE WHEN {form}.prompt_id IS NOT NULL THEN (
        SELECT beside.item_id FROM judgments_judgment beside
        WHERE beside.judge_id = {form}.judge_id AND beside.form_token = {form}.form_token
            AND beside.item_id IS NOT NULL LIMIT 1) END)"""


def set_apart(form: str, item: str = "") -> str:
    """SQL condition that a judgment or comparison counts only where that is asked for.

    Its judge chose what it is about; or it was given for a gold item, or under a protocol whose
    qualification its judge has not passed, or by somebody who is set aside, everywhere or under
    its protocol.

    Args:
        form: the alias of the judgment or comparison.
        item: SQL of the item's id; empty for a judgment's.
    """
    return f"""({form}.way = 'chosen' OR {is_aside(form)} OR EXISTS (
        SELECT FROM judgments_item apart
        JOIN judgments_protocolversion terms ON terms.id = apart.version_id
        WHERE apart.id = {item or item_of(form)} AND {is_apart("apart", "terms", form)}))"""


def is_aside(form: str) -> str:
    """SQL condition that the judge of a form is set aside everywhere."""
    return f"""{form}.judge_id IN (
        SELECT judge_id FROM ({ASIDE}) aside WHERE protocol_id IS NULL)"""


def is_apart(item: str, version: str, form: str) -> str:
    """The same where item and version are joined; not null, also where there are none.

    What a judge chose is not in it: boards bring that in by a filter of its own.
    """
    return f"""coalesce({is_aside(form)} OR {item}.is_gold OR ({version}.qualification_share > 0
        AND {item}.version_id IN (SELECT version_id FROM ({EXPECTED}) expected)
        AND ({item}.version_id, {form}.judge_id) NOT IN ({PASSED}))
        OR ({form}.judge_id, {version}.protocol_id) IN ({ASIDE} AND aside.protocol_id IS NOT NULL),
        false)"""


# What of a run or a prompt set is not for everybody; few, so that each is looked up in a list.
GUARDED_OUTPUTS = """
SELECT o.id FROM runs_output o JOIN runs_run r ON r.id = o.run_id WHERE r.visibility <> 'public'
"""
GUARDED_PROMPTS = """
SELECT p.id FROM prompts_prompt p JOIN prompts_promptset s ON s.id = p.prompt_set_id
WHERE s.visibility <> 'public'
"""
GUARDED_VERSIONS = """
SELECT v.id FROM judgments_protocolversion v JOIN judgments_protocol p ON p.id = v.protocol_id
WHERE p.visibility <> 'public' AND (p.ends_at IS NULL OR p.closed_at IS NULL)
"""
"""Of rounds, only who takes part stays private: what they said of public outputs is for everybody
once the round is closed, and for nobody before (`close_ended` of `protocols/actions.py`)."""
GUARDED_FORMS = f"""
SELECT part.id FROM judgments_judgment form JOIN judgments_item asked ON asked.id = form.item_id
    JOIN judgments_judgment part ON part.judge_id = form.judge_id
        AND part.form_token = form.form_token
WHERE asked.version_id IN ({GUARDED_VERSIONS})
"""
"""Judgments under these, with what their forms say about prompts; few, and looked up in a list."""


def protocol_of(form: str) -> str:
    """SQL of the protocol that a judgment was given under; NULL for none."""
    return f"""(SELECT terms.protocol_id FROM judgments_item asked
        JOIN judgments_protocolversion terms ON terms.id = asked.version_id
        WHERE asked.id = {item_of(form)})"""


def is_guarded(form: str, item: str = "") -> str:
    """SQL condition that a judgment is for no figure of everybody; not null.

    It is about an output of a run that is not public, or a prompt of such a set; or was given
    beside one, under a protocol that is not public, or by a model that was asked under one.

    Args:
        item: SQL of the version of its item, where that is joined.
    """
    version = item or (
        f"(SELECT asked.version_id FROM judgments_item asked WHERE asked.id = {item_of(form)})"
    )
    return f"""(coalesce({form}.output_id IN ({GUARDED_OUTPUTS}), false)
        OR coalesce({form}.prompt_id IN ({GUARDED_PROMPTS}), false)
        OR coalesce({version} IN ({GUARDED_VERSIONS}), false)
        OR ({form}.prompt_id IS NOT NULL AND ({form}.judge_id, {form}.form_token) IN (
            SELECT beside.judge_id, beside.form_token FROM judgments_judgment beside
            WHERE beside.output_id IN ({GUARDED_OUTPUTS})))
        OR {form}.id IN (SELECT said.judgment_id FROM judgments_opinion said
            JOIN runs_output reply ON reply.id = said.asked_as_id
            JOIN runs_run asking ON asking.id = reply.run_id
            WHERE asking.visibility <> 'public' AND said.judgment_id IS NOT NULL))"""


def is_guarded_from(form: str) -> str:
    """SQL condition that a judgment is for no figure of the protocol of `%(version)s`: it is for
    none of everybody, and was not given under that protocol."""
    return f"""({is_guarded(form)} AND {protocol_of(form)} IS DISTINCT FROM (
        SELECT own.protocol_id FROM judgments_protocolversion own WHERE own.id = %(version)s))"""


def is_guarded_pair(form: str, item: str = "") -> str:
    """The same of a comparison."""
    version = item or (
        f"(SELECT asked.version_id FROM judgments_item asked WHERE asked.id = {form}.item_id)"
    )
    return f"""({form}.left_id IN ({GUARDED_OUTPUTS}) OR {form}.right_id IN ({GUARDED_OUTPUTS})
        OR coalesce({version} IN ({GUARDED_VERSIONS}), false))"""


class OfForm(Func):
    """A part of SQL that is said of a judgment or comparison, where that is read.

    Each names a column of it, by its path from the row that is asked: `"form_token"`, or
    `"judgment__form_token"`. What looked it up anew by its key would be costed as if each row made
    the lists anew that it looks into, and over many rows no other cost would weigh anything.
    """

    column: str
    sql: Callable[[str], str]

    def __init__(self, path: str = "") -> None:
        """Args:
        path: to the judgment or comparison from a row that has one; empty where it is the row.
        """
        super().__init__(F(f"{path}__{self.column}" if path else self.column))

    def as_sql(
        self, compiler: Any, connection: Any, *_: Any, **__: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        (column,) = self.get_source_expressions()
        return type(self).sql(compiler.quote_name_unless_alias(column.alias)), ()


class IsGuarded(OfForm):
    """Whether a judgment is for no figure of everybody, as by `is_guarded`."""

    column = "form_token"
    sql = staticmethod(is_guarded)
    output_field = BooleanField()


class IsGuardedPair(OfForm):
    """The same of a comparison."""

    column = "left"
    sql = staticmethod(is_guarded_pair)
    output_field = BooleanField()


class ProtocolOf(OfForm):
    """The protocol under which a judgment was given."""

    column = "form_token"
    sql = staticmethod(protocol_of)
    output_field = BigIntegerField()


class SetApart(OfForm):
    """Whether a judgment is set apart, as by `set_apart`."""

    column = "form_token"
    sql = staticmethod(set_apart)
    output_field = BooleanField()


class JudgmentQuerySet(models.QuerySet["Judgment"]):
    def standing(self) -> "JudgmentQuerySet":
        """Judgments that were not withdrawn; joins nothing."""
        return self.filter(withdrawn_at=None)

    def for_everybody(self) -> "JudgmentQuerySet":
        """Judgments that figures of everybody rest on; joins nothing."""
        return self.filter(~Q(IsGuarded()))

    def under_what_is_told(self) -> "JudgmentQuerySet":
        """Judgments of public outputs without those under a protocol that is not public, or in a
        round that goes on; joins the item. Cheap over all there are, unlike `for_everybody`."""
        hidden = RawSQL(GUARDED_VERSIONS, [])  # noqa: S611 - a constant of this module
        return self.filter(Q(item=None) | ~Q(item__version__in=hidden))


class ComparisonQuerySet(models.QuerySet["Comparison"]):
    def for_everybody(self) -> "ComparisonQuerySet":
        """Comparisons that figures of everybody rest on; joins nothing."""
        return self.filter(~Q(IsGuardedPair()))


class AnswerQuerySet(models.QuerySet["Answer"]):
    def current(self) -> "AnswerQuerySet":
        """Answers in force; joins nothing."""
        return self.filter(is_current=True)

    def not_apart(self) -> "AnswerQuerySet":
        """Answers of judgments that are not set apart; joins the judgment."""
        return self.filter(~Q(SetApart("judgment")))

    def for_everybody(self) -> "AnswerQuerySet":
        """Answers that figures of everybody rest on; joins the judgment."""
        return self.filter(~Q(IsGuarded("judgment")))

    def under_what_is_told(self) -> "AnswerQuerySet":
        """Answers without those under a protocol that is not public, or in a round that goes on;
        joins nothing. Cheap over all there are, unlike `for_everybody`."""
        return self.exclude(judgment__in=RawSQL(GUARDED_FORMS, []))  # noqa: S611 - a constant

    def computed(self) -> "AnswerQuerySet":
        """Answers to criteria, from which verdicts are computed."""
        return self.filter(criterion__isnull=False)

    def direct(self) -> "AnswerQuerySet":
        """Direct classifications against a definition's wording."""
        return self.filter(definition_version__isnull=False)

    def to(self, wordings: Iterable["CriterionVersion"]) -> "AnswerQuerySet":
        """Answers to these questions, in these wordings or others that mean the same."""
        same = Q(pk__in=[])
        for wording in wordings:
            same |= Q(criterion=wording.criterion_id, criterion_version__meaning=wording.meaning)
        return self.filter(same)

    def given(self, judge: "Judge | None", undone: uuid.UUID | None) -> "AnswerQuerySet":
        """A judge's answers in force, and those of the form *undone*; joins the criterion.

        By age, so that what was undone yields to what was saved after it.
        """
        wanted = Q(is_current=True) | Q(judgment__form_token=undone)
        return self.filter(wanted, judge=judge).select_related("criterion").order_by("id")

    def on(self, output: Any) -> "AnswerQuerySet":
        """Current answers about an output or about its prompt; joins judge and criterion.

        Each says whether it is `apart`.
        """
        return (
            self.current()
            .filter(Q(output=output) | Q(prompt_id=output.prompt_id))
            .annotate(apart=SetApart("judgment"))
            .select_related(
                "judgment",
                "judge__user",
                "criterion",
                "criterion_version",
                "definition_version__definition",
            )
            .order_by("judge_id", "criterion__position")
        )


class FindingQuerySet(models.QuerySet["Finding"]):
    def current(self) -> "FindingQuerySet":
        """Findings in force; joins the criterion."""
        return self.filter(is_current=True, withdrawn_at=None).select_related(
            "criterion_version__criterion"
        )

    def about(self, output: "Output") -> "FindingQuerySet":
        """Findings that concern an output: on itself, its prompt, its model, or its family.

        Expects the output's run and prompt to be joined.
        """
        return self.current().filter(
            Q(output=output)
            | Q(prompt=output.prompt_id)
            | Q(model=output.run.model_id, recipe=None)
            | Q(
                model=output.run.model_id,
                recipe=output.run.recipe_id,
                family=output.prompt.family_id,
                family__isnull=False,
            )
        )


class SetAsideQuerySet(models.QuerySet["SetAside"]):
    def in_force(self) -> "SetAsideQuerySet":
        """Those that nothing lifted, the newest first; joins judge and protocol."""
        return self.filter(lifts=None, lifted_by=None).select_related("judge__user", "protocol")

    def under(self, protocol: "Protocol | None") -> "SetAsideQuerySet":
        """Those that hold under a protocol: its own, and those for the whole site."""
        return self.filter(Q(protocol=None) | Q(protocol=protocol))

    def by_judge(self) -> "defaultdict[int, list[SetAside]]":
        """These rows by the key of their judge."""
        found: defaultdict[int, list[SetAside]] = defaultdict(list)
        for row in self:
            found[row.judge_id].append(row)
        return found


class WrittenByHandQuerySet(models.QuerySet["WrittenByHand"]):
    def standing(self) -> "WrittenByHandQuerySet":
        """Texts that neither their writers took back nor a moderator took off; joins the output."""
        return self.filter(output__withdrawn_at=None, output__run__withdrawn_at=None)

    def for_list(self) -> "WrittenByHandQuerySet":
        """The newest first, with all that their writer's list names."""
        return self.select_related("output__prompt", "output__run__recipe").order_by("-output")


class ProtocolQuerySet(GuardedQuerySet["Protocol"]):
    def open(self) -> "ProtocolQuerySet":
        """Protocols that can be judged under now; joins nothing."""
        still = Q(ends_at=None) | Q(ends_at__gt=Now())
        return self.filter(still, opened_at__isnull=False, closed_at=None)

    def told(self) -> "ProtocolQuerySet":
        """Without rounds that were not closed, of which nothing is told yet; joins nothing."""
        return self.filter(Q(ends_at=None) | Q(closed_at__isnull=False))


class ItemQuerySet(models.QuerySet["Item"]):
    def for_judging(self) -> "ItemQuerySet":
        """What the judging page needs of an item; joins its version and protocol."""
        return self.select_related("version__protocol")
