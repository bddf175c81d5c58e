from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from evaluations.accounts.actions import setup_token


class Command(BaseCommand):
    help = "Print the one-time link that makes the first staff account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-needed", action="store_true", help="Say nothing once there is a staff account."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        token = setup_token()
        if token:
            path = reverse("first-staff", args=[token])
            self.stdout.write(f"First staff account (link works once): {address()}{path}")
        elif not options["if_needed"]:
            self.stdout.write("There is a staff account already; sign in with it.")


def address() -> str:
    """The site's address as a person at this machine, or behind its proxy, would open it."""
    if settings.TLS and settings.CSRF_TRUSTED_ORIGINS:
        return str(settings.CSRF_TRUSTED_ORIGINS[0])
    host = "127.0.0.1" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST  # noqa: S104
    return f"http://{host}:{settings.PORT}"
