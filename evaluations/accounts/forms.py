from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import UserCreationForm

from evaluations.accounts.invitations import DAYS, LONGEST_DAYS
from evaluations.accounts.keys import ACTIONS, GROUPS, keys_of
from evaluations.accounts.models import Role, User
from evaluations.accounts.standing import confirmed_address


class FirstStaffForm(UserCreationForm[User]):
    """Name and password of the first staff account; `create_first_staff` stores them."""

    class Meta:
        model = User
        fields = ["username", "email"]
        labels = {"email": "E-mail address"}
        help_texts = {
            "username": "Letters, digits and @ . + - _ only. It is shown with what you contribute.",
            "email": "Where the site has a mail server, a new password can be set by it.",
        }


class PreferencesForm(forms.ModelForm[User]):
    """What a person may set for themselves."""

    class Meta:
        model = User
        fields = [
            "single_keys", "digest", "about", "shows_counts", "is_unlisted", "hides_name",
            "stays_out",
        ]  # fmt: skip
        labels = {
            "single_keys": "Answer with single keys on the judging page",
            "digest": "Notices by mail",
            "about": "About you",
            "shows_counts": "Say on your public page how much you judged",
            "is_unlisted": "Keep your public page out of search and feeds",
            "hides_name": "Hide your name",
            "stays_out": "Leave what I judge out of data releases",
        }
        help_texts = {
            "single_keys": "1 to 4 answer, J and K move, Enter saves. Switch this off if you use "
            "speech input, or press keys by accident.",
            "digest": "One mail with all that is new, each thing once.",
            "about": "On the page under your name, at most 280 characters. It is there once your "
            "name stands under something public.",
            "shows_counts": "How many outputs, on how many days, and how many protocols you "
            "finished; never what you answered.",
            "is_unlisted": "Whoever has its address can still read it.",
            "hides_name": "Others read “a member” wherever it would stand, your public page is not "
            "there, your collections move to addresses without it, and who follows you is told "
            "nothing more. Moderators, and who runs a protocol you judge under, still read it.",
            "stays_out": "A release is all that is public here, as files for everybody. Yours are "
            "counted there as left out, from the next one on. Boards here go on counting them, and "
            "the files of a board or a protocol have them, under a pseudonym.",
        }
        widgets = {"about": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["digest"].required = False
        if not settings.EMAIL_HOST:
            self.fields[
                "digest"
            ].help_text = (
                "This site has no mail server, so nothing is sent; notices stand on their page."
            )
        elif not confirmed_address(self.instance):
            self.fields[
                "digest"
            ].help_text = "Nothing is sent before you have confirmed an e-mail address."

    def clean_digest(self) -> str:
        """What is not sent along stays as it is."""
        return self.cleaned_data["digest"] or User.objects.get(pk=self.instance.pk).digest


class KeysForm(forms.Form):
    """A person's single keys, a field an action; `change_keys` checks and stores them."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = keys_of(user)
        for action in ACTIONS:
            if not action.is_fixed:
                # No maxlength: browsers count it in UTF-16, in which one character may be two.
                self.fields[action.name] = forms.CharField(
                    label=action.words,
                    initial=own[action.name],
                    error_messages={"required": "Type one character."},
                    widget=forms.TextInput(
                        attrs={"size": 3, "autocomplete": "off", "autocapitalize": "none"}
                    ),
                )

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each group's heading with its fields."""
        return [
            (
                words,
                [self[a.name] for a in ACTIONS if a.group == group and not a.is_fixed],
            )
            for group, words in GROUPS.items()
        ]


class InvitationForm(forms.Form):
    """What `invite` needs."""

    role = forms.ChoiceField(choices=Role.choices)
    note = forms.CharField(
        label="For whom", required=False, max_length=120, help_text="Seen by staff only."
    )
    days = forms.IntegerField(
        label="Days until it expires", initial=DAYS, min_value=1, max_value=LONGEST_DAYS
    )


class RoleForm(forms.Form):
    """A person's new role."""

    role = forms.ChoiceField(choices=Role.choices)
