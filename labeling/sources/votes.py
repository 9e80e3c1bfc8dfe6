"""The recipe `votes`: which of two responses somebody chose, as rankings of prompts with two responses. Pure.

Each item, two responses to a prompt, becomes a prompt of its own, also where several items are about the same text:
people who voted on some pairs of five responses have not ranked the five, and their votes may go round in a circle.
Items of one text are in one split all the same, since that follows from the text.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from labeling.ranking import Tiers
from labeling.sources.readers import Decoded
from labeling.sources.rows import InvalidRow, JudgementRow, Parsed, PromptRow, parse_annotator, parse_row

# Of items whose votes may still go on, the texts held at once. The one that had no vote for longest is closed first.
HELD_CHARACTERS = 32_000_000
WINNERS = ("a", "b", "tie")


@dataclass(slots=True)
class _Item:
    line: int
    row: PromptRow
    votes: dict[str | None, JudgementRow] = field(default_factory=dict)

    @property
    def size(self) -> int:
        texts = [message["content"] for message in self.row.messages] + [one.content for one in self.row.responses]
        return sum(map(len, texts))

    def closed(self) -> tuple[int, PromptRow]:
        return self.line, replace(self.row, judgements=tuple(self.votes.values()))


def votes(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """One vote a row, or all votes on an item in one row; each item comes out under the line of its first vote.

    Columns: `item_id`, `prompt` (text or messages), `response_a`, `response_b` (or `argument_a`, `argument_b`), and
    either `winner` (a, b or tie) and `annotator`, or `votes`, a list of these two; `model_a`, `model_b`, `id_a`, `id_b`
    and `split_key` if known. Others are left alone. Without an annotator a vote is the importing user's.

    The votes of an item may lie apart, as far as the texts of all items between them stay below 32 million characters,
    which are what is held in memory with the ids of all items; a vote that comes later still is an error.
    """
    open_items: OrderedDict[str, _Item] = OrderedDict()
    closed: set[str] = set()
    held = 0
    for line, value in decoded:
        try:
            row, found = _votes(value)
            if row.id in closed:
                raise InvalidRow("item_id", f"the votes on {row.id!r} lie too far apart; sort the rows by item_id")
            item = open_items.get(row.id) or _Item(line, row)
            _add(item, row, found)
        except InvalidRow as error:
            yield line, error
            continue
        if row.id not in open_items:
            held += item.size
        open_items[row.id] = item
        open_items.move_to_end(row.id)
        while held > HELD_CHARACTERS:
            item_id, oldest = open_items.popitem(last=False)
            closed.add(item_id)
            held -= oldest.size
            yield oldest.closed()
    for item in open_items.values():
        yield item.closed()


def _add(item: _Item, row: PromptRow, found: list[JudgementRow]) -> None:
    """Add the votes of a row to its item, all of them or none."""
    if row != item.row:
        raise InvalidRow("item_id", f"{row.id!r} came before with another prompt or other responses")
    if twice := [one.annotator for one in found if one.annotator in item.votes]:
        who = "an annotator without a name" if twice[0] is None else repr(twice[0])
        raise InvalidRow("annotator", f"{who} has voted on {row.id!r} already")
    item.votes |= {one.annotator: one for one in found}


def _votes(value: object) -> tuple[PromptRow, list[JudgementRow]]:
    if isinstance(value, InvalidRow):
        raise value
    if not isinstance(value, Mapping):
        raise InvalidRow("", "expected an object with item_id, prompt, response_a, response_b, winner and annotator")
    row = _item_row(value)
    if "votes" not in value:
        return row, [_vote(value, "", row)]
    given = value["votes"]
    if not isinstance(given, list) or not given:
        raise InvalidRow("votes", "expected a list of votes, each with winner and annotator")
    found = [_vote(vote, f"votes[{index}].", row) for index, vote in enumerate(given)]
    for index, vote in enumerate(found):
        if vote.annotator in {earlier.annotator for earlier in found[:index]}:
            raise InvalidRow(f"votes[{index}].annotator", f"{vote.annotator!r} has voted on this item already")
    return row, found


def _vote(value: object, path: str, row: PromptRow) -> JudgementRow:
    if not isinstance(value, Mapping):
        raise InvalidRow(path.removesuffix("."), "expected an object with winner and annotator")
    winner, annotator = value.get("winner"), value.get("annotator")
    if winner not in WINNERS:
        raise InvalidRow(f"{path}winner", f"expected one of {', '.join(WINNERS)}; got {winner!r}")
    first, second = (response.id for response in row.responses)
    tiers: dict[str, Tiers] = {"a": [[first], [second]], "b": [[second], [first]], "tie": [[first, second]]}
    name = None if annotator is None else parse_annotator(annotator, f"{path}annotator")
    return JudgementRow(name, tiers[str(winner)])


def _item_row(value: Mapping[str, object]) -> PromptRow:
    texts = "argument" if "argument_a" in value else "response"
    try:
        return parse_row(
            {
                "id": value.get("item_id"),
                "prompt": value.get("prompt"),
                "split_key": value.get("split_key"),
                "responses": [
                    {
                        "id": value.get(f"id_{side}") or side,
                        "content": value.get(f"{texts}_{side}"),
                        "model": value.get(f"model_{side}"),
                    }
                    for side in ("a", "b")
                ],
            }
        )
    except InvalidRow as error:
        raise InvalidRow(_column(error.field, texts), error.detail) from None


def _column(path: str, texts: str) -> str:
    """The column that a field of a checked row was read from."""
    for index, side in enumerate(("a", "b")):
        name = path.removeprefix(f"responses[{index}].")
        if name != path:
            return {"id": f"id_{side}", "model": f"model_{side}"}.get(name, f"{texts}_{side}")
    return "item_id" if path == "id" else path
