"""What operations share: who may call them, pages by cursor, and the schemas of flat records.

Records are those of the files beside the pages; here they only get their types.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema
from ninja.security import HttpBearer
from pydantic import ConfigDict, create_model

from evaluations.api.problems import Problem

LARGEST: Final = 2**63 - 1
Id = Annotated[int, Field(ge=1, le=LARGEST)]
Moment = dt.datetime | None
Number = int | None
Share = float | None
Texts = list[str]


class Key(HttpBearer):
    """A key that may do so much; who it is was found out at the door."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        key: Any = getattr(request, "api_key", None)
        if key is not None and not key.may(self.scope):
            raise Problem(403, f"This key may not do that: make one that may “{self.scope}”.")
        return key


class Cursor(Schema):
    after: int = Field(0, ge=0, le=LARGEST, description="Go on after this one: `next` of a page")
    limit: int = Field(50, ge=1, le=200, description="How many at most")


class Sent(Schema):
    """A body; what is not known is refused, so that nothing misspelt is passed over."""

    model_config = ConfigDict(extra="forbid")


def record(kind: str, columns: Iterable[str], **types: Any) -> Any:
    """The schema of a flat record; a column without a type is text, or null where it has none."""
    fields = {name: types.get(name, str | None) for name in (*columns, *types)}
    made: dict[str, Any] = {name: (of, ...) for name, of in fields.items()}
    return create_model(kind, __base__=Schema, **made)


def several(kind: Any) -> Any:
    """The type of a list of records."""
    return list[kind]


def asked(kind: str, bases: Any, names: Iterable[str], where: str) -> Any:
    """The schema of parameters that a form of the site has too, and knows how to read."""
    said = {name: Field("", description=f"As “{name}” in the address of {where}") for name in names}
    fields: dict[str, Any] = {name: (str, field) for name, field in said.items()}
    return create_model(kind, __base__=bases, **fields)


def page_of(kind: Any) -> Any:
    """The schema of a page of records; `next` is null on the last one."""
    return create_model(
        f"{kind.__name__}Page", __base__=Schema, items=(several(kind), ...), next=(Number, ...)
    )


def page(
    request: HttpRequest,
    response: HttpResponse,
    rows: QuerySet[Any],
    cursor: Cursor,
    made: Callable[[Any], Any],
) -> dict[str, Any]:
    """A page of rows by their keys, the oldest first, with the address of the next one."""
    found = list(rows.filter(pk__gt=cursor.after).order_by("pk")[: cursor.limit + 1])
    shown = found[: cursor.limit]
    last = shown[-1].pk if len(found) > cursor.limit else None
    return linked(request, response, [made(row) for row in shown], last)


def by_key(
    request: HttpRequest,
    response: HttpResponse,
    known: Iterable[int],
    cursor: Cursor,
    made: Callable[[list[int]], list[Any]],
) -> dict[str, Any]:
    """The same of things of which the keys are known, in any order."""
    keys = sorted(key for key in known if key > cursor.after)[: cursor.limit + 1]
    shown = keys[: cursor.limit]
    last = shown[-1] if len(keys) > cursor.limit else None
    return linked(request, response, made(shown), last)


def linked(
    request: HttpRequest, response: HttpResponse, items: list[Any], last: int | None
) -> dict[str, Any]:
    """Items, and where they go on, where they do: in the body and as `Link`."""
    if last is not None:
        query = request.GET.copy()
        query["after"] = str(last)
        address = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        response["Link"] = f'<{address}>; rel="next"'
    return {"items": items, "next": last}
