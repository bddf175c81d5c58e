from django.db import models


class Backup(models.Model):
    """A backup that was finished, for `/health/`; where its file lies is the operator's matter."""

    finished_at = models.DateTimeField(auto_now_add=True)
    size = models.BigIntegerField(help_text="Bytes of the file.")

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M} UTC"
