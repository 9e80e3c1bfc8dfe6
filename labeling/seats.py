"""Which of a prompt's slots are kept for which cohort. Pure.

A project's quotas say how many of a prompt's annotators carry a tag, at least: {"de": 1, "expert": 1}. Slots 1, 2, …
are kept for those, one each, in the order of the tags; the slots after them are anybody's. As a slot is held once, and
the database says so, no quota can be taken by somebody else or overshot.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

Quotas = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Seats:
    """own: the slots kept for a person's own tags.  first_open: from that slot on they are anybody's."""

    own: tuple[int, ...]
    first_open: int


def seats_for(quotas: Quotas, tags: Collection[str]) -> Seats:
    kept = [tag for tag in sorted(quotas) for _ in range(quotas[tag])]
    return Seats(own=tuple(slot for slot, tag in enumerate(kept, start=1) if tag in tags), first_open=len(kept) + 1)


def free_seat(seats: Seats, *, taken: Collection[int], slots: int) -> int | None:
    """The slot for one more person on a prompt of that many slots; None when all that they may take are held.

    Those kept for their tags come first, so that the open ones stay for people without.
    """
    own = next((slot for slot in seats.own if slot not in taken), None)
    if own is not None:
        return own
    open_slots = slots - (seats.first_open - 1)
    held = sum(slot >= seats.first_open for slot in taken)
    return next_open(seats, taken=taken) if held < open_slots else None


def next_open(seats: Seats, *, taken: Collection[int]) -> int:
    """The lowest open slot that nobody holds, however many are wanted."""
    candidates = range(seats.first_open, seats.first_open + len(taken) + 1)
    return next(slot for slot in candidates if slot not in taken)


def reseat(quotas: Quotas, holders: Sequence[Collection[str]]) -> list[int]:
    """A slot for each of a prompt's holders, given by their tags, under new quotas; nobody loses their place.

    Who carries fewer of the wanted tags chooses first, so that somebody with two does not take the only slot of
    somebody with one.
    """
    taken: list[int] = []
    slots = [0] * len(holders)
    for place in sorted(range(len(holders)), key=lambda place: len(seats_for(quotas, holders[place]).own)):
        seats = seats_for(quotas, holders[place])
        own = next((slot for slot in seats.own if slot not in taken), None)
        slots[place] = own if own is not None else next_open(seats, taken=taken)
        taken.append(slots[place])
    return slots
