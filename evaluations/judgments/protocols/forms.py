"""The form of a protocol: which items, what is asked about them, and of whom."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser

from evaluations.accounts.models import User
from evaluations.common.texts.unseen import refuse_hidden
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import (
    Access,
    Block,
    Judge,
    JudgeKind,
    Protocol,
    SkipPolicy,
    StepMode,
    Subject,
)
from evaluations.judgments.protocols.actions import RESERVED
from evaluations.judgments.protocols.block_forms import ORDINALS, in_order
from evaluations.judgments.protocols.plans import Plan
from evaluations.judgments.protocols.reading import OUTPUT_FILTERS, selected_count
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import LanguageModel, Recipe

MOST_BLOCKS = 6
LARGEST_SEED = 2**31 - 1
STOP_REASONS = (
    ("stop", "by itself"),
    ("length", "at its limit of tokens"),
    ("filtered", "by a server’s filter"),
)

Choices = Sequence[tuple[Any, Any]]


def checkboxes(label: str, choices: Choices, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


def percent(label: str, most: int, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, help_text=help_text)


class ProtocolForm(forms.Form):
    """A protocol and what its version asks. *protocol* is the one that is edited, if any."""

    title = forms.CharField(max_length=100, validators=[refuse_hidden])
    slug = forms.SlugField(
        label="Address",
        max_length=60,
        required=False,
        help_text="The last part of its address, in small letters, digits and dashes. "
        "Empty: made from the title.",
    )
    description = forms.CharField(
        required=False,
        max_length=4000,
        help_text="For judges: what this is about, and what becomes of their answers.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    access = forms.ChoiceField(
        label="Who may judge", choices=Access, initial=Access.ANYONE, widget=forms.RadioSelect
    )
    subject = forms.ChoiceField(
        label="One item shows",
        choices=Subject,
        initial=Subject.OUTPUT,
        widget=forms.RadioSelect,
        help_text="About a prompt alone, only its prompt sets select.",
    )
    sample = forms.IntegerField(
        label="Sample",
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="So many at random. Empty: all of them.",
    )
    seed = forms.IntegerField(
        min_value=0,
        max_value=LARGEST_SEED,
        initial=0,
        required=False,
        help_text="The same seed draws the same sample again.",
    )
    shows_source = forms.BooleanField(
        label="Show name and source of a definition with its statement", required=False,
        initial=True,
    )  # fmt: skip
    asks_holistic = forms.BooleanField(
        label="Ask “would you call this reasoning?”, without any definition", required=False
    )
    steps = forms.ChoiceField(
        label="Steps of the working", choices=StepMode, required=False, widget=forms.RadioSelect,
        initial=StepMode.NONE,
    )  # fmt: skip
    asks_confidence = forms.BooleanField(label="Ask how sure the judge is", required=False)
    asks_agreement = forms.BooleanField(
        label="Ask which share of judges will answer the same", required=False
    )
    shows_reference = forms.BooleanField(
        label="Show the reference answer once the questions are answered", required=False,
        initial=True,
    )  # fmt: skip
    judges_per_item = forms.IntegerField(
        label="Judges for each item", min_value=1, max_value=100, initial=3
    )
    skip_policy = forms.ChoiceField(
        label="When a judge skips an item",
        choices=SkipPolicy,
        initial=SkipPolicy.OTHERS,
        widget=forms.RadioSelect,
    )
    gold_share = percent(
        "Gold items, in percent",
        50,
        "How many of the items that are served are gold, while a judge has not seen them all. "
        "Gold items are chosen on a page of their own, once the protocol is saved.",
    )
    gold_feedback = forms.BooleanField(
        label="Tell the judge the expected answer after a gold item", required=False, initial=True
    )
    qualification_share = percent(
        "Qualification, in percent",
        100,
        "How much of the qualification set a judge has to get right, or nothing of theirs counts. "
        "0: there is none.",
    )
    repeat_share = percent(
        "Repeats, in percent",
        20,
        "How many of the outputs that are served a judge did before: answered again without "
        "seeing the first answers, they tell how steady a judge is and change no verdict. "
        "Signed-in judges meet the first after 20 outputs of their own. 0: none.",
    )
    suggestion_judge = forms.ChoiceField(
        label="Model judge whose answers are shown", required=False
    )
    suggestion_share = percent(
        "Items that show them, in percent",
        100,
        "Drawn at random, so that their effect can be measured. 0: never.",
    )

    def __init__(
        self,
        *args: Any,
        protocol: Protocol | None = None,
        plan: Plan | None = None,
        actor: User | AnonymousUser | None = None,
        **kwargs: Any,
    ) -> None:
        self.protocol, self.actor = protocol, actor
        kwargs.setdefault("initial", self.opening(protocol, plan))
        super().__init__(*args, **kwargs)
        if protocol is not None:
            del self.fields["slug"]
        self.fields["gold_share"].initial = 10
        self.fields["qualification_share"].initial = 0
        self.fields["repeat_share"].initial = 5
        self.fields["suggestion_share"].initial = 0
        self.fields["suggestion_share"].required = False
        self.add_filters(plan)
        self.add_blocks(len(plan.blocks) if plan else 0)
        self.add_definitions(plan, actor)
        self.add_model_judges()

    def add_filters(self, plan: Plan | None) -> None:
        """What the editor is listed, and what the edited version selects already."""

        def offered(name: str, rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
            listed = dict(rows)
            selected = plan.selection.get(name, ()) if plan else ()
            return [*listed.items(), *((slug, slug) for slug in selected if slug not in listed)]

        models = LanguageModel.objects.listed_for(self.actor).values_list("slug", "name")
        recipes = Recipe.objects.listed().values_list("slug", "name")
        sets = PromptSet.objects.to_answer().listed_for(self.actor).values_list("slug", "title")
        self.fields["models"] = checkboxes("Models", offered("models", models), "None chosen: all.")
        self.fields["recipes"] = checkboxes(
            "Recipes", offered("recipes", recipes), "None chosen: all."
        )
        self.fields["prompt_sets"] = checkboxes(
            "Prompt sets", offered("prompt_sets", sets), "None chosen: all."
        )
        self.fields["stop_reasons"] = checkboxes(
            "The output ended", STOP_REASONS, "None chosen: however it ended."
        )

    def add_blocks(self, at_least: int) -> None:
        self.blocks = {str(block.pk): block for block in Block.objects.order_by("title")}
        choices = [("", "none"), *((key, block.title) for key, block in self.blocks.items())]
        for number in range(1, max(MOST_BLOCKS, at_least) + 1):
            ordinal = ORDINALS[number - 1] if number <= len(ORDINALS) else f"{number}th"
            self.fields[f"block-{number}"] = forms.ChoiceField(
                label=f"{ordinal} block", choices=choices, required=False
            )

    def add_definitions(self, plan: Plan | None, actor: User | AnonymousUser | None) -> None:
        """The curated definitions, one's own, and those that the edited version asks already."""
        known = DefinitionVersion.objects.published()
        mine = known.filter(definition__owner=actor) if isinstance(actor, User) else known.none()
        offered = list(DefinitionVersion.objects.curated() | mine)
        asked = [v for v in (plan.definitions if plan else ()) if v not in offered]
        self.definitions = {str(version.pk): version for version in [*offered, *asked]}
        self.fields["definitions"] = checkboxes(
            "Definitions",
            [
                (key, version.definition.name + ("" if version.is_current else f" ({version})"))
                for key, version in self.definitions.items()
            ],
            "Each judge gets them in another order, so that each comes first equally often.",
        )

    def add_model_judges(self) -> None:
        """The suggestion is offered only where there is a model judge to make one."""
        judges = Judge.objects.filter(kind=JudgeKind.MODEL).select_related(
            "language_model", "judge_prompt"
        )
        self.model_judges = {str(judge.pk): judge for judge in judges}
        if not self.model_judges:
            del self.fields["suggestion_judge"], self.fields["suggestion_share"]
            return
        suggested = self.fields["suggestion_judge"]
        assert isinstance(suggested, forms.ChoiceField)
        names = ((key, judge.called) for key, judge in self.model_judges.items())
        suggested.choices = [("", "none"), *names]

    @staticmethod
    def opening(protocol: Protocol | None, plan: Plan | None) -> dict[str, Any]:
        """Initial values: what the protocol and its version say; nothing for a new one."""
        if protocol is None or plan is None:
            return {}
        columns = plan.columns()
        selection = columns.pop("selection")
        judge = columns.pop("suggestion_judge")
        return {
            "title": protocol.title,
            "description": protocol.description,
            "access": protocol.access,
            **columns,
            **selection,
            "suggestion_judge": str(judge.pk) if judge else "",
            "definitions": [str(version.pk) for version in plan.definitions],
            **{f"block-{n}": str(b.pk) for n, b in enumerate(plan.blocks, start=1)},
        }

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"].lower()
        if slug in RESERVED:
            raise forms.ValidationError(f"“{slug}” is a word that addresses here need.")
        if slug and Protocol.objects.filter(slug=slug).exists():
            raise forms.ValidationError(f"There is a protocol “{slug}” already.")
        return slug

    def clean(self) -> dict[str, Any]:
        fields = self.cleaned_data
        fields["blocks"] = [self.blocks[key] for key in in_order(self, "block", "block")]
        if fields.get("suggestion_share") and not fields.get("suggestion_judge"):
            self.add_error("suggestion_judge", "Choose the model judge whose answers are shown.")
        if not self.errors and (why := self.plan().refusal()):
            raise forms.ValidationError(why)
        return fields

    def plan(self) -> Plan:
        """What the form says a version asks; call after the fields are clean."""
        fields = self.cleaned_data
        names = (
            "subject", "judges_per_item", "shows_source", "asks_holistic", "steps",
            "asks_confidence", "asks_agreement", "shows_reference", "skip_policy", "gold_share",
            "gold_feedback", "qualification_share", "repeat_share",
        )  # fmt: skip
        return Plan(
            **{name: fields[name] for name in names},
            selection=self.selection(fields),
            blocks=tuple(fields["blocks"]),
            definitions=tuple(self.definitions[key] for key in fields["definitions"]),
            suggestion_judge=self.model_judges.get(fields.get("suggestion_judge") or ""),
            suggestion_share=fields.get("suggestion_share") or 0,
        )

    @staticmethod
    def selection(fields: Mapping[str, Any]) -> dict[str, Any]:
        """A version's selection; filters that choose nothing are left out."""
        about_prompts = fields.get("subject") == Subject.PROMPT
        names = ("prompt_sets",) if about_prompts else tuple(OUTPUT_FILTERS)
        chosen: dict[str, Any] = {name: list(fields[name]) for name in names if fields.get(name)}
        if fields.get("sample"):
            chosen |= {"sample": fields["sample"], "seed": fields.get("seed") or 0}
        return chosen

    def selected(self) -> int | None:
        """How many items the form selects so far; None while its filters cannot be read."""
        if not self.is_bound:
            values = {name: self.get_initial_for_field(f, name) for name, f in self.fields.items()}
            return selected_count(values["subject"], self.selection(values), self.protocol)
        if {"subject", "sample", "seed", *OUTPUT_FILTERS} & set(self.errors):
            return None
        fields = self.cleaned_data
        return selected_count(fields["subject"], self.selection(fields), self.protocol)

    def group(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    @property
    def about(self) -> list[forms.BoundField]:
        return self.group("title", "slug", "description", "access")

    @property
    def choosing(self) -> list[forms.BoundField]:
        return self.group("subject", *OUTPUT_FILTERS, "sample", "seed")

    @property
    def block_fields(self) -> list[forms.BoundField]:
        return self.group(*(name for name in self.fields if name.startswith("block-")))

    @property
    def other_questions(self) -> list[forms.BoundField]:
        return self.group("steps", "asks_holistic", "asks_confidence", "asks_agreement")

    @property
    def serving(self) -> list[forms.BoundField]:
        return self.group("judges_per_item", "skip_policy", "shows_reference")

    @property
    def checking(self) -> list[forms.BoundField]:
        return self.group("gold_share", "gold_feedback", "qualification_share", "repeat_share")

    @property
    def suggesting(self) -> list[forms.BoundField]:
        return self.group("suggestion_judge", "suggestion_share")
