from django.db import models


class TokenBucket(models.Model):
    """What is left of one allowance (for example judgments from one address today)."""

    key = models.CharField(max_length=200, primary_key=True)
    tokens = models.FloatField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
