"""The client against a server on loopback, over connections that break."""

import json

import httpx
import pytest

from labeling import queue
from labeling.models import Ranking
from labeling.services.generation import RUN_GENERATION, run_generation_job
from labeling.services.jobs import run_import_job
from labeling.services.judging import RUN_JUDGING, run_judging_job
from labeling.services.tokens import create_token
from podium_client import AsyncPodium, GRPOReward, JobFailed, Podium, PodiumError, sending
from podium_client.command import main
from rewardmodel.models import TrainingRun
from rewardmodel.services.snapshots import freeze_snapshot
from tests.chat import Endpointed, completion, counted
from tests.factories import exported_lines, make_prompts, rank, row, to_jsonl
from tests.loops import run

pytestmark = pytest.mark.django_db(transaction=True)


class Breaking(httpx.BaseTransport):
    """Breaks answers off: the n-th one (from 0) after so many bytes, or before any of it came."""

    def __init__(self, *cuts: int | None) -> None:
        self._inner, self._cuts, self.requests = httpx.HTTPTransport(), list(cuts), []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._inner.handle_request(request)
        cut = self._cuts.pop(0) if self._cuts else None
        if cut is None:
            return answer
        content = answer.read()
        if cut == 0:
            raise httpx.ReadError("cut off", request=request)
        headers = {name: value for name, value in answer.headers.items() if name not in ("transfer-encoding",)}
        return httpx.Response(answer.status_code, headers=headers, stream=Cut(content[:cut]))


class Cut(httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self):
        yield self._content
        raise httpx.ReadError("cut off")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(sending, "FIRST_WAIT", 0.001)


@pytest.fixture
def token(max) -> str:
    return create_token(user=max, scopes=["read", "annotate", "write", "train", "score"])[1]


@pytest.fixture
def podium(live_server, token, project):
    with Podium(live_server.url, token) as podium:
        yield podium


def breaking(live_server, token, *cuts: int | None) -> tuple[Podium, Breaking]:
    transport = Breaking(*cuts)
    return Podium(live_server.url, token, transport=transport), transport


def test_projects_are_made_changed_and_listed(podium):
    made = podium.create_project("tone", "Tone", overlap=2)
    assert podium.update_project("tone", name="Tone of voice")["name"] == "Tone of voice"
    assert made["overlap"] == podium.project("tone")["overlap"] == 2
    assert {project["slug"] for project in podium.projects()} == {"support", "tone"}


def test_lists_come_whole_however_many_pages_they_have(podium, project, ada):
    for prompt in make_prompts(project, *(f"p-{number}" for number in range(120))):
        rank(ada, prompt, "r2 > r1 = r3")
    assert len({ranking["id"] for ranking in podium.rankings("support")}) == 120


class TestImport:
    def test_a_file_or_rows_as_often_as_one_likes(self, podium, tmp_path):
        path = tmp_path / "prompts.jsonl"
        path.write_bytes(to_jsonl(row("p-1"), row("p-2")))
        assert podium.import_prompts("support", path) == {"created": 2, "unchanged": 0, "skipped": 0}

        seen = []
        rows = (row(f"p-{number}") for number in range(1, 1502))
        assert podium.import_prompts("support", rows, progress=seen.append)["created"] == 1499
        assert [counts["created"] + counts["unchanged"] for counts in seen] == [1000, 1501]

    def test_a_long_file_is_a_job_that_is_waited_for(self, podium, tmp_path, monkeypatch):
        path = tmp_path / "prompts.jsonl"
        path.write_bytes(to_jsonl(*(row(f"p-{number}") for number in range(1001))))
        looked = podium.job

        def work_and_look(job):
            run_import_job(job_id=job)
            return looked(job)

        monkeypatch.setattr(podium, "job", work_and_look)
        assert podium.import_prompts("support", path)["created"] == 1001

    def test_what_is_refused_is_told_by_row(self, podium):
        with pytest.raises(PodiumError) as refused:
            podium.import_prompts("support", [row("p-1"), {"id": "p-2"}])
        assert refused.value.status == 400
        assert refused.value.errors[0]["line"] == 2
        assert "none was" in refused.value.detail


class TestAnnotating:
    def test_a_function_ranks_what_is_left(self, podium, project):
        make_prompts(project, "p-1", "p-2", "p-3")

        def longest_first(assignment):
            return [[one["id"]] for one in sorted(assignment["responses"], key=lambda one: -len(one["content"]))]

        assert podium.annotate("support", longest_first) == 3
        assert podium.next_assignment("support") is None
        best = {pair["chosen"][0]["content"] for pair in podium.pairs("support") if pair["margin"] == 2}
        assert best == {"Three."}

    def test_a_ranking_whose_answer_was_lost_is_stored_once(self, live_server, token, project):
        make_prompts(project, "p-1")
        podium, transport = breaking(live_server, token, None, 0, 0)
        assignment = podium.next_assignment("support")

        ranking = podium.submit(assignment["id"], [[one["id"]] for one in assignment["responses"]])

        assert len(transport.requests) == 4
        assert Ranking.objects.get().pk == ranking["id"]

    def test_what_may_not_be_repeated_is_not(self, live_server, token, project):
        podium, transport = breaking(live_server, token, 0)
        with pytest.raises(httpx.ReadError):
            podium.create_project("once", "Once")
        assert len(transport.requests) == 1


class TestPairs:
    @pytest.fixture
    def whole(self, project, ada, max):
        for prompt in make_prompts(project, *(f"p-{number}" for number in range(9))):
            rank(ada, prompt, "r2 > r3 > r1")
        return {
            shape: [json.loads(line) for line in exported_lines(project, shape=shape)] for shape in ("trl", "groups")
        }

    @pytest.mark.parametrize("cuts", [(), (0, 0), (1500,), (3000, 700, 900), (2900, 1)])
    def test_every_record_comes_once_however_often_the_connection_breaks(self, live_server, token, whole, cuts):
        podium, _ = breaking(live_server, token, *cuts)
        assert list(podium.pairs("support")) == whole["trl"]
        podium, _ = breaking(live_server, token, *cuts)
        assert list(podium.pairs("support", shape="groups")) == whole["groups"]

    @pytest.mark.parametrize("cuts", [(1500,), (3000, 700, 900)])
    def test_a_snapshot_goes_on_in_every_shape(self, live_server, token, project, max, whole, cuts):
        snapshot = freeze_snapshot(project=project, created_by=max)
        podium, transport = breaking(live_server, token, *cuts)
        read = list(podium.pairs("support", shape="dpo", snapshot=snapshot.pk))
        assert read == [{name: pair[name] for name in ("prompt", "chosen", "rejected")} for pair in whole["trl"]]
        assert transport.requests[1].headers["Range"].startswith("bytes=")

    def test_what_cannot_go_on_says_so(self, live_server, token, whole):
        podium, _ = breaking(live_server, token, 1500)
        with pytest.raises(httpx.ReadError):
            list(podium.pairs("support", shape="dpo"))

    def test_a_download_is_the_export(self, podium, project, whole, tmp_path):
        size = podium.download("support", tmp_path / "pairs.jsonl", shape="trl")
        assert (tmp_path / "pairs.jsonl").read_bytes() == b"".join(exported_lines(project))
        assert size == (tmp_path / "pairs.jsonl").stat().st_size

    def test_a_wrong_choice_is_the_servers_refusal(self, podium):
        with pytest.raises(PodiumError, match="shape must be one of"):
            list(podium.pairs("support", shape="xml"))


def test_a_run_is_waited_for_and_its_failure_told(podium, project, ada, max):
    rank(ada, make_prompts(project, "p-1")[0], "r2 > r1 = r3")
    run = podium.start_run("support")
    seen = []

    def end_it(found):
        seen.append(found["status"])
        TrainingRun.objects.filter(pk=run["id"]).update(status="failed", error="no space left")

    with pytest.raises(JobFailed, match="no space left"):
        podium.wait_for_run(run["id"], progress=end_it, every=0)
    assert seen == ["queued", "failed"]


def test_the_reward_of_grpo_keeps_its_order_and_asks_once_a_prompt():
    asked = []

    class Scores:
        def score_all(self, project, inputs):
            asked.append(inputs)
            return [[float(len(response)) for response in one["responses"]] for one in inputs]

    reward = GRPOReward("support", client=Scores())
    turn = [{"role": "assistant", "content": "four"}]

    assert reward(prompts=["a", "b", "a", "b"], completions=["x", "xx", turn, " "], other=1) == [1.0, 2.0, 4.0, 13.0]
    assert [len(inputs) for inputs in asked] == [2]
    assert reward.__name__ == "podium_support"


def test_the_async_client_does_the_same(live_server, token, project):
    async def work():
        async with AsyncPodium(live_server.url, token) as podium:
            await podium.import_prompts("support", [row("p-1"), row("p-2")])
            while assignment := await podium.next_assignment("support"):
                await podium.submit(assignment["id"], [[one["id"]] for one in assignment["responses"]])
            return [pair async for pair in podium.pairs("support")], [one["slug"] async for one in podium.projects()]

    pairs, slugs = run(work())
    assert len(pairs) == 6
    assert slugs == ["support"]


class TestCommand:
    def test_import_export_and_refusals(self, live_server, token, project, ada, tmp_path, capsys, monkeypatch):
        monkeypatch.setenv("PODIUM_URL", live_server.url)
        monkeypatch.setenv("PODIUM_TOKEN", token)
        path = tmp_path / "prompts.jsonl"
        path.write_bytes(to_jsonl(row("p-1")))

        assert main(["import", "support", str(path)]) == 0
        rank(ada, project.prompts.get(), "r2 > r1 = r3")
        assert main(["export", "support", "-o", str(tmp_path / "out.jsonl"), "--shape", "dpo"]) == 0
        assert main(["export", "support", "-o", str(tmp_path / "out.jsonl"), "--shape", "xml"]) == 1
        assert main(["import", "nowhere", str(path)]) == 1
        assert main(["import", "support", str(tmp_path / "none.jsonl")]) == 1

        said = capsys.readouterr()
        assert said.out == "1 created, 0 unchanged, 0 skipped\n"
        assert "shape must be one of" in said.err
        assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
        assert token not in said.out + said.err

    def test_without_an_address_it_says_what_is_missing(self, capsys, monkeypatch):
        monkeypatch.delenv("PODIUM_URL", raising=False)
        with pytest.raises(SystemExit) as ended:
            main(["projects"])
        assert ended.value.code == 2
        assert "PODIUM_TOKEN" in capsys.readouterr().err


def test_models_answer_and_rank_prompts(podium, project, monkeypatch, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    carried = {RUN_GENERATION: run_generation_job, RUN_JUDGING: run_judging_job}
    monkeypatch.setattr(queue, "_send", lambda task, args: carried[task](job_id=args[0]))
    server = Endpointed(counted)
    podium.import_prompts(project.slug, [{"prompt": "Why?"}, {"prompt": "How?"}], recipe="unanswered")
    model = podium.add_model(project.slug, "m-1", url=server.url, key="sk-secret")
    assert model["has_key"]
    assert "sk-secret" not in json.dumps(model)

    told = []
    answered = podium.generate(project.slug, [model["id"]], n=2, progress=told.append)
    assert (answered["prompts"], answered["created"]) == (2, 4)
    assert told[-1]["status"] == "succeeded"
    server.answer = lambda number, body: completion("A > B")
    judged = podium.judge(project.slug, model["id"])
    # Asked the other way round it says the same letter: it decides nothing.
    assert (judged["ranked"], judged["contradicted"]) == (2, 2)
    server.close()
