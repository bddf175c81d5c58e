"""Who was shown what was written to a prompt, so that they are not asked to answer it unseen."""

from django.conf import settings
from django.db import models

from evaluations.prompts.models import Prompt


class SeenAnswered(models.Model):
    """That somebody opened an output to a prompt, or the page with all of them.

    Only of prompts that people may be given to answer, and of nobody who is not signed in.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("user", "prompt", name="seen_answered_once")]

    def __str__(self) -> str:
        return f"{self.user_id} saw {self.prompt_id} answered"
