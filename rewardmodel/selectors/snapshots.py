"""Reading a frozen snapshot back."""

import json
from collections.abc import Iterator
from typing import IO, Any

from labeling.formats.groups import GroupRanking, RankingGroup
from rewardmodel.models import DatasetSnapshot


def snapshot_groups(snapshot: DatasetSnapshot, *, split: str = "") -> Iterator[RankingGroup]:
    """One group for each ranking of the snapshot, holding that ranking alone, in the order the rankings were made."""
    index = json.loads(snapshot.path.with_suffix(".index.json").read_text())
    with snapshot.path.open("rb") as file:
        for ranking_id, offset, place in index:
            record = _record_at(file, offset)
            if not split or record["split"] == split:
                yield _group(record, ranking_id, place)


def snapshot_lines(snapshot: DatasetSnapshot, *, split: str = "") -> Iterator[bytes]:
    """The groups file itself, line by line."""
    with snapshot.path.open("rb") as file:
        for line in file:
            if not split or json.loads(line)["split"] == split:
                yield line


def _record_at(file: IO[bytes], offset: int) -> dict[str, Any]:
    file.seek(offset)
    record: dict[str, Any] = json.loads(file.readline())
    return record


def _group(record: dict[str, Any], ranking_id: int, place: int) -> RankingGroup:
    ranking = GroupRanking(id=ranking_id, **record["rankings"][place])
    return RankingGroup(**{**record, "rankings": [ranking]})
