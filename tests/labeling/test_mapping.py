"""Somebody's own table: what its columns seem to be, what is made of them, and every row's fate."""

import io
import json

import pytest

from labeling.models import Job, Ranking
from labeling.services.jobs import keep_upload, kept_upload, remove_old_uploads, run_import_job
from labeling.sources.mapping import ColumnMapping, mapped, suggested
from labeling.sources.readers import UNNAMED
from labeling.sources.rows import InvalidRow
from tests.factories import import_file, to_jsonl

# As it comes from a spreadsheet: a byte order mark, CRLF, quotes, an empty answer, a duplicate, a comment column.
MESSY = (
    "\ufeffTicket,Question,GPT-X,Llama,Notes\r\n"
    '17,"How do I, then, descale it?","With ""vinegar"".\r\nTwice.",No idea.,checked\r\n'
    "18,Refund?,Yes.,,\r\n"
    "17,How do I clean it?,Water.,Soap.,\r\n"
    "19,[1] What is this?,A footnote.,A list.,\r\n"
).encode()
ASKED, SAID = "\n\nHuman: ", "\n\nAssistant: "
MAPPING = ColumnMapping(prompt="Question", responses=("GPT-X", "Llama"), id="Ticket", metadata=("Notes",), named=True)


def rows(content: bytes, mapping: ColumnMapping, format: str = "csv") -> list:
    return [found for _, found in mapped(UNNAMED[format](io.BytesIO(content)), mapping)]


def test_names_of_columns_suggest_what_they_are():
    found = suggested(["ID", "Question", "Response A", "response_b", "topic"])
    assert found == ColumnMapping("Question", ("Response A", "response_b"), id="ID", metadata=("topic",))
    assert suggested(["instruction", "output", "system"]).system == "system"
    assert suggested(["x", "y"]) == ColumnMapping("", (), metadata=("x", "y"))


def test_a_messy_table_becomes_rows_or_errors_each():
    first, second, third, fourth = rows(MESSY, MAPPING)
    assert (first.id, first.messages[0]["content"]) == ("17", "How do I, then, descale it?")
    assert [(one.content, one.model) for one in first.responses] == [
        ('With "vinegar".\r\nTwice.', "GPT-X"),
        ("No idea.", "Llama"),
    ]
    assert first.metadata == {"Notes": "checked"}
    assert isinstance(second, InvalidRow)
    assert "got 1" in second.detail
    assert third.id == "17"
    assert fourth.messages[0]["content"] == "[1] What is this?"


def test_without_an_id_a_row_is_known_by_its_content(project):
    mapping = ColumnMapping(prompt="Question", responses=("GPT-X", "Llama"))
    one, other = rows(MESSY, mapping), rows(MESSY, mapping)
    assert one[0].id == other[0].id != one[2].id
    assert one[0].id.startswith("row-")


def test_lists_in_cells_and_columns_of_parquet_like_rows():
    line = {
        "q": [{"role": "user", "content": "Why?"}],
        "all": ["a", {"content": "b", "model": "m"}],
        "sys": "Be brief.",
    }
    [found] = rows(to_jsonl(line), ColumnMapping(prompt="q", responses=("all",), system="sys"), "jsonl")
    assert [message["role"] for message in found.messages] == ["system", "user"]
    assert [one.model for one in found.responses] == ["", "m"]
    [cell] = rows(b'q,all\nWhy?,"[""a"", ""b""]"\n', ColumnMapping(prompt="q", responses=("all",)))
    assert [one.content for one in cell.responses] == ["a", "b"]


class TestPage:
    DATA = "/projects/support/data/"

    @pytest.fixture
    def page(self, client, max, project) -> str:
        client.force_login(max)
        file = io.BytesIO(MESSY)
        file.name = "tickets.csv"
        return client.post(self.DATA, {"file": file, "invalid": "refuse", "act": "map"}).headers["Location"]

    def chosen(self, **more) -> dict:
        named = {
            "prompt": "Question",
            "responses": ["GPT-X", "Llama"],
            "id": "Ticket",
            "named": "on",
            "invalid": "refuse",
        }
        return {**named, **more}

    def test_it_shows_rows_and_what_would_be_made(self, client, page, project):
        assert "descale it?" in client.get(page).content.decode()
        looked = client.post(page, self.chosen(act="look")).content.decode()
        assert "Line 4" in looked
        assert "expected 2 to 26 responses; got 1" in looked
        assert not project.prompts.exists()

    def test_errors_by_row_first_then_the_rest(self, client, page, project):
        refused = client.post(page, self.chosen())
        assert refused.status_code == 422
        assert "Line 5" in refused.content.decode(), "the second 17 has other content"
        assert not project.prompts.exists()

        client.post(page, self.chosen(invalid="skip"))
        assert sorted(project.prompts.values_list("external_id", flat=True)) == ["17", "19"]
        assert set(project.prompts.get(external_id="17").responses.values_list("model", flat=True)) == {
            "GPT-X",
            "Llama",
        }
        assert client.get(page).headers["Location"] == self.DATA, "the file has done its work"

    def test_a_table_without_responses_has_to_be_meant(self, client, page, project):
        forgotten = client.post(page, self.chosen(responses=[]))
        assert forgotten.status_code == 422
        assert "say that there are none yet" in forgotten.content.decode()
        assert client.post(page, self.chosen(unanswered="on")).status_code == 422
        assert not project.prompts.exists()

        meant = client.post(page, self.chosen(responses=[], unanswered="on", id=""))
        assert meant.status_code == 302
        assert project.prompts.filter(awaits_responses=True).count() == 4

    def test_a_column_is_one_thing(self, client, page, project):
        client.post(page, self.chosen(invalid="skip", metadata=["Ticket", "GPT-X", "Notes"]))
        assert project.prompts.get(external_id="17").metadata == {"Notes": "checked"}

    def test_a_long_table_becomes_a_job(self, client, max, project):
        client.force_login(max)
        lines = "".join(f"Why {number}?,a,b\n" for number in range(1001))
        upload = keep_upload(project=project, file=io.BytesIO(f"q,x,y\n{lines}".encode()), format="csv")
        client.post(f"{self.DATA}import/{upload}/", {"prompt": "q", "responses": ["x", "y"], "invalid": "refuse"})
        run_import_job(job_id=str(Job.objects.get().pk))
        assert Job.objects.get().result["created"] == 1001

    def test_a_file_that_is_none_is_said_and_dropped(self, client, max, project):
        client.force_login(max)
        upload = keep_upload(project=project, file=io.BytesIO(b"\xff\xfe\x00"), format="csv")
        assert client.get(f"{self.DATA}import/{upload}/").status_code == 422
        assert kept_upload(project, upload) is None

    def test_what_is_forgotten_goes_after_a_day(self, page, monkeypatch):
        from labeling.services import jobs

        assert remove_old_uploads() == 0
        monkeypatch.setattr(jobs, "KEPT", -jobs.KEPT)
        assert remove_old_uploads() >= 1

    def test_an_annotator_may_not(self, client, ada, page):
        client.force_login(ada)
        assert client.get(page).status_code == 403


class TestPreferences:
    def test_pairs_in_every_form_that_trl_knows(self, project):
        a, b = ([{"role": "assistant", "content": text}] for text in "ab")
        start = "\n\nHuman: When?\n\nAssistant: "
        lines = [
            {"prompt": "Why?", "chosen": "a", "rejected": "b"},
            {"prompt": [{"role": "user", "content": "How?"}], "chosen": a, "rejected": b},
            {"chosen": start + "a", "rejected": start + "b", "annotator": "x"},
        ]
        report = import_file(project, to_jsonl(*lines), recipe="pairs")
        assert report.created == 3
        assert import_file(project, to_jsonl(*lines), recipe="pairs").unchanged == 3
        for ranking in Ranking.objects.all():
            best = ranking.prompt.responses.get(key=ranking.tiers[0][0])
            assert best.content == "a"
        assert {prompt.messages[0]["content"] for prompt in project.prompts.all()} == {"Why?", "How?", "When?"}

    def test_scores_are_a_ranking_with_ties(self, project):
        line = {"id": "s", "prompt": "Why?", "responses": ["a", "b", "c"], "scores": [0.5, 2, 0.5]}
        import_file(project, to_jsonl(line), recipe="scored")
        ranking = Ranking.objects.get()
        names = dict(ranking.prompt.responses.values_list("key", "content"))
        assert [sorted(names[key] for key in tier) for tier in ranking.tiers] == [["b"], ["a", "c"]]

    @pytest.mark.parametrize(
        ("recipe", "line", "said"),
        [
            ("pairs", {"prompt": "Why?", "chosen": "a"}, "has no rejected"),
            ("pairs", {"prompt": "Why?", "chosen": "a", "rejected": "a"}, "prefers nothing"),
            (
                "pairs",
                {"chosen": "\n\nHuman: A\n\nAssistant: b", "rejected": "\n\nHuman: B\n\nAssistant: c"},
                "one conversation",
            ),
            ("scored", {"prompt": "Why?", "responses": ["a", "b"], "scores": [1]}, "a number for each"),
            ("scored", {"prompt": "Why?", "responses": ["a", "b"], "scores": [1, "2"]}, "expected numbers"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, project, recipe, line, said):
        report = import_file(project, to_jsonl(line), recipe=recipe, skip_invalid=True)
        assert said in json.dumps(report.errors)
