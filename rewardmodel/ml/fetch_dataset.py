"""Write a split of a data set as one Parquet file, in constant memory.

    python -m rewardmodel.ml.fetch_dataset --dataset NAME_OR_FOLDER --output rows.parquet
        [--config C --split S --revision R --anonymous]

A folder is one that `save_to_disk` wrote, or one of data files. No data set runs code of its own here.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset, IterableDataset, load_dataset_builder, load_from_disk
from datasets.exceptions import DatasetsError
from huggingface_hub.errors import HfHubHTTPError

from rewardmodel.ml.arguments import Parser
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.lifecycle import DONE, run_command

ROWS_AT_ONCE = 1000
REASON_CHARACTERS = 300
# What `save_to_disk` leaves in a folder, for one split and for several.
SAVED = ("state.json", "dataset_dict.json")


def read_dataset(
    name: str,
    *,
    config: str | None = None,
    split: str | None = None,
    revision: str | None = None,
    hub: bool = False,
    token: bool | None = None,
) -> Dataset | IterableDataset:
    """One split of a data set. hub: no folder.  token: False = only what is public. Raises `InputError`."""
    if hub and Path(name).exists():
        # `datasets` would take a folder of that name for it.
        raise InputError(f"data set {name}: a folder of this name is in the way. Import it from elsewhere.")
    try:
        if any((Path(name) / file).is_file() for file in SAVED):
            found: Any = load_from_disk(name)
        else:
            builder = load_dataset_builder(name, config, revision=revision, token=token)
            if hub:
                check_files(builder.config.data_files or {}, name)
            found = builder.as_streaming_dataset()
    except (DatasetsError, HfHubHTTPError, OSError, ValueError, RuntimeError) as error:
        # What comes after may be a list of every ending that the library knows.
        reason = textwrap.shorten(str(error).strip().split("\n")[0], REASON_CHARACTERS, placeholder="…")
        raise InputError(f"data set {name}: cannot be read ({reason}).") from error
    if isinstance(found, Dataset | IterableDataset):
        return found
    splits = list(found)
    wanted = split or ("train" if "train" in splits or len(splits) > 1 else splits[0])
    if wanted not in splits:
        raise InputError(f"data set {name}: has no split {wanted!r}; name one of {', '.join(splits)}.")
    one: Dataset | IterableDataset = found[wanted]
    return one


def check_files(files: Mapping[Any, Iterable[Any]], name: str) -> None:
    """Raise `InputError` where a data set on the hub names files that lie elsewhere.

    Its description may hold any path, and `datasets` follows it: to this machine's files, too.
    """
    for own in files.values():
        if outside := [str(file) for file in own if not str(file).startswith("hf://")]:
            raise InputError(f"data set {name}: names a file outside of itself ({outside[0]}). It is not read.")


def write_rows(rows: Dataset | IterableDataset, output: Path) -> int:
    """The data set as Parquet; how many rows. Raises `InputError` for one that is empty."""
    writer: pq.ParquetWriter | None = None
    count = 0
    try:
        for table in rows.with_format("arrow").iter(batch_size=ROWS_AT_ONCE):
            # What `datasets` notes about features is of no use without it.
            plain: pa.Table = table.replace_schema_metadata(None)
            writer = writer or pq.ParquetWriter(output, plain.schema)
            writer.write_table(plain.cast(writer.schema))
            count += plain.num_rows
    except (pa.ArrowException, DatasetsError, HfHubHTTPError, OSError) as error:
        raise InputError(f"the data set breaks off after {count} rows: {error}") from error
    finally:
        if writer is not None:
            writer.close()
    if not count:
        raise InputError("the data set has no rows.")
    return count


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(prog="python -m rewardmodel.ml.fetch_dataset", description="Write a data set as one Parquet file.")
    parser.add_argument("--dataset", required=True, help="a Hugging Face id or a folder")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--config")
    parser.add_argument("--split", help="train, or the only one, when not given")
    parser.add_argument("--revision")
    parser.add_argument("--hub", action="store_true", help="the name is an id, whatever lies here")
    parser.add_argument("--anonymous", action="store_true", help="read only what is public")

    def run() -> int:
        given = parser.parse_args(argv)
        token = False if given.anonymous else None
        rows = read_dataset(
            given.dataset, config=given.config, split=given.split, revision=given.revision, hub=given.hub, token=token
        )
        print(f"{write_rows(rows, given.output)} rows")
        return DONE

    return run_command(run)


if __name__ == "__main__":
    sys.exit(main())
