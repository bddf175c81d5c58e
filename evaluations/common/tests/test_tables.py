"""CSV and JSON beside the tables: the same rows, and nothing that a spreadsheet would run."""

import csv
import datetime as dt
import io
import json

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern

from evaluations.common.tables import Table, csv_cell, csv_response, file_paths, json_response


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_would_run_as_a_formula_is_quoted(text: str) -> None:
    assert csv_cell(text) == "'" + text


@pytest.mark.parametrize("value", ["a=b", "", "1 - 1", 0, -1, -0.5, 1.0])
def test_other_text_and_numbers_stay(value: object) -> None:
    assert csv_cell(value) == value


def test_dates_are_written_as_iso_8601() -> None:
    noon = dt.datetime(2026, 11, 28, 12, 0, 5, tzinfo=dt.UTC)
    assert csv_cell(noon) == "2026-11-28T12:00:05+00:00"
    assert csv_cell(noon.date()) == "2026-11-28"


def test_none_is_an_empty_cell() -> None:
    assert csv_cell(None) == ""


def test_rows_come_in_the_order_of_the_columns() -> None:
    response = csv_response(
        [{"b": 'x, "y"\nz', "a": -1.5}, {"a": None, "b": "=cmd"}], ("a", "b", "c"), "t.csv"
    )
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="t.csv"'
    assert list(csv.reader(io.StringIO(response.content.decode(), newline=""))) == [
        ["a", "b", "c"],
        ["-1.5", 'x, "y"\nz', ""],
        ["", "'=cmd", ""],
    ]


def test_json_is_open_to_other_sites_and_keeps_letters() -> None:
    response = json_response({"name": "Żółw", "none": None})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Żółw" in response.content.decode()
    assert json.loads(response.content) == {"name": "Żółw", "none": None}


def table(request: HttpRequest, slug: str) -> Table | HttpResponse:
    """One row, counted by slug."""
    if slug == "secret":
        return HttpResponse("Not for you.", status=403)
    data = {"of": slug}
    return Table(
        f"counts-{slug}",
        ("name", "n"),
        (row for row in [{"n": 1, "name": slug, "kept": "back"}]),
        lambda rows: {**data, "counts": rows},
        public=slug != "inside",
    )


def asked(pattern: URLPattern, slug: str, method: str = "GET") -> HttpResponse:
    request = RequestFactory().generic(method, "/")
    return pattern.callback(request, slug=slug)


def test_a_table_has_two_addresses() -> None:
    assert [(str(each.pattern), each.name) for each in file_paths("t/<slug:slug>", table)] == [
        ("t/<slug:slug>.csv", None),
        ("t/<slug:slug>.json", None),
    ]
    named = file_paths("t/<slug:slug>", table, name="counts")
    assert [each.name for each in named] == ["counts-csv", "counts-json"]


def test_both_files_come_from_the_same_rows() -> None:
    as_csv, as_json = (asked(each, "owls") for each in file_paths("t", table))
    assert as_csv.content.decode() == "name,n\r\nowls,1\r\n"
    assert as_csv["Content-Disposition"] == 'attachment; filename="counts-owls.csv"'
    assert json.loads(as_json.content) == {
        "of": "owls",
        "counts": [{"n": 1, "name": "owls", "kept": "back"}],
    }
    assert as_json["Content-Type"] == "application/json"
    assert as_json["Access-Control-Allow-Origin"] == "*"
    assert "Content-Disposition" not in as_json


def test_what_is_not_public_is_not_open_to_other_sites() -> None:
    for pattern in file_paths("t", table):
        assert "Access-Control-Allow-Origin" not in asked(pattern, "inside")


def test_what_a_view_answers_itself_is_passed_on() -> None:
    for pattern in file_paths("t", table):
        answer = asked(pattern, "secret")
        assert (answer.status_code, answer.content) == (403, b"Not for you.")


def test_files_are_only_read() -> None:
    for pattern in file_paths("t", table):
        assert asked(pattern, "owls", "POST").status_code == 405
        assert asked(pattern, "owls", "HEAD").status_code == 200


def test_browsers_may_keep_files_unless_told_not_to() -> None:
    for pattern in file_paths("t", table):
        assert "Cache-Control" not in asked(pattern, "owls")
    for pattern in file_paths("t", table, cached=False):
        assert "no-store" in asked(pattern, "owls")["Cache-Control"]
