from django import forms
from django.contrib.auth.forms import UserCreationForm

from evaluations.accounts.models import User


class FirstStaffForm(UserCreationForm):
    """Name and password of the first staff account; `create_first_staff` stores them."""

    class Meta:
        model = User
        fields = ["username", "email"]
        help_texts = {
            "username": "Letters, digits and @ . + - _ only. It is shown with what you contribute.",
            "email": "Needed to set a new password when you forget it.",
        }


class PreferencesForm(forms.ModelForm):
    """What a person may set for themselves."""

    class Meta:
        model = User
        fields = ["single_keys"]
        labels = {"single_keys": "Answer with single keys on the judging page"}
        help_texts = {
            "single_keys": "1 to 4 answer, J and K move, Enter saves. Switch this off if you use "
            "speech input, or press keys by accident."
        }
