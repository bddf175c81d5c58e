import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.urls import reverse
from django.utils import timezone


class Role(models.TextChoices):
    """What a person may do beyond judging and proposing definitions."""

    MEMBER = "member", "Member"
    CURATOR = "curator", "Curator"
    RESEARCHER = "researcher", "Researcher"
    MODERATOR = "moderator", "Moderator"


class Digest(models.TextChoices):
    """How often notices come by mail."""

    OFF = "off", "Never"
    DAILY = "daily", "Once a day, where there is something new"
    WEEKLY = "weekly", "Once a week, where there is something new"


NAMELESS = "a member"


class User(AbstractUser):
    """A person with an account. Staff (`is_staff`) runs the site; roles add public duties."""

    role = models.CharField(max_length=12, choices=Role, default=Role.MEMBER)
    single_keys = models.BooleanField(
        "single-key shortcuts",
        default=True,
        help_text="Answer with single keys on the judging page.",
    )
    keys = models.JSONField(
        default=dict, blank=True, help_text="Action to the key chosen for it, where not the usual."
    )

    seen_event = models.BigIntegerField(
        default=0, editable=False, help_text="Up to which event its notices were read."
    )

    about = models.CharField(
        max_length=280, blank=True, help_text="What one says of oneself on one's public page."
    )
    shows_counts = models.BooleanField(
        default=False, help_text="The public page says how much somebody judged."
    )
    is_unlisted = models.BooleanField(
        default=False, help_text="No search and no feed leads to the public page."
    )
    hides_name = models.BooleanField(
        default=False, help_text="Others read “a member” wherever the name would stand."
    )
    stays_out = models.BooleanField(
        default=False, help_text="What this account judged is in no data release."
    )
    hides = models.ManyToManyField(
        "self", symmetrical=False, related_name="hidden_by", blank=True,
        help_text="Authors whose words are behind a click for this account alone.",
    )  # fmt: skip
    digest = models.CharField(max_length=6, choices=Digest, default=Digest.OFF)
    mail_origin = models.CharField(
        max_length=200, blank=True, editable=False, help_text="Where links in mails lead to."
    )
    mailed_event = models.BigIntegerField(
        default=0, editable=False, help_text="Up to which event a digest was sent."
    )
    mailed_at = models.DateTimeField(null=True, editable=False)
    refused_mails = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="How often in a row the address was refused."
    )

    suspended_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then the account reads, and writes nothing."
    )
    suspended_because = models.CharField(
        max_length=280, blank=True, help_text="The sentence that its owner reads."
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="user_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(digest__in=Digest.values), name="user_digest_known"
            ),
        ]

    @property
    def shown_name(self) -> str:
        """What everybody reads as the name; moderators read the real one where they decide."""
        return NAMELESS if self.hides_name else self.get_username()

    @property
    def may_run_protocols(self) -> bool:
        """Staff and researchers may set up protocols."""
        return self.is_staff or self.role == Role.RESEARCHER

    @property
    def may_run_models(self) -> bool:
        """Staff and researchers may start runs."""
        return self.is_staff or self.role == Role.RESEARCHER

    @property
    def may_read_misreadings(self) -> bool:
        """Staff, researchers and curators see what judges say was extracted wrongly."""
        return self.is_staff or self.role in (Role.RESEARCHER, Role.CURATOR)

    @property
    def may_write_prompts(self) -> bool:
        """Staff and researchers may make prompt sets."""
        return self.is_staff or self.role == Role.RESEARCHER

    @property
    def is_suspended(self) -> bool:
        return self.suspended_until is not None and self.suspended_until > timezone.now()

    @property
    def may_moderate(self) -> bool:
        """Staff and moderators may suspend accounts and look after what others contribute."""
        return self.is_staff or self.role == Role.MODERATOR

    @property
    def may_check_wordings(self) -> bool:
        """Staff, moderators and curators may say that a wording was read in its source."""
        return self.is_staff or self.role in (Role.CURATOR, Role.MODERATOR)

    @property
    def may_curate(self) -> bool:
        """Staff and moderators may choose what the front page and the matrix show."""
        return self.is_staff or self.role == Role.MODERATOR


class InvitationState(models.TextChoices):
    OPEN = "open", "open"
    USED = "used", "used"
    EXPIRED = "expired", "expired"
    REVOKED = "revoked", "taken back"


class Invitation(models.Model):
    """A link that gives one person a role, once, until it expires."""

    token = models.UUIDField(default=uuid.uuid4, unique=True)
    role = models.CharField(max_length=12, choices=Role)
    note = models.CharField(max_length=120, blank=True, help_text="For whom it is meant.")
    created_by = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="invited_by"
    )
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="invitation_role_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.note or 'an invitation'}"

    def get_absolute_url(self) -> str:
        return reverse("invitation", args=[self.token])

    @property
    def state(self) -> InvitationState:
        """Whether it can still be accepted, and if not, why."""
        if self.used_at is not None:
            return InvitationState.USED
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        if self.expires_at <= timezone.now():
            return InvitationState.EXPIRED
        return InvitationState.OPEN
