"""A training's progress file is followed while it is written."""

import json

from hypothesis import given
from hypothesis import strategies as st

from rewardmodel.progress import MOST_POINTS, Progress, ProgressReader


def line(event: str, **fields) -> bytes:
    return json.dumps({"event": event, **fields}).encode() + b"\n"


def test_what_was_appended_since_is_read(tmp_path):
    path = tmp_path / "progress.jsonl"
    reader = ProgressReader(path)
    assert reader.read() == Progress(), "there is no file yet"

    path.write_bytes(line("start", step=0, total_steps=9))
    assert (reader.read().step, reader.read().total_steps) == (0, 9)

    with path.open("ab") as file:
        file.write(line("step", step=1, total_steps=9, loss=0.7) + line("eval", step=1, accuracy=0.5))
    progress = reader.read()
    assert progress.step == 1
    assert [point["event"] for point in progress.curve] == ["step", "eval"]
    assert not progress.finished


def test_a_line_that_is_still_being_written_is_read_when_it_is_whole(tmp_path):
    path = tmp_path / "progress.jsonl"
    reader = ProgressReader(path)
    whole = line("step", step=1, total_steps=9, loss=0.7)

    path.write_bytes(line("start", total_steps=9) + whole[:10])
    assert reader.read().curve == []
    with path.open("ab") as file:
        file.write(whole[10:])
    assert len(reader.read().curve) == 1
    assert len(reader.read().curve) == 1, "and once"


@given(st.lists(st.integers(1, 40), max_size=20), st.integers(1, 30))
def test_however_the_file_grows_the_same_is_read(tmp_path_factory, cuts, steps):
    path = tmp_path_factory.mktemp("progress") / "progress.jsonl"
    content = b"".join(line("step", step=step, total_steps=steps, loss=1 / step) for step in range(1, steps + 1))
    content += line("end")
    reader = ProgressReader(path)
    at = 0
    for cut in [*cuts, len(content)]:
        with path.open("ab") as file:
            file.write(content[at : at + cut])
        at += cut
        reader.read()

    assert [point["step"] for point in reader.progress.curve] == list(range(1, steps + 1))
    assert reader.progress.finished


def test_a_long_run_keeps_a_bounded_curve_from_its_first_step_to_its_last_with_all_evaluations():
    progress = Progress()
    for step in range(1, 5001):
        progress.take({"event": "step", "step": step, "total_steps": 5000, "loss": 1.0})
        if step % 1000 == 0:
            progress.take({"event": "eval", "step": step, "accuracy": 0.5})

    assert len(progress.curve) <= MOST_POINTS
    steps = [point["step"] for point in progress.curve if point["event"] == "step"]
    assert steps == sorted(steps)
    assert steps[0] == 1
    assert steps[-1] > 4900
    assert [point["step"] for point in progress.curve if point["event"] == "eval"] == [1000, 2000, 3000, 4000, 5000]
    assert progress.step == 5000


def test_the_end_is_told_apart():
    for event, field in (("end", "finished"), ("stopped", "stopped")):
        progress = Progress()
        progress.take({"event": event})
        assert getattr(progress, field)
    progress = Progress()
    progress.take({"event": "error", "message": "no such folder"})
    assert progress.error == "no such folder"
    progress.take({"event": "error"})
    assert progress.error == "the training gave no reason"


def test_an_event_of_another_kind_changes_no_curve():
    progress = Progress()
    progress.take({"event": "saved", "what": "checkpoint", "step": 4})

    assert (progress.curve, progress.step) == ([], 4)
