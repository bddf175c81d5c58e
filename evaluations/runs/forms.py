from django import forms

from evaluations.runs.models import LanguageModel
from evaluations.runs.progress import trial_of


def model_words(model: LanguageModel) -> str:
    """A model that was read `with_trial`, as a choice: its name, and whether it was tried here."""
    mark = trial_of(model).mark
    return f"{model.name} ({mark})" if mark else model.name


class ModelField(forms.ModelChoiceField[LanguageModel]):
    """Language models that can be asked, each with whether it was tried here."""

    def __init__(self) -> None:
        models = LanguageModel.objects.can_be_asked().with_trial().select_related("endpoint")
        super().__init__(models, empty_label=None)

    def label_from_instance(self, obj: LanguageModel) -> str:
        return model_words(obj)
