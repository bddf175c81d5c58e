"""Calling the API in tests: as nobody, or with a key of somebody."""

import json
from typing import Any

from django.test import Client

from evaluations.accounts.models import User
from evaluations.api.actions import make_key

ROOT = "/api/v1/"


def key_of(person: User, scope: str = "write") -> str:
    return make_key(person=person, name="a test", scope=scope, days=30)[1]


class Caller:
    """Calls with one key, or with none."""

    def __init__(self, key: str = "") -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    @classmethod
    def of(cls, person: User, scope: str = "write") -> "Caller":
        return cls(key_of(person, scope))

    def get(self, path: str, parameters: Any = None, **headers: str) -> Any:
        return self.client.get(ROOT + path, parameters, headers={**self.headers, **headers})

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(
            ROOT + path, json.dumps(body), content_type="application/json", headers=self.headers
        )
