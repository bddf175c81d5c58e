"""CSV and JSON beside the tables: the same rows, and nothing that a spreadsheet would run."""

import csv
import io
import json

import pytest

from evaluations.common.tables import csv_cell, csv_response, json_response


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_would_run_as_a_formula_is_quoted(text: str) -> None:
    assert csv_cell(text) == "'" + text


@pytest.mark.parametrize("value", ["a=b", "", "1 - 1", 0, -1, -0.5, 1.0])
def test_other_text_and_numbers_stay(value: object) -> None:
    assert csv_cell(value) == value


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
