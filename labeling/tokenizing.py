"""Records through a program that turns their texts into token ids: nothing here holds a tokenizer."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from labeling.children import ChildEnded, LineChild
from labeling.exceptions import InvalidInput

TEXTS = ("prompt", "chosen", "rejected")


def through_tokenizer(records: Iterable[dict[str, Any]], command: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Each record with its texts replaced, in order; whatever else it holds stays.

    Raises `InvalidInput` with what the program said when it failed.
    """
    kept: list[dict[str, Any]] = []
    try:
        with LineChild(command) as child:
            for record in records:
                kept.append({name: value for name, value in record.items() if name not in TEXTS})
                child.tell({name: record[name] for name in TEXTS}, flush=False)
                while child.has_answered:
                    yield {**child.answer(), **kept.pop(0)}
            child.finish()
            while kept:
                yield {**child.answer(), **kept.pop(0)}
    except ChildEnded as error:
        raise InvalidInput(f"the pairs cannot be tokenized: {error}") from None
