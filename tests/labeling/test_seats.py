"""Which of a prompt's slots are whose, worked by hand."""

from hypothesis import given
from hypothesis import strategies as st

from labeling.seats import free_seat, next_open, reseat, seats_for

QUOTAS = {"de": 1, "fr": 2}


def test_without_quotas_every_slot_is_open():
    assert free_seat(seats_for({}, ["de"]), taken={1, 3}, slots=4) == 2
    assert free_seat(seats_for({}, []), taken={1, 2}, slots=2) is None


def test_slots_are_kept_in_the_order_of_the_tags():
    assert seats_for(QUOTAS, ["de"]).own == (1,)
    assert seats_for(QUOTAS, ["fr"]).own == (2, 3)
    assert seats_for(QUOTAS, ["fr", "de"]).own == (1, 2, 3)
    assert seats_for(QUOTAS, []).first_open == 4


def test_somebody_without_a_wanted_tag_leaves_the_kept_slots_alone():
    assert free_seat(seats_for(QUOTAS, ["en"]), taken=set(), slots=4) == 4
    assert free_seat(seats_for(QUOTAS, ["en"]), taken={4}, slots=4) is None


def test_somebody_with_a_tag_takes_a_kept_slot_first_and_an_open_one_after():
    assert free_seat(seats_for(QUOTAS, ["fr"]), taken={2}, slots=4) == 3
    assert free_seat(seats_for(QUOTAS, ["fr"]), taken={2, 3}, slots=4) == 4
    assert free_seat(seats_for(QUOTAS, ["fr"]), taken={2, 3, 4}, slots=4) is None


def test_what_was_judged_elsewhere_takes_no_kept_slot():
    assert next_open(seats_for(QUOTAS, ()), taken={4, 5}) == 6


def test_under_new_quotas_the_one_with_fewer_wanted_tags_chooses_first():
    assert reseat({"de": 1, "fr": 1}, [["de", "fr"], ["de"], []]) == [2, 1, 3]


tags = st.lists(st.sampled_from(["de", "fr", "en"]), unique=True)


@given(st.dictionaries(st.sampled_from(["de", "fr", "en"]), st.integers(1, 3)), st.lists(tags, max_size=12), st.data())
def test_a_quota_is_met_whoever_comes_first(quotas, people, data):
    """However people come, nobody without its tag sits on a kept slot, and no more sit than there are slots."""
    slots = sum(quotas.values()) + data.draw(st.integers(0, 3))
    taken: dict[int, list[str]] = {}
    for person in people:
        slot = free_seat(seats_for(quotas, person), taken=taken.keys(), slots=slots)
        if slot is not None:
            assert slot not in taken
            taken[slot] = person
    kept = [tag for tag in sorted(quotas) for _ in range(quotas[tag])]

    assert len(taken) <= slots
    assert all(kept[slot - 1] in person for slot, person in taken.items() if slot <= len(kept))
    assert all(slot <= slots for slot in taken)


@given(st.dictionaries(st.sampled_from(["de", "fr", "en"]), st.integers(1, 3)), st.lists(tags, max_size=8))
def test_under_new_quotas_nobody_shares_a_slot_and_nobody_loses_one(quotas, holders):
    slots = reseat(quotas, holders)

    assert len(set(slots)) == len(holders)
    kept = [tag for tag in sorted(quotas) for _ in range(quotas[tag])]
    assert all(kept[slot - 1] in person for slot, person in zip(slots, holders, strict=True) if slot <= len(kept))
