import pytest

from labeling.templatetags.figures import coefficient, p_value, p_words, percent, share, slot_letter, step

HARD_SPACE = "\u00a0"


def test_a_share_is_a_whole_percentage_that_does_not_break():
    assert percent(0.7314) == f"73{HARD_SPACE}%"


def test_what_there_is_no_evidence_of_is_a_dash_and_not_a_zero():
    assert percent(None) == coefficient(None) == share(None, None, None) == "–"


def test_a_share_is_read_with_its_interval():
    assert share(0.812, 0.784, 0.836) == f"81{HARD_SPACE}% (78 to 84)"


def test_a_narrow_interval_gets_a_decimal():
    assert share(0.812, 0.802, 0.821) == f"81.2{HARD_SPACE}% (80.2 to 82.1)"


def test_a_share_whose_interval_is_not_known_stands_alone():
    assert share(0.5) == f"50{HARD_SPACE}%"


@pytest.mark.parametrize(
    ("p", "written"), [(0.0, "< 0.0001"), (0.00042, "0.0004"), (0.0123, "0.012"), (0.25, "0.25"), (1.0, "1.00")]
)
def test_small_p_values_keep_their_digits(p, written):
    assert p_value(p) == written


def test_a_p_value_in_a_sentence_says_whether_it_is_exact():
    assert (p_words(0.02), p_words(1e-9)) == ("p = 0.020", "p < 0.0001")


def test_a_negative_coefficient_has_a_real_minus():
    assert coefficient(-0.257) == "\u22120.26"


def test_slots_have_the_letters_of_the_screen():
    assert (slot_letter(1), slot_letter(26)) == ("A", "Z")


def test_shares_are_shaded_in_steps_of_ten():
    assert [step(value) for value in (0.0, 0.04, 0.5, 0.96, 1.0)] == [0, 0, 5, 10, 10]
