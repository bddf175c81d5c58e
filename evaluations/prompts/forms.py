"""What researchers write about prompt sets and prompts."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django import forms

from evaluations.accounts.visibility_forms import audience_field, publish_field
from evaluations.common.texts.unseen import refuse_hidden
from evaluations.prompts.drafts import LONGEST_PARAMETERS, MOST, Draft, drafted
from evaluations.prompts.files import MOST_BYTES, parsed
from evaluations.prompts.generated import drafts_of, levels_from
from evaluations.prompts.generators import BadConfig
from evaluations.prompts.generators.named import MOST_FAMILIES, NAMED
from evaluations.prompts.models import Grader, PromptSet, Relation

FRESH_SEEDS = 1_000_000


def long_text(rows: int, **fields: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), **fields)


def parameters_field() -> forms.CharField:
    return long_text(
        3, label="What else the grader is told", required=False, max_length=LONGEST_PARAMETERS,
        help_text="A JSON object with the grader's parameters, such as {&quot;within&quot;: 0.01}; "
        "empty: none.",
    )  # fmt: skip


def parameters_from(written: str) -> dict[str, Any]:
    """The parameters of a grader as somebody wrote them."""
    value, why = parsed(written.strip() or "{}")
    if why or not isinstance(value, dict):
        raise forms.ValidationError(f"It {why or 'is not a JSON object'}.")
    return value


def parameters_written(parameters: Mapping[str, Any]) -> str:
    return json.dumps(parameters, ensure_ascii=False, indent=1) if parameters else ""


class SetForm(forms.Form):
    """What a prompt set says of itself."""

    title = forms.CharField(max_length=120, validators=[refuse_hidden])
    description = long_text(
        4, label="What it is for", max_length=2000,
        help_text="What these prompts ask of a model, and which question they help to settle.",
    )  # fmt: skip
    limits = long_text(
        3, label="What it cannot show", max_length=2000,
        help_text="What would still be open if a model answered all of them right.",
    )  # fmt: skip
    domain = forms.CharField(
        max_length=60, required=False, help_text="One word or two, such as arithmetic. Boards can "
        "be narrowed to it.",
    )  # fmt: skip
    licence = forms.CharField(
        max_length=40, initial="CC BY 4.0", help_text="Of prompts that name no other."
    )
    source = forms.CharField(
        max_length=300, required=False,
        help_text="Who wrote the prompts, or which paper or data set they come from.",
    )  # fmt: skip

    for_people = forms.BooleanField(
        required=False, label="People may answer it",
        help_text="While the set is public, signed-in people are given its prompts to answer by "
        "hand. What they write is judged beside what models wrote, as the row People.",
    )  # fmt: skip

    @classmethod
    def of(cls, prompt_set: PromptSet) -> "SetForm":
        return cls(initial={name: getattr(prompt_set, name) for name in cls.base_fields})


class NewSetForm(SetForm):
    """The same for a new set, with who reads it."""

    visibility = audience_field()
    publish_on = publish_field()


class PromptForm(forms.Form):
    """One prompt; `draft` once it is valid."""

    text = long_text(
        6, max_length=MOST["text"],
        help_text="As a model reads it. A recipe adds how to end, so do not ask for a form of "
        "answer here.",
    )  # fmt: skip
    title = forms.CharField(
        max_length=MOST["title"],
        required=False,
        validators=[refuse_hidden],
        help_text="Empty: its first words.",
    )
    reference = long_text(
        2, label="Reference answer", max_length=MOST["reference"], required=False,
        help_text="The right answer, where there is one.",
    )  # fmt: skip
    grader = forms.ChoiceField(
        choices=[("", "none"), *Grader.choices], required=False,
        help_text="How an answer is compared with the reference. It is tried when you save.",
    )  # fmt: skip
    parameters = parameters_field()
    family = forms.CharField(
        max_length=MOST["family"], required=False,
        help_text="A name that an original and its variants share.",
    )  # fmt: skip
    relation = forms.ChoiceField(
        label="In its family", choices=[("", "none"), *Relation.choices], required=False
    )
    note = long_text(
        2, max_length=MOST["note"], required=False, help_text="What it tests; readers open it."
    )
    licence = forms.CharField(
        max_length=MOST["licence"], required=False, help_text="Empty: that of the set."
    )

    @classmethod
    def of(cls, draft: Draft) -> "PromptForm":
        initial = {name: getattr(draft, name) for name in cls.base_fields}
        return cls(initial={**initial, "parameters": parameters_written(draft.parameters)})

    def clean_parameters(self) -> dict[str, Any]:
        return parameters_from(self.cleaned_data["parameters"])

    def draft(self) -> Draft:
        return drafted(**self.cleaned_data)


class ImportForm(forms.Form):
    """CSV or JSON Lines, pasted or from a file; what a file holds is then in the text."""

    text = forms.CharField(
        label="CSV or JSON Lines",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="Or a file", required=False, allow_empty_file=True,
        help_text="UTF-8, at most 1,000 prompts and 2 MB. It takes the place of what is pasted.",
    )  # fmt: skip
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        sent: dict[str, Any] = super().clean() or {}
        file = sent.get("file")
        if file is not None:
            if file.size > MOST_BYTES:
                self.add_error("file", "It is too large: 2 MB is the most.")
                return sent
            try:
                sent["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "It is not UTF-8. Save it as “CSV UTF-8” and send it again.")
        elif not sent.get("text", "").strip() and not self.errors:
            self.add_error("text", "Paste prompts, or choose a file.")
        return sent

    def digest(self) -> str:
        """Of the text, however its lines end, so that only what was previewed is stored."""
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def again(self) -> "ImportForm":
        """The form with the text that was read, to be sent once more."""
        text = self.cleaned_data["text"]
        return ImportForm(initial={"text": text, "previewed": self.digest()})


class GenerateForm(forms.Form):
    """A generator with its seed, size and difficulty; `drafts` once it is valid."""

    task = forms.ChoiceField(
        label="Generator", choices=[(it.task, it.title) for it in NAMED.values()]
    )
    seed = forms.IntegerField(
        min_value=0, max_value=FRESH_SEEDS * 1000,
        help_text="The same generator, seed, size and difficulty make the same prompts.",
    )  # fmt: skip
    size = forms.IntegerField(
        label="Families", min_value=1, max_value=MOST_FAMILIES, initial=20,
        help_text="Originals, each with its variants: at most 200, or as many as is said below.",
    )  # fmt: skip
    difficulty = forms.CharField(
        max_length=20, help_text="One of those that the generator has, such as 3, or a range of "
        "them, such as 2-8: then they take turns.",
    )  # fmt: skip
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        sent: dict[str, Any] = super().clean() or {}
        if self.errors:
            return sent
        try:
            levels = levels_from(sent["difficulty"], NAMED[sent["task"]])
        except BadConfig as error:
            self.add_error("difficulty", str(error))
            return sent
        try:
            self.drafts = drafts_of(
                sent["task"], seed=sent["seed"], size=sent["size"], levels=levels
            )
        except BadConfig as error:
            self.add_error("size", str(error))
        return sent

    def asked(self) -> str:
        """What was asked for, so that only what was previewed is stored."""
        return " ".join(
            str(self.cleaned_data[name]) for name in ("task", "seed", "size", "difficulty")
        )

    def again(self) -> "GenerateForm":
        """The form as it was sent, to be sent once more."""
        return GenerateForm(initial={**self.cleaned_data, "previewed": self.asked()})

    @classmethod
    def opening(cls) -> "GenerateForm":
        """With a seed that nobody chose."""
        return cls(initial={"seed": secrets.randbelow(FRESH_SEEDS)})
