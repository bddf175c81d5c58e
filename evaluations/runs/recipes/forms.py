"""The form in which recipes are written, and the choice of what a page shows as sent."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser

from evaluations.accounts.models import User
from evaluations.common.texts.unseen import refuse_hidden
from evaluations.grading import GRADERS
from evaluations.inference import plans, ways
from evaluations.inference.strategies import INSTRUCTIONS, STEP_BY_STEP
from evaluations.prompts.models import Prompt
from evaluations.runs.models import LanguageModel, Plan, Recipe, Strategy
from evaluations.runs.models.recipes import ONE_REPLY
from evaluations.runs.recipes import written

MOST_PROMPTS = 300
LONGEST_TEXT, LONGEST_REPLY = 20_000, 32_768
GROUPS = (
    ("Words", ("strategy", "system", "examples", "instruction", "prefill", "template_arguments")),
    ("Drawing", ("temperature", "top_p", "top_k", "min_p", "repetition_penalty",
                 "max_new_tokens", "stop", "samples", "logprobs")),
    ("Thought", ("effort", "summary")),
    ("Plan", ("plan", "plan_number", "plan_words", "plan_grader")),
)  # fmt: skip
READ: dict[str, tuple[Callable[[str], Any], Callable[[Any], str]]] = {
    "examples": (written.examples_from, written.examples_as),
    "template_arguments": (written.arguments_from, written.arguments_as),
    "stop": (written.stops_from, written.stops_as),
}


def words(rows: int, **fields: Any) -> forms.CharField:
    fields = {"required": False, "max_length": LONGEST_TEXT, **fields}
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), strip=False, **fields)


class RecipeForm(forms.Form):
    """How a model is asked. `fields` of a valid form are those of `Recipe.ASKS_BY`, and samples."""

    name = forms.CharField(
        max_length=80, validators=[refuse_hidden],
        help_text="As boards show it. It stays as it is.",
    )  # fmt: skip
    strategy = forms.ChoiceField(
        label="What is asked for", choices=Strategy.choices, initial=Strategy.STEPS,
        help_text="Direct: the whole reply is read as the answer. Step by step: the answer is "
        "looked for behind the working.",
    )  # fmt: skip
    system = words(2, label="System message", help_text="Empty: none of this site. Some models "
                   "bring one of their own, and some take none.")  # fmt: skip
    examples = words(
        5, help_text="What is asked, a line with => alone, the reply; a line with --- alone before "
        "the next one. They are sent before the prompt, each with the instruction.",
    )  # fmt: skip
    instruction = words(
        3, initial=INSTRUCTIONS[STEP_BY_STEP],
        help_text="Sent behind the prompt, after a blank line. Empty: the prompt alone.",
    )  # fmt: skip
    prefill = words(2, label="Beginning of the reply", help_text="The model goes on from these "
                    "words, which are part of the output.")  # fmt: skip
    template_arguments = words(
        2, label="Arguments of the chat template", help_text="A line each, such as "
        "enable_thinking = true. A model whose template does not name them is refused.",
    )  # fmt: skip
    temperature = forms.FloatField(min_value=0, max_value=2, initial=0.7, help_text="0 draws "
                                   "nothing: always the likeliest token.")  # fmt: skip
    top_p = forms.FloatField(min_value=0.01, max_value=1, initial=0.95, label="Top-p",
                             help_text="1 keeps every token.")  # fmt: skip
    top_k = forms.IntegerField(min_value=0, max_value=100_000, initial=0, label="Top-k",
                               help_text="0 keeps every token.")  # fmt: skip
    min_p = forms.FloatField(min_value=0, max_value=0.99, initial=0, label="Min-p",
                             help_text="0 keeps every token.")  # fmt: skip
    repetition_penalty = forms.FloatField(min_value=0.1, max_value=10, initial=1,
                                          help_text="1 is none.")  # fmt: skip
    max_new_tokens = forms.IntegerField(
        label="Most tokens of a reply", min_value=1, max_value=LONGEST_REPLY, initial=256
    )
    stop = words(2, label="Stop strings", max_length=500, help_text="One a line; \\n is a line "
                 "break. The reply ends before the first of them.")  # fmt: skip
    samples = forms.IntegerField(
        label="Samples for each prompt", min_value=1, max_value=1000, initial=1,
        help_text="Where a run says nothing else. The seed is the run’s.",
    )  # fmt: skip
    logprobs = forms.BooleanField(
        label="Keep how likely each token was", required=False,
        help_text="Log-probabilities, shown with the output. A model is refused whose engine does "
        "not tell them.",
    )  # fmt: skip
    effort = forms.ChoiceField(
        label="Effort of thought", required=False,
        choices=[("", "the model’s own"), *((each, each) for each in ways.EFFORTS)],
        help_text="How much a reasoning model at an endpoint is to think. One is refused whose "
        "probe did not show that it takes this effort.",
    )  # fmt: skip
    summary = forms.ChoiceField(
        label="Summary of the thought", required=False,
        choices=[("", "not asked for"), *((each, each) for each in ways.SUMMARIES)],
        help_text="At endpoints of the dialect “responses”, where the thought itself is not shown. "
        "A summary is never judged as a trace.",
    )  # fmt: skip
    plan = forms.ChoiceField(choices=Plan.choices, initial=Plan.SINGLE)
    plan_number = forms.IntegerField(
        label="Number of the plan", min_value=1, required=False,
        help_text="Tokens of thought, times to go on, replies to choose from, or rounds of "
        "revision. One reply has none.",
    )  # fmt: skip
    plan_words = words(
        2, label="Words of the plan", max_length=2000,
        help_text=f"To make it go on: empty is “{plans.WAIT}”. To revise: empty is "
        f"“{plans.REVISE_WORDS}”",
    )  # fmt: skip
    plan_grader = forms.ChoiceField(
        label="Grader of the plan", required=False,
        choices=[("", "that of the prompt"), *((key, each.title) for key, each in GRADERS.items())],
        help_text="By which the best of several replies is found.",
    )  # fmt: skip

    @classmethod
    def of(cls, recipe: Recipe) -> dict[str, Any]:
        """Initial values that write a recipe like this one."""
        values = {name: getattr(recipe, name) for name in (*Recipe.ASKS_BY, "samples", "name")}
        values |= {name: back(values[name]) for name, (_, back) in READ.items()}
        values["plan_number"] = recipe.plan_number or None
        return values

    def clean(self) -> dict[str, Any]:
        sent = self.cleaned_data
        for name, (read, _) in READ.items():
            try:
                sent[name] = read(sent.get(name, ""))
            except written.NotReadable as error:
                self.add_error(name, str(error))
        for name in ("system", "instruction", "plan_words"):
            sent[name] = sent.get(name, "").replace("\r\n", "\n").strip()
        sent["prefill"] = sent.get("prefill", "").replace("\r\n", "\n")
        self.check_plan(sent)
        return sent

    def check_plan(self, sent: dict[str, Any]) -> None:
        """What a plan does not use is left out; what it needs must be there."""
        plan, number = sent.get("plan", ""), sent.get("plan_number")
        if plan == Plan.SINGLE:
            sent["plan_number"] = 0
        elif not number and "plan_number" not in self.errors:
            self.add_error("plan_number", "This plan needs a number.")
        elif number and number > plans.MOST.get(plan, number):
            self.add_error("plan_number", f"At most {plans.MOST[plan]:,} for this plan.")
        if plan not in (Plan.EXTEND, Plan.REVISE):
            sent["plan_words"] = ""
        if plan != Plan.BEST_OF:
            sent["plan_grader"] = ""
        if sent.get("logprobs") and plan != Plan.SINGLE:
            self.add_error("logprobs", ONE_REPLY)
        if plan in ways.CHOOSING and sent.get("temperature") == 0:
            self.add_error(
                "temperature", "At temperature 0 all replies are equal: choose one above 0."
            )

    def said(self) -> dict[str, Any]:
        """The fields of a recipe, of a form that is valid."""
        return {name: self.cleaned_data[name] for name in (*Recipe.ASKS_BY, "samples")}

    def groups(self) -> list[tuple[str, list[Any]]]:
        return [(title, [self[name] for name in names]) for title, names in GROUPS]


class ChangeForm(RecipeForm):
    """The same for a recipe that exists: its name stays."""

    name = None  # type: ignore[assignment]


class PromptChoice(forms.ModelChoiceField[Prompt]):
    def label_from_instance(self, obj: Prompt) -> str:
        return f"{obj.title} ({obj.prompt_set.title})"


class ExampleForm(forms.Form):
    """For which prompt and model a page shows what is sent. Named by slugs, also in addresses."""

    prompt = PromptChoice(
        Prompt.objects.none(), to_field_name="slug", required=False, empty_label=None
    )
    model = forms.ModelChoiceField(
        LanguageModel.objects.none(), to_field_name="slug", required=False, empty_label=None
    )

    def __init__(self, user: User | AnonymousUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        readable = Prompt.objects.to_answer().to_be_asked().readable_by(user)
        named = str(self.data.get("prompt", "")).replace("\0", "")
        listed = Prompt.objects.listed_for(user).for_list().to_be_asked()
        first = list(listed.values_list("pk", flat=True)[:MOST_PROMPTS])
        chosen = readable.filter(slug=named).values_list("pk", flat=True) if named else ()
        shown = Prompt.objects.filter(pk__in=[*first, *chosen]).select_related("prompt_set")
        ordered = shown.order_by("prompt_set__position", "prompt_set__title", "position", "pk")
        self.fields["prompt"].queryset = ordered  # type: ignore[attr-defined]
        models = LanguageModel.objects.can_be_asked().select_related("endpoint")
        self.fields["model"].queryset = models  # type: ignore[attr-defined]

    def chosen(self) -> tuple[Prompt | None, LanguageModel | None]:
        """Prompt and model; the first of each where none is named. Makes four queries at most."""
        self.is_valid()
        named = self.cleaned_data if self.is_bound else {}
        fields: Any = self.fields
        return (
            named.get("prompt") or fields["prompt"].queryset.first(),
            named.get("model") or fields["model"].queryset.first(),
        )
