"""Whatever goes wrong, said as RFC 9457 has it: `application/problem+json`."""

from http.client import responses
from typing import Any

from django.http import HttpResponse, JsonResponse

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A refusal: its status, a sentence, and what else is told, such as places with sentences."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.more = status, detail, more


def problem(status: int, detail: str, *, again_in: int | None = None, **more: Any) -> HttpResponse:
    """The answer to a refused request. `errors` among *more* are {"place", "sentence"} each.

    Args:
        again_in: seconds after which the same may be sent again, where that is known.
    """
    said = {"type": "about:blank", "title": responses[status], "status": status, "detail": detail}
    response = JsonResponse({**said, **more}, status=status, json_dumps_params={
        "ensure_ascii": False
    })  # fmt: skip
    response["Content-Type"] = MEDIA_TYPE
    response["Cache-Control"] = "no-store"
    if again_in is not None:
        response["Retry-After"] = str(again_in)
    return response


def places(errors: Any) -> list[dict[str, str]]:
    """Sentences by place, as forms have them."""
    return [{"place": name, "sentence": " ".join(map(str, found)) if isinstance(found, list)
             else str(found)} for name, found in errors.items()]  # fmt: skip
