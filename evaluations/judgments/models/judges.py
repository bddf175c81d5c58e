from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from evaluations.runs.models import LanguageModel


class JudgePrompt(models.Model):
    """One version of what a model judge is asked, as somebody worded it.

    `body` holds the places of `opinions/wordings.py`. It may be changed until `used_at`, when a
    model is first asked by it: from then on a change is a new version.
    """

    slug = models.SlugField(max_length=60)
    number = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=80)
    body = models.TextField(max_length=8000)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="judge_prompts"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["title", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "number"], name="judge_prompt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("model-judge-prompt", args=[self.slug, self.number])


class JudgeKind(models.TextChoices):
    PERSON = "person", "signed-in person"
    GUEST = "guest", "guest"
    MODEL = "model", "model"
    IMPORTED = "imported", "people elsewhere"


class Judge(models.Model):
    """Whoever answers: a person with an account, a visitor without one, a model, or people
    elsewhere whose labels and votes came with imported outputs: no figure counts those with ours.

    A model asked by a prompt of somebody's own is another judge than the same model asked by the
    site's; one whose opinions were imported may be known by its name alone.
    """

    kind = models.CharField(max_length=8, choices=JudgeKind)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="judge"
    )
    guest_key = models.UUIDField(null=True, blank=True, unique=True)
    language_model = models.ForeignKey(LanguageModel, models.PROTECT, null=True, blank=True)
    judge_prompt = models.ForeignKey(JudgePrompt, models.PROTECT, null=True, blank=True)
    name = models.CharField(max_length=80, blank=True, help_text="Of one that was imported.")
    stayed_out = models.BooleanField(
        default=False,
        editable=False,
        help_text="Whether a deleted account had its judgments left out of data releases.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    address = ""
    """Of a guest during a request: the hash of the day of their address. Not stored here."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind="person", guest_key=None, language_model=None, judge_prompt=None, name=""
                )
                | Q(
                    kind="guest",
                    user=None,
                    guest_key__isnull=False,
                    language_model=None,
                    judge_prompt=None,
                    name="",
                )
                | Q(kind="model", user=None, guest_key=None)
                & (
                    Q(language_model__isnull=False, name="")
                    | Q(language_model=None, judge_prompt=None) & ~Q(name="")
                )
                | Q(
                    kind="imported",
                    user=None,
                    guest_key=None,
                    language_model=None,
                    judge_prompt=None,
                )
                & ~Q(name=""),
                name="judge_is_one_kind",
            ),
            models.UniqueConstraint(
                fields=["kind", "name"], condition=~Q(name=""), name="judge_imported_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Judge {self.pk}"

    @property
    def called(self) -> str:
        """What a model judge is called: its model, and the prompt where it is not the site's."""
        if self.language_model is None:
            return f"{self.name} (imported)"
        name = str(self.language_model)
        return f"{name}, by “{self.judge_prompt}”" if self.judge_prompt_id else name

    @property
    def key(self) -> str:
        """The same for files. No slug of a model begins as what was imported does."""
        if self.language_model is None:
            return f"imported--{self.name}"
        by = self.judge_prompt
        return (
            f"{self.language_model.slug}--{by.slug}-{by.number}"
            if by
            else (self.language_model.slug)
        )
