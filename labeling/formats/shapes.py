"""The shapes of DESIGN section 4 by their names: how a group becomes records, and the columns these have. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from labeling.formats.dpo import dpo_records
from labeling.formats.groups import RankingGroup, group_records
from labeling.formats.hh import hh_records
from labeling.formats.kto import kto_records
from labeling.formats.openrlhf import openrlhf_records
from labeling.formats.options import Options, Record
from labeling.formats.trl import trl_records

TEXT, TEXTS = pa.string(), pa.list_(pa.string())
MESSAGES = pa.list_(pa.struct({"role": TEXT, "content": TEXT}))
RANKING = {
    "annotator": TEXT,
    "cohort": TEXTS,
    "tiers": pa.list_(TEXTS),
    "acceptable": TEXTS,
    # Objects whose keys are data have no columns; they stand as JSON.
    "ratings": TEXT,
    "weight": pa.float64(),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """columns: names and Arrow types of a record's fields, in order.  pairs: made of preferences, so ties may be asked
    for.  whole_groups: one record a prompt, with all its rankings; else the groups come cut into one a ranking.
    cursor: the field by which an export goes on where another one stopped.  tokenized: its columns are made of the
    records' texts by a tokenizer."""

    records: Callable[[RankingGroup, Options], Iterator[Record]]
    columns: dict[str, pa.DataType]
    pairs: bool = True
    whole_groups: bool = False
    cursor: str = ""
    tokenized: bool = False

    def schema(self, *, include_ties: bool) -> pa.Schema:
        return pa.schema({**self.columns, **({"tie": pa.bool_()} if include_ties and self.pairs else {})})


SHAPES = {
    "trl": Shape(
        trl_records,
        {
            "prompt": MESSAGES,
            "chosen": MESSAGES,
            "rejected": MESSAGES,
            "margin": pa.int64(),
            "weight": pa.float64(),
            "prompt_id": TEXT,
            "ranking_id": pa.int64(),
            "annotator": TEXT,
            "chosen_model": TEXT,
            "rejected_model": TEXT,
            "split": TEXT,
        },
        cursor="ranking_id",
    ),
    "dpo": Shape(dpo_records, {"prompt": MESSAGES, "chosen": MESSAGES, "rejected": MESSAGES}),
    "kto": Shape(kto_records, {"prompt": MESSAGES, "completion": MESSAGES, "label": pa.bool_()}, pairs=False),
    "openrlhf": Shape(openrlhf_records, {"chosen": MESSAGES, "rejected": MESSAGES, "margin": pa.int64()}),
    "hh": Shape(hh_records, {"chosen": TEXT, "rejected": TEXT}),
    # What is written is these texts as token ids, by a program that holds the tokenizer.
    "tokenized": Shape(
        dpo_records,
        {
            "chosen_input_ids": pa.list_(pa.int32()),
            "chosen_attention_mask": pa.list_(pa.int8()),
            "rejected_input_ids": pa.list_(pa.int32()),
            "rejected_attention_mask": pa.list_(pa.int8()),
        },
        tokenized=True,
    ),
    "groups": Shape(
        group_records,
        {
            "id": TEXT,
            "prompt": MESSAGES,
            "metadata": TEXT,
            "responses": pa.list_(pa.struct({"id": TEXT, "content": TEXT, "model": TEXT})),
            "rankings": pa.list_(pa.struct(RANKING)),
            "split": TEXT,
        },
        pairs=False,
        whole_groups=True,
        cursor="id",
    ),
}
