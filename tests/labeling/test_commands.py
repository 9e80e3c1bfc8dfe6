"""The commands of labeling: adapters that say what happened."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from labeling.models import ApiToken
from tests.factories import rank, row, to_jsonl


@pytest.fixture
def rows_file(tmp_path):
    def write(*rows: dict, name: str = "rows.jsonl", content: bytes = b"") -> str:
        path = tmp_path / name
        path.write_bytes(content or to_jsonl(*rows))
        return str(path)

    return write


def test_create_token_prints_the_token_alone_on_its_last_line(ada, capsys):
    call_command("create_token", "ada", "--scope", "read", "--scope", "score", "--name", "notebook")

    secret = capsys.readouterr().out.splitlines()[-1]
    token = ApiToken.objects.get()
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert (token.user, token.scopes, token.name, token.expires_at) == (ada, ["read", "score"], "notebook", None)


def test_create_token_with_days_expires(ada):
    call_command("create_token", "ada", "--scope", "read", "--days", "3")

    assert timedelta(days=2.9) < ApiToken.objects.get().expires_at - timezone.now() <= timedelta(days=3)


@pytest.mark.parametrize("arguments", [["nobody", "--scope", "read"], ["ada", "--scope", "all"], ["ada"]])
def test_create_token_refuses_unknown_people_and_scopes(ada, arguments):
    with pytest.raises(CommandError):
        call_command("create_token", *arguments)

    assert not ApiToken.objects.exists()


def test_create_token_refuses_who_has_left(ada):
    ada.is_active = False
    ada.save()

    with pytest.raises(CommandError, match="no active user 'ada'"):
        call_command("create_token", "ada", "--scope", "read")


def test_import_prompts_says_how_many(project, rows_file, capsys):
    call_command("import_prompts", "support", rows_file(row("p-1"), row("p-2"), row("p-1")))

    assert capsys.readouterr().out == "2 created, 1 unchanged, 0 skipped\n"
    assert project.prompts.count() == 2


def test_import_prompts_lists_the_bad_rows_and_imports_nothing(project, rows_file, capsys):
    path = rows_file(
        row("p-1"), row("p-2", responses=["One."]), content=to_jsonl(row("p-1"), row("p-2", responses=["x"])) + b"{"
    )

    with pytest.raises(CommandError, match="2 of the rows cannot be imported"):
        call_command("import_prompts", "support", path)

    assert capsys.readouterr().err.splitlines() == [
        "line 2, responses: expected 2 to 26 responses; got 1",
        "line 3: expected JSON; Expecting property name enclosed in double quotes at character 2",
    ]
    assert not project.prompts.exists()


def test_import_prompts_skips_and_counts_when_told_to(project, rows_file, capsys):
    call_command("import_prompts", "support", rows_file(row("p-1"), row("p-2", responses=["x"])), "--skip-invalid")

    captured = capsys.readouterr()
    assert captured.out == "1 created, 0 unchanged, 1 skipped\n"
    assert captured.err == "line 2, responses: expected 2 to 26 responses; got 1\n"


def test_import_prompts_takes_a_format_a_recipe_and_a_limit(project, rows_file, capsys):
    texts = [{"text": f"T{number}", "label": number % 2} for number in range(8)]
    path = rows_file(name="imdb.txt", content=json.dumps(texts).encode())

    call_command("import_prompts", "support", path, "--format", "json", "--recipe", "sentiment", "--limit", "2")

    assert capsys.readouterr().out == "2 created, 0 unchanged, 0 skipped\n"


@pytest.mark.parametrize(
    ("slug", "name", "said"),
    [
        ("nowhere", "rows.jsonl", "no project 'nowhere'"),
        ("support", "missing.jsonl", "no file"),
        ("support", "rows.xlsx", "known endings are"),
    ],
)
def test_import_prompts_says_what_is_missing(project, rows_file, tmp_path, slug, name, said):
    rows_file(row("p-1"))
    rows_file(row("p-1"), name="rows.xlsx")

    with pytest.raises(CommandError, match=said):
        call_command("import_prompts", slug, str(tmp_path / name))

    assert not project.prompts.exists()


def test_export_pairs_writes_a_file_or_standard_output(project, ada, prompt, tmp_path, capsysbinary):
    rank(ada, prompt, "r2 > r1 = r3")
    path = tmp_path / "pairs.jsonl"

    call_command("export_pairs", "support", "--output", str(path))
    captured = capsysbinary.readouterr()
    call_command("export_pairs", "support")

    assert captured.out == b""
    size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
    assert captured.err == f"{size:,} bytes written to {path} (SHA-256 {digest})\n".encode()
    assert capsysbinary.readouterr().out == path.read_bytes()
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["pairs.jsonl"]


def test_export_pairs_takes_shape_split_and_ties(project, ada, prompt, capsysbinary):
    rank(ada, prompt, "r2 > r1 = r3")

    call_command("export_pairs", "support", "--include-ties")
    with_ties = capsysbinary.readouterr().out.splitlines()
    call_command("export_pairs", "support", "--shape", "groups", "--split", "test")
    test_split = capsysbinary.readouterr().out
    call_command("export_pairs", "support", "--shape", "groups", "--split", prompt.split)

    assert len(with_ties) == 3
    assert test_split == b""
    assert json.loads(capsysbinary.readouterr().out)["id"] == "p-1"


def test_export_pairs_refuses_what_it_does_not_know(project):
    with pytest.raises(CommandError, match="no project 'nowhere'"):
        call_command("export_pairs", "nowhere")
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("export_pairs", "support", "--shape", "csv")
