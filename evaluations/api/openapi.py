"""The API as a whole: its operations, its problems, and what it says of itself."""

from collections.abc import Iterator
from json import JSONDecodeError
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from evaluations.api import arguments, boards, definitions, imports, judging, outputs, releases
from evaluations.api.doorway import unknown
from evaluations.api.problems import MEDIA_TYPE, Problem, places, problem
from evaluations.curation.actions import CollectionRefused
from evaluations.curation.targets import TargetRefused
from evaluations.definitions.actions import RuleRefused
from evaluations.definitions.proposal_actions import ProposalRefused
from evaluations.exchange.loading.files import Unusable
from evaluations.leaderboards.boards.forms import Unreadable
from evaluations.prompts.drafts import unstorable
from evaluations.runs.actions import RunRefused

COMMITTED: Final = Path(__file__).with_name("openapi.json")
PROBLEM: Final = {
    "description": "Why the request was refused, as RFC 9457 has it",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["place", "sentence"],
                            "properties": {
                                "place": {"type": "string"},
                                "sentence": {"type": "string"},
                            },
                        },
                    },
                },
            }
        }
    },
}


class Bodies(Parser):
    """Bodies of which everything could be stored."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            found = super().parse_body(request)
        except RecursionError:
            raise Problem(422, "The body is nested too deep.") from None
        except ValueError as error:
            where = f": {error}" if isinstance(error, JSONDecodeError) else ""
            raise Problem(400, f"The body is no JSON that can be read{where}.") from None
        if why := unstorable(found):
            raise Problem(422, f"The body {why}.")
        return found


class Api(NinjaAPI):
    """Every operation may end in a problem, and those that only read need no key."""

    def get_openapi_schema(self, **asked: Any) -> Any:
        found = super().get_openapi_schema(**asked)
        found["components"]["responses"] = {"Problem": PROBLEM}
        for methods in found["paths"].values():
            methods.pop("head", None)
        for _, _, operation in operations(found):
            said = {str(status): what for status, what in operation["responses"].items()}
            operation["responses"] = {**said, "default": {"$ref": "#/components/responses/Problem"}}
            operation.setdefault("security", [{}, {"Key": []}])
        return found

    def get_openapi_operation_id(self, operation: Any) -> str:
        return str(operation.view_func.__name__)


def operations(schema: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and what is said of each operation."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


api = Api(
    title="By What Definition?",
    version="1",
    description="What language models wrote, what judges found of it, and what definitions of "
    "reasoning say of that.",
    urls_namespace="api",
    docs_url=None,
    parser=Bodies(),
)
for each in (definitions, outputs, boards, releases, arguments, judging, imports):
    for called in each.router.path_operations.values():
        for operation in called.operations:
            operation.methods += ["HEAD"] if "GET" in operation.methods else []
    api.add_router("", each.router)

REFUSED: Final[dict[type[Exception], int]] = {
    CollectionRefused: 409, PermissionDenied: 403, PermissionError: 403, ProposalRefused: 409,
    RuleRefused: 422, RunRefused: 422, TargetRefused: 422, Unusable: 409, Http404: 404,
}  # fmt: skip
"""What actions and lookups refuse with a sentence, and the status that says so."""


def said(request: HttpRequest, error: Any) -> HttpResponse:
    """The problem that an action's or a lookup's refusal is."""
    status = next(REFUSED[kind] for kind in type(error).__mro__ if kind in REFUSED)
    return problem(status, str(error) or "This is refused.")


for kind in REFUSED:
    api.add_exception_handler(kind, said)


@api.exception_handler(Problem)
def refused(request: HttpRequest, error: Problem) -> HttpResponse:
    return problem(error.status, error.detail, **error.more)


@api.exception_handler(Unreadable)
def unreadable(request: HttpRequest, error: Unreadable) -> HttpResponse:
    return problem(422, str(error), errors=places(error.errors))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = {".".join(map(str, each["loc"])): each["msg"] for each in error.errors}
    return problem(422, "This is not as it should be.", errors=places(errors))


@api.exception_handler(HttpError)
def failed(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Problem):  # of a body, in place of which ninja says nothing
        return refused(request, error.__cause__)
    if error.status_code == 401:
        return unknown("Send a key: Authorization: Bearer and the key.")
    return problem(error.status_code, str(error))
