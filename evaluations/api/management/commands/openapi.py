"""Writes what the API says of itself anew, to be committed with what changed it."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from evaluations.api.openapi import COMMITTED, api


class Command(BaseCommand):
    help = "Write evaluations/api/openapi.json anew."

    def handle(self, *args: Any, **options: Any) -> None:
        text = json.dumps(api.get_openapi_schema(), indent=1, ensure_ascii=False, sort_keys=True)
        COMMITTED.write_text(f"{text}\n", encoding="utf-8")
        self.stdout.write(f"Written: {COMMITTED.name}")
