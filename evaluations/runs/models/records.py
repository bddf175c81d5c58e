"""What it takes to repeat an output, beside the output and its environment."""

from django.db import models
from django.utils import timezone

from evaluations.runs.models.outputs import Output


class SentPrompt(models.Model):
    """A prompt as an engine was given it, stored once; outputs name it by their `prompt_digest`.

    With the model's own template around it, or, where a server puts that, as messages in JSON.
    The digest is of the tokens that were read, or of the messages.
    """

    digest = models.CharField(max_length=64, unique=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.digest[:12]


class Likelihood(models.Model):
    """How likely each token of an output was, where its recipe asked for it.

    `tokens` are pairs from the first on, as far as they are kept: its text, empty where nothing is
    written for it, and the natural logarithm of its probability.
    """

    output = models.OneToOneField(Output, models.CASCADE, related_name="likelihood")
    tokens = models.JSONField()

    def __str__(self) -> str:
        return f"How likely the tokens of output {self.output_id} were"


class Response(models.Model):
    """What a server answered: what it counted stays, all that it wrote is cleared in time.

    The `body` is as it came, but for the key and for what is beyond a bound; never public.
    """

    output = models.OneToOneField(Output, models.CASCADE, related_name="response")
    usage = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], name="response_with_body", condition=~models.Q(body="")
            )
        ]

    def __str__(self) -> str:
        return f"The answer to output {self.output_id}"
