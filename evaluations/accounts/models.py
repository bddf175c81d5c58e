from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What a person may do beyond judging and proposing definitions."""

    MEMBER = "member", "Member"
    CURATOR = "curator", "Curator"
    RESEARCHER = "researcher", "Researcher"
    MODERATOR = "moderator", "Moderator"


class User(AbstractUser):
    """A person with an account. Staff (`is_staff`) runs the site; roles add public duties."""

    role = models.CharField(max_length=12, choices=Role, default=Role.MEMBER)
    single_keys = models.BooleanField(
        "single-key shortcuts",
        default=True,
        help_text="Answer with single keys on the judging page.",
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known")
        ]

    @property
    def may_run_models(self) -> bool:
        """Staff and researchers may start runs."""
        return self.is_staff or self.role == Role.RESEARCHER
