import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser

from evaluations.accounts.models import User
from evaluations.accounts.visibility_forms import audience_field, publish_field
from evaluations.prompts.models import PromptSet
from evaluations.runs.engines import why_not
from evaluations.runs.models import LanguageModel, Recipe, Run
from evaluations.runs.progress import trial_of

LARGEST_SEED = 2**63 - 1


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


class PromptSetField(forms.ModelChoiceField[PromptSet]):
    def label_from_instance(self, obj: Any) -> str:
        """The title with the number of prompts, by which the size of a run can be told."""
        count = obj.prompt_count
        return f"{obj.title} ({count} prompt{'' if count == 1 else 's'})"


class RecipeField(forms.ModelChoiceField[Recipe]):
    def label_from_instance(self, obj: Recipe) -> str:
        return (
            f"{obj.name} (temperature {obj.temperature:g}, top-p {obj.top_p:g}, "
            f"at most {obj.max_new_tokens} tokens)"
        )


class ModelField(forms.ModelChoiceField[LanguageModel]):
    """Language models that can be asked, each with whether it was tried here."""

    def __init__(self) -> None:
        models = LanguageModel.objects.can_be_asked().with_trial().select_related("endpoint")
        super().__init__(models, empty_label=None)

    def label_from_instance(self, obj: LanguageModel) -> str:
        mark = trial_of(obj).mark
        return f"{obj.name} ({mark})" if mark else obj.name


class RunForm(forms.Form):
    """A run to be launched. `form_token` makes a second sending launch nothing more."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    model = ModelField()
    recipe = RecipeField(
        Recipe.objects.listed(), empty_label=None, help_text="How the model is asked."
    )
    prompt_set = PromptSetField(PromptSet.objects.none(), empty_label=None)
    samples = forms.IntegerField(
        label="Samples for each prompt",
        min_value=1,
        max_value=1000,
        required=False,
        help_text="Empty: as many as the recipe says.",
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
        label="Repeat a run that asked the same with the same seed",
        required=False,
        help_text="To check that its outputs come out again. They stand in lists and count once.",
    )

    def __init__(self, user: User | AnonymousUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sets = PromptSet.objects.listed_for(user).to_be_asked().for_list()
        self.fields["visibility"].required = False
        named = self.initial.get("prompt_set")
        if named is not None and not named.is_public:
            # One that is not in lists, by whose address somebody came.
            self.sets = PromptSet.objects.readable_by(user).to_be_asked().for_list()
        self.fields["prompt_set"].queryset = self.sets  # type: ignore[attr-defined]
        if named is not None:
            self.initial.setdefault("visibility", named.visibility)

    def clean(self) -> dict[str, Any]:
        """Refuses what the model's engine lacks, and what an equal run has written already."""
        sent = self.cleaned_data
        if "model" in sent and "recipe" in sent and (why := why_not(sent["model"], sent["recipe"])):
            self.add_error("recipe", f"“{sent['model'].name}” cannot be asked by it. {why}")
        if self.errors or sent["repeat"]:
            return sent
        equal = Run.objects.equal_to(
            model=sent["model"],
            recipe=sent["recipe"],
            prompt_set=sent["prompt_set"],
            seed=sent["seed"],
        )
        if run := equal.exclude(form_token=sent["form_token"]).order_by("id").first():
            self.add_error("seed", equal_in_words(run))
        return sent

    @staticmethod
    def opening(chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Initial values of a form that is shown for the first time."""
        return {"form_token": uuid.uuid4(), **{k: v for k, v in chosen.items() if v}}

    def planned(self) -> int | None:
        """How many outputs the run will have; None while the form does not say."""
        prompt_set: PromptSet | None
        recipe: Recipe | None
        samples: int | None
        if self.is_bound:
            self.is_valid()
            if "samples" not in self.cleaned_data:
                return None
            prompt_set = self.cleaned_data.get("prompt_set")
            recipe = self.cleaned_data.get("recipe")
            samples = self.cleaned_data["samples"]
        else:
            prompt_set = (
                self.get_initial_for_field(self.fields["prompt_set"], "prompt_set")
                or self.sets.first()
            )
            recipe = (
                self.get_initial_for_field(self.fields["recipe"], "recipe")
                or Recipe.objects.listed().first()
            )
            samples = None
        if samples is None and recipe is not None:
            samples = 1 if recipe.is_greedy else recipe.samples
        if prompt_set is None or samples is None:
            return None
        return prompt_set.prompts.to_be_asked().count() * samples
