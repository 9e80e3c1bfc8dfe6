import csv
import io

import pytest

from labeling.views.csv import csv_response


def cells(*row: object) -> list[str]:
    response = csv_response("figures", ["a"], [row])
    return list(csv.reader(io.StringIO(response.content.decode())))[1]


def test_a_table_is_a_download_with_a_header():
    response = csv_response("support-weeks", ["week", "pairs"], [["2026-03-02", 4]])
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="support-weeks.csv"'
    assert response.content.decode() == "week,pairs\r\n2026-03-02,4\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_no_spreadsheet_runs_a_text(text):
    assert cells(text) == [f"'{text}"]


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell():
    assert cells(-0.25, 3, None) == ["-0.25", "3", ""]


def test_commas_quotes_and_lines_stay_in_their_cell():
    assert cells('a "b", c\nd', "面包") == ['a "b", c\nd', "面包"]
