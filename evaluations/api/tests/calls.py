"""Calling the API in tests: as nobody, or with a key of somebody."""

import json
from typing import Any

from django.test import Client

from evaluations.accounts.models import User
from evaluations.api.actions import make_key
from tests.permission_world import World

ROOT = "/api/v1/"


def key_of(person: User, scope: str = "write") -> str:
    return make_key(person=person, name="a test", scope=scope, days=30)[1]


def there(world: World, path: str) -> dict[str, Any]:
    """What stands in an address for something that is there."""
    given = world.given
    slug = {"models": world.slugs["model"], "prompts": world.slugs["prompt"], "prompt-sets": "set"}
    kind = path.removeprefix("/api/v1/").partition("/")[0]
    found = {
        "slug": slug.get(kind, "taylor"), "number": "1", "key": "one",
        "name": given["name"], "run_id": given["run_id"], "output_id": given["output_id"],
        "statement_id": given["statement_id"], "import_id": given["job_id"],
    }  # fmt: skip
    if kind == "collections":
        found |= {name: world.collection[name] for name in ("owner", "slug")}
    elif kind == "releases":
        found["name"] = world.release
    return found


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
