"""What a study holds, and for whom: a protocol, a run, a collection or all that is public, with
all that was answered.

Everybody takes home what everybody may read; whoever oversees a protocol, and staff, also what
judges wrote in words, the minute of saving and what was decided on disputes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from evaluations.accounts.models import User
from evaluations.curation.folds import with_folding
from evaluations.curation.models import Collection, Shown
from evaluations.judgments.models import (
    Answer,
    Comparison,
    GuestCheck,
    Item,
    Judge,
    Judgment,
    Protocol,
)
from evaluations.judgments.protocols.permissions import may_oversee, may_see
from evaluations.judgments.querysets import (
    AnswerQuerySet,
    ComparisonQuerySet,
    IsGuarded,
    IsGuardedPair,
    JudgmentQuerySet,
    ProtocolOf,
)
from evaluations.leaderboards.snapshots.hash import WITHIN, pseudonym, site_salt
from evaluations.leaderboards.snapshots.rows import given_in_rounds
from evaluations.prompts.models import Prompt
from evaluations.prompts.querysets import PromptQuerySet
from evaluations.runs.models import Output, OutputState, Run
from evaluations.runs.querysets import OutputQuerySet

Asker = User | AnonymousUser | None
Whose = tuple[int, int, int]
SIDES = ("output", "left", "right")


class StudyRefused(Exception):
    """This cannot be taken home by this person; the message says why."""


@dataclass(frozen=True)
class WholeSite:
    """What a study of everything public is of."""

    pk: int = 0
    title: str = "All public data"
    slug: str = "everything"
    description: str = "All that everybody may read on this site, with every board."
    owner_id: None = None
    is_public: bool = True

    def get_absolute_url(self) -> str:
        return "/data/"


@dataclass(frozen=True)
class Study:
    """One study for one asker. Everything in it is a query that nobody ran yet."""

    of: Protocol | Run | Collection | WholeSite
    asker: Asker = None
    oversees: bool = False

    @property
    def kind(self) -> Literal["protocol", "run", "collection", "site"]:
        if isinstance(self.of, Protocol):
            return "protocol"
        if isinstance(self.of, WholeSite):
            return "site"
        return "run" if isinstance(self.of, Run) else "collection"

    @property
    def title(self) -> str:
        if isinstance(self.of, Run):
            return f"Run {self.of.pk}: {self.of.model}, {self.of.recipe}, {self.of.prompt_set}"
        return self.folded or self.of.title

    @cached_property
    def folded(self) -> str:
        """What stands in place of the words of a collection that readers folded. Two queries."""
        return with_folding([self.of], None)[0].folded if isinstance(self.of, Collection) else ""

    @property
    def slug(self) -> str:
        return str(self.of.pk) if isinstance(self.of, Run) else self.of.slug

    @property
    def name(self) -> str:
        """What its files are called, without an ending."""
        return f"{self.kind}-{self.slug}"

    @property
    def about(self) -> str:
        if isinstance(self.of, Run):
            return f"What {self.of.model} wrote by the recipe “{self.of.recipe}”."
        if isinstance(self.of, Collection):
            return "" if self.folded else self.of.why
        return self.of.description

    @property
    def by(self) -> str:
        """Who is named for it; empty for nobody."""
        if isinstance(self.of, Collection):
            return self.of.by
        owner = self.of.owner if isinstance(self.of, Protocol) else None
        return owner.shown_name if owner else ""

    @property
    def path(self) -> str:
        return self.of.get_absolute_url()

    @property
    def protocol(self) -> Protocol | None:
        return self.of if isinstance(self.of, Protocol) else None

    # What was written ----------------------------------------------------------------------------

    @cached_property
    def every_output(self) -> OutputQuerySet:
        """All outputs that belong to it, whoever may read them, written or failed."""
        ended = Output.objects.to_judge().filter(state__in=[OutputState.DONE, OutputState.FAILED])
        if isinstance(self.of, WholeSite):
            return ended.public()
        if isinstance(self.of, Run):
            return ended.filter(run=self.of)
        if isinstance(self.of, Protocol):
            rows: Any = Item.objects.filter(version__protocol=self.of)
        else:
            rows = self.of.placements.all()
        shown = Q(pk__in=[])
        for side in SIDES:
            shown |= Q(pk__in=rows.exclude(**{side: None}).order_by().values(side))
        return ended.filter(shown)

    @cached_property
    def read_outputs(self) -> OutputQuerySet:
        """Those that the asker may read, withdrawn ones too. A collection shows what is public."""
        if isinstance(self.of, Collection | WholeSite):
            return self.every_output.public()
        return self.every_output.readable_by(self.asker)

    @cached_property
    def outputs(self) -> OutputQuerySet:
        """Those that go out."""
        return self.read_outputs.filter(withdrawn_at=None, run__withdrawn_at=None)

    @cached_property
    def prompts(self) -> PromptQuerySet:
        """The prompts of its outputs, and those that are judged alone."""
        if isinstance(self.of, WholeSite):
            return Prompt.objects.listed()
        asked = Q(pk__in=self.outputs.order_by().values("prompt"))
        if isinstance(self.of, Protocol):
            alone = Item.objects.filter(version__protocol=self.of, prompt__isnull=False)
            asked |= Q(pk__in=alone.order_by().values("prompt"))
            return Prompt.objects.readable_by(self.asker).filter(asked)
        return Prompt.objects.filter(asked)

    # What was answered ---------------------------------------------------------------------------

    @cached_property
    def every_judgment(self) -> JudgmentQuerySet:
        """All that was said under the protocol, or about outputs of the run or collection."""
        if isinstance(self.of, Protocol):
            forms = Judgment.objects.filter(item__version__protocol=self.of)
            beside = Q(prompt__isnull=False, form_token__in=forms.values("form_token"))
            return Judgment.objects.filter(Q(item__version__protocol=self.of) | beside)
        return Judgment.objects.filter(self.subject)

    @cached_property
    def subject(self) -> Q:
        """Condition on rows about an output or a prompt that goes out."""
        return Q(output__in=self.outputs.order_by().values("pk")) | Q(
            prompt__in=self.prompts.order_by().values("pk")
        )

    @cached_property
    def told_judgments(self) -> JudgmentQuerySet:
        """Those about what goes out that the asker may be told of."""
        about, open_to_all = self.every_judgment, ~Q(IsGuarded())
        if isinstance(self.of, Protocol):
            about = about.filter(self.subject)
            within = self.oversees or not self.of.is_public
            return about if within else about.filter(open_to_all)
        if isinstance(self.of, Collection | WholeSite) or self.of.is_public:
            return about.filter(open_to_all)
        here = Judgment.objects.filter(output__run=self.of)
        hidden = here.annotate(under=ProtocolOf()).filter(under__in=self.closed_protocols)
        kept = Q(form_token__in=here.values("form_token"))
        kept &= ~Q(form_token__in=hidden.values("form_token"))
        return about.filter(open_to_all | kept)

    @cached_property
    def closed_protocols(self) -> list[int]:
        """Protocols of which the asker may be told nothing."""
        readable = Protocol.objects.readable_by(self.asker).told()
        return list(Protocol.objects.exclude(pk__in=readable).values_list("pk", flat=True))

    @cached_property
    def judgments(self) -> JudgmentQuerySet:
        """Those that go out: standing, of no guest held back, of no gold that is in use, and in
        a release of no judge who stays out."""
        return self.going_out(self.told_judgments)

    def going_out(self, told: JudgmentQuerySet) -> JudgmentQuerySet:
        """Of judgments that the asker may be told of those that go out."""
        return countable(told).exclude(judge__in=self.staying_out)

    @cached_property
    def answers(self) -> AnswerQuerySet:
        """Those in force, and those to pages that were asked again."""
        given = Answer.objects.filter(judgment__in=self.judgments.order_by().values("pk"))
        return given.filter(Q(is_current=True) | Q(judgment__is_repeat=True))

    @cached_property
    def told_comparisons(self) -> ComparisonQuerySet:
        """Comparisons of two outputs that go out, as far as the asker may be told of them."""
        keys = self.outputs.order_by().values("pk")
        about = Comparison.objects.filter(left__in=keys, right__in=keys)
        open_to_all = ~Q(IsGuardedPair())
        if isinstance(self.of, Protocol):
            about = about.filter(item__version__protocol=self.of)
            return about if self.oversees or not self.of.is_public else about.filter(open_to_all)
        if isinstance(self.of, Collection | WholeSite) or self.of.is_public:
            return about.filter(open_to_all)
        own = Q(item=None) | ~Q(item__version__protocol__in=self.closed_protocols)
        return about.filter(open_to_all | own)

    @cached_property
    def comparisons(self) -> ComparisonQuerySet:
        """Those that go out."""
        return self.countable_comparisons.exclude(judge__in=self.staying_out)

    @cached_property
    def countable_comparisons(self) -> ComparisonQuerySet:
        """Those that go out, with those of judges who stay out."""
        return self.told_comparisons.filter(
            withdrawn_at=None, is_current=True, guest_check=GuestCheck.COUNTED
        ).exclude(item__in=gold_items())

    # Who answered --------------------------------------------------------------------------------

    @cached_property
    def staying_out(self) -> list[int]:
        """Judges who chose to be in no release."""
        if not isinstance(self.of, WholeSite):
            return []
        chose = Judge.objects.filter(Q(user__stays_out=True) | Q(stayed_out=True))
        return list(chose.values_list("pk", flat=True))

    @cached_property
    def is_for_everybody(self) -> bool:
        """Whether it holds nothing that not everybody may read."""
        if self.oversees:
            return False
        if isinstance(self.of, Collection | WholeSite):
            return True
        if not self.of.is_public:
            return False
        return not self.outputs.exclude(run__visibility="public").exists()

    @cached_property
    def met_in_rounds(self) -> frozenset[Whose]:
        """Judges with the outputs and prompts on which they met a group in a round."""
        rounds = Judgment.objects.filter(pk__in=given_in_rounds())
        return frozenset(
            (judge, output or 0, prompt or 0)
            for judge, output, prompt in rounds.values_list("judge", "output", "prompt")
        )

    @cached_property
    def model_judges(self) -> Mapping[int, str]:
        """What model judges are called, by key: they are known by name."""
        found = Judge.objects.filter(kind="model").select_related("language_model", "judge_prompt")
        return {judge.pk: judge.key for judge in found}

    @cached_property
    def salt(self) -> bytes:
        return site_salt()

    def name_of(self, judge: int, output: int | None = None, prompt: int | None = None) -> str:
        """The stable pseudonym of a judge on what an output, a prompt or neither is about.

        The one that frozen boards and their answers use; but where the asker may learn who judged
        here, one that holds in this study alone, so that it leads to nothing that somebody
        answered elsewhere. Nobody is followed through a round.
        """
        if judge in self.model_judges:
            return self.model_judges[judge]
        here = () if self.is_for_everybody else (WITHIN[self.kind], self.of.pk)
        whose = (judge, output or 0, prompt or 0)
        met = whose in self.met_in_rounds
        return pseudonym(self.salt, judge, (*here, *whose[1:]) if met else here)


def countable(told: JudgmentQuerySet) -> JudgmentQuerySet:
    """Of judgments those that go out, with those of judges who stay out."""
    counted = told.standing().filter(guest_check=GuestCheck.COUNTED)
    return counted.exclude(form_token__in=gold_forms())


def gold_items() -> Any:
    """Keys of the gold items of protocols that are still judged."""
    gold = Item.objects.filter(is_gold=True, version__protocol__closed_at=None)
    return gold.order_by().values("pk")


def gold_forms() -> Any:
    """Forms that were saved for them: what they say of prompts too."""
    return Judgment.objects.filter(item__in=gold_items()).order_by().values("form_token")


# Finding one -------------------------------------------------------------------------------------


def study_of(of: Protocol | Run | Collection, asker: Asker, judge: Judge | None = None) -> Study:
    """A study as this person may take it home. Makes a query or two.

    Raises:
        StudyRefused: where they may not read it, or nothing is told of it.
    """
    if isinstance(of, Protocol):
        if of.is_round:
            raise StudyRefused("What a group answered in a round stands on the round's own page.")
        if not may_see(of, asker, judge):
            raise StudyRefused(f"There is no protocol “{of.slug}” that you may read.")
        return Study(of, asker, may_oversee(of, asker))
    staff = isinstance(asker, User) and asker.is_staff
    if isinstance(of, Run):
        if of.purpose != "answers" or not of.may_be_read_by(asker):
            raise StudyRefused(f"There is no run {of.pk} that you may read.")
        return Study(of, asker, staff)
    owns = isinstance(asker, User) and of.owner_id == asker.pk
    if of.visibility == Shown.PRIVATE and not (owns or staff):
        raise StudyRefused(f"There is no collection “{of.slug}” that you may read.")
    if of.retired_at is not None or of.withheld:
        raise StudyRefused(f"“{of.title}” was retired.")
    return Study(of, asker, staff)


def may_freeze(study: Study) -> bool:
    """Whether the asker may freeze it: its owner, and staff."""
    asker, of = study.asker, study.of
    if not isinstance(asker, User):
        return False
    owner = of.launched_by_id if isinstance(of, Run) else of.owner_id
    return asker.is_staff or owner == asker.pk
