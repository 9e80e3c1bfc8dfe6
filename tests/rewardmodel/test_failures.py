"""What is said of a failure leads to what can be done about it."""

import pytest

from rewardmodel.failures import advice


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "per_device_train_batch_size 4 instead of 8"),
        ("RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory", "per_device_train_batch_size 4"),
        ("given up after 3 attempts: the training process was ended by signal 9", "per_device_train_batch_size 4"),
        (
            "FloatingPointError: the loss is not a number at step 7: lower --learning-rate",
            "learning_rate of 6.66667e-06",
        ),
        ("/a/checkpoints: could not be written (No space left on device); 3 MB are free there.", "Free some space"),
        ("data /a: nothing to train on: 3 groups, 3 of them without a strict preference", "Have more prompts ranked"),
        ("base model /no/such: no such folder, and not a reachable hub id.", "another base model"),
        ("the saved model does not score as it did in training; the log ends: x", "Nothing of it serves"),
        ("given up after 3 attempts: its trainer stopped sending signs of life", "See whether the trainer runs"),
    ],
)
def test_a_cause_that_is_known_has_a_way_out(error, words):
    assert words in advice(error, {})[0]


def test_what_has_been_lowered_already_is_not_named_again():
    small = {"per_device_train_batch_size": 1, "max_length": 256, "gradient_checkpointing": True, "lora_r": 8}

    assert advice("CUDA out of memory", small) == []


@pytest.mark.parametrize("error", ["", "ValueError: something else"])
def test_nothing_is_made_up(error):
    assert advice(error, {}) == []
