"""Putting a grid together, its ceiling, more samples."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility_forms import audience_field, publish_field
from evaluations.common.parameters import whole_number
from evaluations.prompts.models import PromptSet
from evaluations.runs.actions import MAX_OUTPUTS_A_RUN
from evaluations.runs.building.cells import MOST_CELLS, Cell, cells_of
from evaluations.runs.building.refusals import (
    model_refusal,
    pause_refusal,
    recipe_refusal,
    set_refusal,
)
from evaluations.runs.endpoints.prices import price_on
from evaluations.runs.forms import model_words
from evaluations.runs.models import Grid, LanguageModel, Plan, Recipe, Run

LARGEST_SEED = 2**63 - 1
MANY = "model", "recipe", "prompt_set"


def equal_in_words(run: Run) -> str:
    """Why a run that is equal to this one gives nothing new, and what would."""
    if run.recipe.is_greedy:
        return (
            f"Run {run.pk} asked the same, and at temperature 0 nothing is drawn: the outputs "
            "would be the same again. Choose another recipe for more samples."
        )
    return (
        f"Run {run.pk} asked the same with this seed: its {run.samples} "
        f"{'sample' if run.samples == 1 else 'samples'} of each prompt would be the same again "
        "and count once. Leave the seed empty for more samples."
    )


class Offered(ModelChoiceIterator[Any]):
    """The rows as they were read for the form, and not anew for its boxes."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        assert isinstance(self.field, Several)
        return map(self.choice, self.field.rows)


class Several(forms.ModelMultipleChoiceField[Any]):
    """Several rows, each with a box. One that is not offered is refused by its own reason.

    Args:
        why: says of a row why it is not offered.
        words: what stands beside its box.
    """

    iterator = Offered

    def __init__(self, why: Callable[[Any], str], words: Callable[[Any], str], **kw: Any) -> None:
        super().__init__(LanguageModel.objects.none(), widget=forms.CheckboxSelectMultiple, **kw)
        self.why, self.words = why, words
        self.known: QuerySet[Any] = LanguageModel.objects.none()

    def offer(self, rows: QuerySet[Any], known: QuerySet[Any]) -> None:
        """Offer *rows* of all that are *known* to whoever chooses."""
        self.queryset, self.known = rows, known
        self.__dict__.pop("rows", None)

    @cached_property
    def rows(self) -> list[Any]:
        """What is offered. One query."""
        assert self.queryset is not None
        return list(self.queryset)

    def label_from_instance(self, obj: Any) -> str:
        return self.words(obj)

    def clean(self, value: Any) -> Any:
        keys = [whole_number(str(each)) for each in value or []]
        if None in keys:
            raise forms.ValidationError("Choose among those that are offered.")
        try:
            return super().clean(value)
        except forms.ValidationError:
            reasons = [why for row in self.known.filter(pk__in=keys) if (why := self.why(row))]
            if reasons:
                raise forms.ValidationError(reasons) from None
            raise


def recipe_words(recipe: Recipe) -> str:
    plan = "" if recipe.plan == Plan.SINGLE else f"{recipe.get_plan_display()}, "
    return (
        f"{recipe.name} ({plan}temperature {recipe.temperature:g}, top-p {recipe.top_p:g}, "
        f"at most {recipe.most_tokens} tokens)"
    )


def set_words(prompt_set: Any) -> str:
    """The title with the number of prompts, by which the size of a run can be told."""
    count = prompt_set.prompt_count
    return f"{prompt_set.title} ({count} prompt{'' if count == 1 else 's'})"


class CeilingForm(forms.Form):
    """Where a grid pauses by itself."""

    ceiling_dollars = forms.DecimalField(
        label="Pause at a cost in dollars",
        min_value=0.0001,
        max_digits=12,
        decimal_places=4,
        required=False,
        help_text="By the prices of the endpoints. What is being written when it is reached is "
        "written to its end, and costs that much more. Empty: no ceiling.",
    )
    ceiling_tokens = forms.IntegerField(
        label="Pause at so many tokens",
        min_value=1,
        max_value=10**15,
        required=False,
        help_text="Read and written together, of all runs that are launched together.",
    )

    def check_prices(self, models: Iterable[LanguageModel]) -> None:
        """Refuse a ceiling in dollars that nothing could be measured against."""
        if self.cleaned_data.get("ceiling_dollars") is None:
            return
        today = timezone.localdate()
        asked = [model for model in models if model.endpoint_id]
        unpriced = [f"“{model.name}”" for model in asked if price_on(model, today) is None]
        if not asked:
            self.add_error(
                "ceiling_dollars", "None of these models costs money. Give a ceiling in tokens."
            )
        elif unpriced:
            self.add_error(
                "ceiling_dollars",
                f"Nobody knows what {', '.join(unpriced)} costs: staff set prices on the page of "
                "its endpoint. Give a ceiling in tokens.",
            )


class RunForm(CeilingForm):
    """Runs to be launched, one for each model, recipe and prompt set.

    `form_token` makes a second sending launch nothing more.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)
    model = Several(model_refusal, model_words, label="Models")
    recipe = Several(lambda _: "", recipe_words, label="Recipes",
                     help_text="How the models are asked.")  # fmt: skip
    prompt_set = Several(
        lambda chosen: set_refusal(chosen, chosen.prompts.to_be_asked().count()), set_words,
        label="Prompt sets",
    )  # fmt: skip
    samples = forms.IntegerField(
        label="Samples for each prompt",
        min_value=1,
        max_value=1000,
        required=False,
        help_text="Empty: as many as each recipe says. At temperature 0 it is always one.",
    )
    seed = forms.IntegerField(
        min_value=0,
        max_value=LARGEST_SEED,
        required=False,
        help_text="Empty: a fresh one is drawn, for new samples. The same seed on the same model, "
        "recipe and prompts gives the same outputs again.",
    )
    visibility = audience_field()
    publish_on = publish_field()
    repeat = forms.BooleanField(
        label="Ask again what was asked before with the same seed",
        required=False,
        help_text="To check that outputs come out again. Without it they are taken over where the "
        "model’s engine promises the seed, marked, and nothing is written twice. Either way they "
        "count once.",
    )
    field_order = ("form_token", "instead_of", *MANY, "samples", "seed", "ceiling_dollars",
                   "ceiling_tokens", "visibility", "publish_on", "repeat")  # fmt: skip

    def __init__(self, user: User | AnonymousUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        sets = PromptSet.objects.listed_for(user).to_be_asked().for_list()
        readable = PromptSet.objects.readable_by(user).to_answer()
        named = list(self.initial.get("prompt_set") or [])
        if any(not each.is_public for each in named):
            # One that is not in lists, by whose address somebody came.
            sets = PromptSet.objects.readable_by(user).to_be_asked().for_list()
        self.fields["visibility"].required = False
        self.offer("model", LanguageModel.objects.can_be_asked().with_trial()
                   .select_related("endpoint"), LanguageModel.objects.all())  # fmt: skip
        self.offer("recipe", Recipe.objects.listed(), Recipe.objects.listed())
        self.offer("prompt_set", sets, readable)
        if not self.is_bound:
            for name in MANY:
                self.initial[name] = list(self.initial.get(name) or self.several(name).rows[:1])
        if named:
            self.initial.setdefault("visibility", named[0].visibility)

    def several(self, name: str) -> Several:
        field = self.fields[name]
        assert isinstance(field, Several)
        return field

    def offer(self, name: str, rows: QuerySet[Any], known: QuerySet[Any]) -> None:
        self.several(name).offer(rows, known)

    def clean(self) -> dict[str, Any]:
        """Refuses what cannot be asked, each at its field, and what would give nothing new."""
        sent = self.cleaned_data
        for why in filter(None, map(pause_refusal, sent.get("model", ()))):
            self.add_error("model", why)
        models = sent.get("model", ())
        for recipe in sent.get("recipe", ()):
            for why in filter(None, (recipe_refusal(model, recipe) for model in models)):
                self.add_error("recipe", why)
        for chosen in sent.get("prompt_set", ()):
            if why := set_refusal(chosen, chosen.prompt_count):
                self.add_error("prompt_set", why)
        self.check_prices(models)
        cells = self.cells()
        if len(cells) > MOST_CELLS:
            self.add_error(None, f"These are {len(cells)} cells; a grid has at most {MOST_CELLS}.")
        elif (outputs := sum(cell.outputs for cell in cells)) > MAX_OUTPUTS_A_RUN:
            most = f"{MAX_OUTPUTS_A_RUN:,}"
            self.add_error("samples", f"These are {outputs:,} outputs; at most {most} go at once.")
        if not self.errors and not sent["repeat"]:
            self.check_news(cells)
        return sent

    def check_news(self, cells: list[Cell]) -> None:
        """Refuse a grid of which every cell is equal to a run."""
        equal = []
        for cell in cells:
            rows = Run.objects.equal_to(
                model=cell.model,
                recipe=cell.recipe,
                prompt_set=cell.prompt_set,
                seed=self.cleaned_data["seed"],
            ).exclude(grid__form_token=self.cleaned_data["form_token"])
            run = rows.filter(samples__gte=cell.samples).order_by("id").first()
            if run is None:
                return
            equal.append(run)
        if equal:
            self.add_error("seed", equal_in_words(equal[0]))

    @property
    def said(self) -> Mapping[str, Any]:
        """What could be read of what was typed; of a fresh form, what it opens with."""
        return self.cleaned_data if self.is_bound else self.initial

    def cells(self) -> list[Cell]:
        """The cells that are chosen; none while the form does not say."""
        said = self.said
        if self.is_bound and "samples" not in said:
            return []
        chosen = [said.get(name) or [] for name in MANY]
        if not self.is_bound:
            # With what the fields know of each row.
            chosen = [
                [row for row in self.several(name).rows if row in rows]
                for name, rows in zip(MANY, chosen, strict=True)
            ]
        models, recipes, sets = map(list, chosen)
        if len(models) * len(recipes) * len(sets) > 10 * MOST_CELLS:
            return []
        return cells_of(
            models=models, recipes=recipes, prompt_sets=sets, samples=said.get("samples")
        )

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed, to be stored and to come back to; without tokens."""
        own = [name for name in self.fields if name not in ("form_token", "instead_of")]
        sent = self.data
        assert isinstance(sent, QueryDict)
        return {name: sent.getlist(name) for name in own if name in sent}

    def afresh(self, before: Grid) -> "RunForm":
        """What was sent as a form of its own: sent again, it takes the place of what was tried."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["form_token"] = str(uuid.uuid4())
        data["instead_of"] = str(before.pk) if before.is_tried else ""
        again = RunForm(self.user, data)
        again.is_valid()
        return again

    @staticmethod
    def opening(chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Initial values of a form that is shown for the first time."""
        return {"form_token": uuid.uuid4(), **{k: v for k, v in chosen.items() if v}}


class GridCeilingForm(CeilingForm):
    """The ceiling of a grid that is launched already."""

    def __init__(self, grid: Grid, data: Any = None) -> None:
        names = ("ceiling_dollars", "ceiling_tokens")
        super().__init__(data, initial={name: getattr(grid, name) for name in names})
        self.grid = grid

    def clean(self) -> dict[str, Any]:
        self.check_prices(LanguageModel.objects.filter(runs__grid=self.grid).distinct())
        return self.cleaned_data


class MoreForm(forms.Form):
    """How often each prompt of a run is asked in all."""

    samples = forms.IntegerField(label="Samples for each prompt, in all", min_value=1,
                                 max_value=1000)  # fmt: skip
