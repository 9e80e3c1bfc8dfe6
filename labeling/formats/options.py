"""What may be chosen of the records that a shape makes. Pure."""

from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """include_ties: ties too, as pairs of margin 0, every record marked `tie`.  model: only what involves a response
    of that model; empty = everything."""

    include_ties: bool = False
    model: str = ""


EVERYTHING = Options()
