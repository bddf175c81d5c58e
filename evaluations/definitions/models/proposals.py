"""Amendments that people propose to somebody's definition, and what is said about them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from evaluations.definitions.models.criteria import known
from evaluations.definitions.models.definitions import (
    AbsencePolicy,
    Definition,
    DefinitionVersion,
    PartlyPolicy,
    Wording,
)
from evaluations.definitions.querysets import ProposalQuerySet


class ProposalState(models.TextChoices):
    OPEN = "open", "open"
    ACCEPTED = "accepted", "accepted"
    DECLINED = "declined", "declined"
    WITHDRAWN = "withdrawn", "withdrawn"


class Remark(models.TextChoices):
    """What a message about a proposal does."""

    QUESTION = "question", "asked"
    ANSWER = "answer", "answered"
    ACCEPTED = "accepted", "accepted it"
    DECLINED = "declined", "declined it"
    WITHDRAWN = "withdrawn", "withdrew it"


class Proposal(Wording):
    """Another wording for a definition, with a reason.

    The wording is frozen when it is proposed; `state` and `version`, which the accepting made,
    are all that changes.
    """

    definition = models.ForeignKey(Definition, models.CASCADE, related_name="proposals")
    number = models.PositiveSmallIntegerField()
    base = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="proposals")
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="proposals"
    )
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.OPEN)
    version = models.OneToOneField(
        DefinitionVersion, models.PROTECT, null=True, blank=True, related_name="proposal"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["definition", "number"]
        constraints = [
            models.UniqueConstraint("definition", "number", name="proposal_number"),
            known("state", ProposalState, "proposal_state_known"),
            known("absence_policy", AbsencePolicy, "proposal_absence_known"),
            known("partly_policy", PartlyPolicy, "proposal_partly_known"),
            models.CheckConstraint(
                condition=Q(state="accepted", version__isnull=False)
                | (~Q(state="accepted") & Q(version=None)),
                name="proposal_accepted_makes_a_version",
            ),
        ]

    def __str__(self) -> str:
        return f"Amendment {self.number} to {self.definition}"

    def get_absolute_url(self) -> str:
        return reverse("definition-proposal", args=[self.definition.slug, self.number])

    @property
    def is_open(self) -> bool:
        return self.state == ProposalState.OPEN


class ProposalMessage(models.Model):
    """One thing said about a proposal, in the order of time. Append-only."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=Remark)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [known("kind", Remark, "proposal_message_kind_known")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.proposal_id}"
