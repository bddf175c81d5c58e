"""What the web server itself asks of a request before any of its body is read."""

from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db import Error

from evaluations.api.doorway import ROOT, key_in
from evaluations.api.models import Scope
from evaluations.api.problems import problem
from evaluations.exchange.loading import room
from reasoning_site.body_limit import Refusal, plain

IMPORTS: Final = f"{ROOT}imports"


async def room_for_files(scope: dict[str, Any]) -> int:
    """How many bytes a request may send beyond what everybody may: to the page of imports by whose
    session it is, to the API by whose key; 0 for most."""
    if scope["path"] != IMPORTS or scope["method"] != "POST":
        return await room.room_for_files(scope)
    given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    return room.MOST if await sync_to_async(room.looked_up)(may_import, given) else 0


def may_import(authorization: str) -> bool:
    """Whether this header brings a key with which somebody may import."""
    try:
        key = key_in(authorization)
    except (Error, ValueError):
        return False
    if key is None or key.person.is_suspended:
        return False
    return key.may(Scope.WRITE) and key.person.may_run_models


def too_large(scope: dict[str, Any], sentence: str) -> Refusal:
    """The refusal of a body that is too large: to programs a problem, as all others are."""
    if not scope["path"].startswith(ROOT):
        return plain(scope, sentence)
    if scope["path"] == IMPORTS:
        sentence += " Larger files are taken with a key of a researcher that may write."
    said = problem(413, sentence)
    return dict(said.items()), said.content
