"""Reading a frozen snapshot back, telling two apart, and finding what has learned from a ranking."""

import json
import mmap
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from django.contrib.auth.models import User
from django.http import Http404

from labeling.formats.groups import GroupRanking, RankingGroup
from labeling.models import Project, Ranking
from labeling.selectors.access import check_manages, projects_for
from labeling.selectors.people import pseudonyms
from labeling.selectors.rankings import excluded_annotators, left_out_rankings
from rewardmodel.models import DatasetSnapshot, RewardModel

INDEX_BLOCK = 1024 * 1024
ENTRY = re.compile(r"\[(\d+), (\d+), (\d+)\]")


@dataclass(frozen=True, slots=True)
class FrozenRanking:
    """One ranking as a snapshot holds it. tiers: the import's own response ids, the best tier first."""

    id: int
    prompt_id: str
    annotator: str
    tiers: list[list[str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What `later` holds otherwise than `earlier`, of the rankings in both and in one alone."""

    earlier: DatasetSnapshot
    later: DatasetSnapshot
    added: list[FrozenRanking] = field(default_factory=list)
    # Before and after, where a newer ranking of the same person has taken the place of an older one.
    revised: list[tuple[FrozenRanking, FrozenRanking]] = field(default_factory=list)
    # Set aside with the person who made them, or deleted.
    excluded: list[FrozenRanking] = field(default_factory=list)
    # Annotators whose weight is another one now: before and after.
    reweighted: dict[str, tuple[float, float]] = field(default_factory=dict)


def snapshot_for(user: User, snapshot_id: int) -> DatasetSnapshot:
    """One of a project that the caller manages; `PermissionDenied` for its annotators, `Http404` for all others."""
    found = DatasetSnapshot.objects.select_related("project", "created_by")
    snapshot = found.filter(pk=snapshot_id, project__in=projects_for(user)).first()
    if snapshot is None:
        raise Http404(f"no snapshot {snapshot_id}")
    check_manages(user, snapshot.project)
    return snapshot


def snapshot_of(project: Project, snapshot_id: int) -> DatasetSnapshot:
    """That snapshot of this project; `Http404` for all others."""
    snapshot = project.snapshots.select_related("project").filter(pk=snapshot_id).first()
    if snapshot is None:
        raise Http404(f"{project.slug!r} has no snapshot {snapshot_id}")
    return snapshot


def snapshot_policy(project: Project) -> dict[str, Any]:
    """What decides now on the content of a snapshot, as it is written down beside one."""
    names = pseudonyms(excluded_annotators(project))
    return {
        "split_salt": project.split_salt,
        "weigh_by_reliability": project.weigh_by_reliability,
        "excluded_annotators": sorted(names.values()),
        "left_out": left_out_rankings(project),
    }


def snapshot_difference(earlier: DatasetSnapshot, later: DatasetSnapshot) -> Difference:
    """Of two snapshots of one project; reads no more of their files than what differs."""
    before, after = ({entry[0]: entry for entry in _index(snapshot)} for snapshot in (earlier, later))
    gone = {_place(found): found for found in _frozen(earlier, [before[pk] for pk in before.keys() - after.keys()])}
    difference = Difference(earlier, later, reweighted=_reweighted(earlier, later))
    for found in _frozen(later, [after[pk] for pk in after.keys() - before.keys()]):
        old = gone.pop(_place(found), None)
        if old is None:
            difference.added.append(found)
        else:
            difference.revised.append((old, found))
    difference.excluded.extend(gone.values())
    return difference


def learned_by(ranking_ids: Collection[int]) -> dict[int, list[int]]:
    """The versions that have learned from each of these rankings, oldest first; none where its prompt is kept to test.

    A prompt's split never changes, so that of the database is the snapshot's.
    """
    learned: dict[int, list[int]] = {pk: [] for pk in ranking_ids}
    rankings = Ranking.objects.filter(pk__in=ranking_ids, prompt__split="train")
    trained_on = dict(rankings.values_list("pk", "prompt__project"))
    models = RewardModel.objects.filter(project__in=set(trained_on.values())).select_related("snapshot__project")
    for model in models.order_by("version"):
        # A snapshot whose files were lost can tell nothing, and is no reason to show nobody else's.
        if not model.snapshot.index_path.is_file():
            continue
        with model.snapshot.index_path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            for pk, project in trained_on.items():
                # Searched as text: every entry begins so, and reading a hundred thousand takes a hundred times longer.
                if project == model.project_id and text.find(b"[%d, " % pk) >= 0:
                    learned[pk].append(model.version)
    return learned


def snapshot_groups(snapshot: DatasetSnapshot) -> Iterator[RankingGroup]:
    """One group for each ranking of the snapshot, holding that ranking alone, in the order the rankings were made."""
    at, record = -1, {}
    with snapshot.path.open("rb") as file:
        for ranking_id, offset, place in _index(snapshot):
            # Rankings of one prompt often follow each other, as in an import.
            if offset != at:
                at, record = offset, _record_at(file, offset)
            ranking = GroupRanking(id=ranking_id, **record["rankings"][place])
            yield RankingGroup(**{**record, "rankings": [ranking]})


def snapshot_whole_groups(snapshot: DatasetSnapshot) -> Iterator[RankingGroup]:
    """The groups as they were frozen; their rankings' ids, which the file does not hold, are 0."""
    for line in snapshot_lines(snapshot):
        record = json.loads(line)
        rankings = [GroupRanking(id=0, **ranking) for ranking in record["rankings"]]
        yield RankingGroup(**{**record, "rankings": rankings})


def snapshot_lines(snapshot: DatasetSnapshot) -> Iterator[bytes]:
    """The groups file itself, line by line."""
    with snapshot.path.open("rb") as file:
        yield from file


def _index(snapshot: DatasetSnapshot) -> Iterator[tuple[int, int, int]]:
    """Id, offset and place of every ranking; read piece by piece, for a million of them take 100 MB at once."""
    rest = ""
    with snapshot.index_path.open() as file:
        while block := file.read(INDEX_BLOCK):
            text = rest + block
            end = text.rfind("]") + 1
            rest = text[end:]
            for found in ENTRY.finditer(text, 0, end):
                yield int(found[1]), int(found[2]), int(found[3])


def _frozen(snapshot: DatasetSnapshot, entries: Collection[tuple[int, int, int]]) -> Iterator[FrozenRanking]:
    with snapshot.path.open("rb") as file:
        for ranking_id, offset, place in sorted(entries):
            record = _record_at(file, offset)
            said = record["rankings"][place]
            yield FrozenRanking(ranking_id, record["id"], said["annotator"], said["tiers"])


def _place(ranking: FrozenRanking) -> tuple[str, str]:
    return ranking.prompt_id, ranking.annotator


def _reweighted(earlier: DatasetSnapshot, later: DatasetSnapshot) -> dict[str, tuple[float, float]]:
    before, after = (snapshot.policy.get("weights", {}) for snapshot in (earlier, later))
    return {name: (before[name], after[name]) for name in before if name in after and before[name] != after[name]}


def _record_at(file: IO[bytes], offset: int) -> dict[str, Any]:
    file.seek(offset)
    record: dict[str, Any] = json.loads(file.readline())
    return record
