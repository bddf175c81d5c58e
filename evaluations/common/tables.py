"""CSV and JSON beside every table: a view gives the table, and both files follow."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

RISKY = ("=", "+", "-", "@", "\t", "\r")
FORMS = ("csv", "json")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """What both files of a table hold.

    `name` is that of the CSV file, without its ending. CSV gives the `columns` of each of the
    `rows`, JSON what `data` makes of the rows, for other sites to read where it is `public`.
    """

    name: str
    columns: Sequence[str]
    rows: Iterable[Row]
    data: Callable[[list[Row]], Mapping[str, Any]]
    public: bool = True

    def as_file(self, form: str) -> HttpResponse:
        if form == "csv":
            return csv_response(self.rows, self.columns, f"{self.name}.csv")
        response = json_response(self.data(list(self.rows)))
        if not self.public:
            del response["Access-Control-Allow-Origin"]
        return response


def file_paths(
    route: str,
    view: Callable[..., Table | HttpResponse],
    *,
    name: str | None = None,
    cached: bool = True,
) -> list[URLPattern]:
    """The addresses of a table's files: `route.csv`, called `name-csv`, and the same for JSON.

    Args:
        view: gives the table, or what is answered in its place, such as a refusal.
        cached: whether browsers may keep the files.
    """

    def answering(form: str) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, **captured: Any) -> HttpResponse:
            found = view(request, **captured)
            return found.as_file(form) if isinstance(found, Table) else found

        return require_safe(answer if cached else never_cache(answer))

    return [
        path(f"{route}.{form}", answering(form), name=name and f"{name}-{form}") for form in FORMS
    ]


def csv_cell(value: Any) -> Any:
    """A cell that a spreadsheet will not run as a formula; numbers stay numbers, dates ISO 8601."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(RISKY):
        return "'" + value
    return "" if value is None else value


def csv_response(rows: Iterable[Row], columns: Sequence[str], filename: str) -> HttpResponse:
    """Rows as an UTF-8 CSV file with a header line; None becomes an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([csv_cell(row.get(column)) for column in columns])
    response = HttpResponse(buffer.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def json_response(data: Mapping[str, Any]) -> JsonResponse:
    """Data as JSON that other sites may read."""
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Access-Control-Allow-Origin"] = "*"
    return response
