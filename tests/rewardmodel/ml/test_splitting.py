from collections import Counter
from hashlib import sha256

from rewardmodel.ml.groups import Message
from rewardmodel.ml.splitting import assign_split, split_key


def test_the_split_is_the_hash_of_salt_and_key_modulo_ten():
    for number in range(50):
        key = f"prompt {number}"
        tenth = int(sha256(f"podium\n{key}".encode()).hexdigest(), 16) % 10
        expected = "train" if tenth <= 7 else "validation" if tenth == 8 else "test"

        assert assign_split(key, "podium") == expected


def test_eight_in_ten_prompts_train():
    counts = Counter(assign_split(f"prompt {number}", "podium") for number in range(5000))

    assert 3850 < counts["train"] < 4150
    assert min(counts["validation"], counts["test"]) > 400


def test_case_width_and_white_space_do_not_move_a_prompt_but_a_digit_may():
    splits = {assign_split(k, "s") for k in ("What  is\n2?", "ｗｈａｔ is 2?", " WHAT IS 2? ")}

    assert len(splits) == 1
    assert len({assign_split(f"What is {digit}?", "s") for digit in range(40)}) == 3


def test_the_key_is_the_first_user_message():
    prompt = [
        Message(role="system", content="be brief"),
        Message(role="user", content="first"),
        Message(role="user", content="second"),
    ]

    assert split_key(prompt, ["x"]) == "first"


def test_without_a_prompt_the_key_is_the_responses_in_any_order():
    assert split_key([], ["b", "a"]) == split_key([], ["a", "b"])
