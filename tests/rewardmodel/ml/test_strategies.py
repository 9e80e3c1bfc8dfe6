"""Every strategy gives the scores and the gradients of the plain forward pass, in every family that it says it fits."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from rewardmodel.ml.cut import cut_open
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.groups import Ranking, compare
from rewardmodel.ml.masks import Rows, dense_mask, mask_function
from rewardmodel.ml.strategies import Strategy, choose_strategy, difference
from rewardmodel.ml.strategies.cached import Cached
from rewardmodel.ml.strategies.forest import Forest, fill_rows
from rewardmodel.ml.strategies.padded import Padded
from rewardmodel.ml.strategies.two_pass import TwoPass

from .families import FAMILIES, PAD, VOCABULARY, build

FITTING = [(family, name) for family, entry in FAMILIES.items() for name in entry.fits]
ALL = [*FITTING, *((family, "padded") for family in FAMILIES), *((family, "two_pass") for family in ("llama", "bert"))]


def group_of(prompt: int, *responses: int, seed: int = 0) -> EncodedGroup:
    """Of a prompt and responses of so many tokens each; the better the earlier."""
    draw = np.random.default_rng(seed)

    def ids(count: int) -> np.ndarray:
        return draw.integers(4, VOCABULARY, count).astype(np.int32)

    ranking = Ranking(tuple((place,) for place in range(len(responses))))
    return EncodedGroup(
        id=f"g{seed}",
        prompt_id=f"g{seed}",
        split="train",
        prefix=ids(prompt),
        responses=tuple(map(ids, responses)),
        second=False,
        characters=np.array(responses, np.int32),
        rankings=(ranking,),
        comparisons=compare([ranking]),
        cut_rows=0,
    )


GROUPS = [group_of(9, 7, 12, 1, seed=1), group_of(15, 4, 9, seed=2), group_of(0, 5, 8, 6, 3, seed=3)]


def strategy_of(family: str, name: str, *, row_tokens: int | None = None, row_length: int = 0) -> Strategy:
    padded = Padded(PAD, row_tokens=row_tokens)
    if name == "padded":
        return padded
    if name == "two_pass":
        return TwoPass(Padded(PAD, row_tokens=1))
    return Forest(name, PAD, causal=FAMILIES[family].causal, row_tokens=row_tokens, row_length=row_length)


def scores_of(strategy: Strategy, model, groups) -> Tensor:
    return strategy.outputs(model, strategy.collate(groups))[:, 0]


def plain(model, groups) -> Tensor:
    """The scores of one text at a time, by the class's own forward pass."""
    rows = [np.concatenate([group.prefix, response]) for group in groups for response in group.responses]
    ids = [torch.from_numpy(row.astype(np.int64))[None] for row in rows]
    return torch.cat([model(input_ids=row, attention_mask=torch.ones_like(row)).logits[:, 0] for row in ids])


def gradients(model, scores: Tensor) -> dict[str, Tensor]:
    """Of a loss that weighs every score differently."""
    model.zero_grad()
    (scores * torch.arange(1, len(scores) + 1).to(scores).sqrt()).sum().backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize(("family", "name"), ALL)
def test_scores_and_gradients_are_those_of_the_plain_forward_pass(family, name):
    model = build(family)
    expected, found = plain(model, GROUPS), scores_of(strategy_of(family, name), model, GROUPS)

    assert expected.std() > 0.01, "scores that are all alike would prove nothing"
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    one, other = gradients(model, expected), gradients(model, found)
    assert one.keys() == other.keys()
    for weight, gradient in one.items():
        torch.testing.assert_close(other[weight], gradient, atol=2e-5, rtol=1e-4, msg=lambda m, w=weight: f"{w}: {m}")


@pytest.mark.parametrize(("family", "name"), [pair for pair in FITTING if pair[0] in ("llama", "opt", "gpt2", "bert")])
def test_gradients_agree_to_a_millionth_in_double_precision(family, name):
    model = build(family, torch.float64)
    # Scores come as float32, whose rounding has no gradient: the head is asked in double.
    strategy = strategy_of(family, name)
    one, other = gradients(model, plain(model, GROUPS)), gradients(model, scores_of(strategy, model, GROUPS))
    for weight, gradient in one.items():
        scale = gradient.abs().max()
        assert (other[weight] - gradient).abs().max() <= 1e-6 * max(scale, 1e-3), weight


@pytest.mark.parametrize(("family", "name"), FITTING)
def test_siblings_do_not_see_each_other(family, name):
    model, group = build(family), GROUPS[0]
    changed = dataclasses.replace(
        group, responses=(group.responses[0], group.responses[1][::-1].copy(), group.responses[2])
    )

    before, after = (scores_of(strategy_of(family, name), model, [own]) for own in (group, changed))

    assert before[1] != after[1]
    assert torch.equal(before[[0, 2]], after[[0, 2]]), "bit for bit"


@pytest.mark.parametrize(("family", "name"), FITTING)
def test_a_score_has_no_gradient_at_a_sibling(family, name):
    model, group = build(family), GROUPS[0]
    strategy = strategy_of(family, name)
    seen: list[Tensor] = []

    def note(module: torch.nn.Module, inputs: object, output: Tensor) -> None:
        output.retain_grad()
        seen.append(output)

    model.get_input_embeddings().register_forward_hook(note)

    scores_of(strategy, model, [group])[0].backward()

    chunk = strategy.collate([group])["chunks"][0]
    touched = seen[0].grad.abs().sum(-1) > 0
    own = {int(token) for token in (*group.prefix, *group.responses[0])}
    assert {int(token) for token in chunk["input_ids"][touched]} <= own


@pytest.mark.parametrize(("family", "name"), FITTING)
def test_another_order_of_the_responses_moves_the_scores_along(family, name):
    model, group = build(family), GROUPS[0]
    turned = dataclasses.replace(group, responses=group.responses[::-1])
    one, other = (scores_of(strategy_of(family, name), model, [own]) for own in (group, turned))
    torch.testing.assert_close(other.flip(0), one, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("family", "name"), [pair for pair in ALL if pair[0] in ("llama", "gemma3", "bert", "opt")])
@pytest.mark.parametrize("row_tokens", [1, 40, None])
def test_how_much_goes_in_at_once_changes_nothing(family, name, row_tokens):
    model = build(family)
    together = scores_of(strategy_of(family, name, row_tokens=row_tokens), model, GROUPS)
    alone = torch.cat([scores_of(strategy_of(family, name), model, [group]) for group in GROUPS])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("family", "name"), FITTING)
def test_several_trees_share_a_row(family, name):
    model = build(family)
    strategy = strategy_of(family, name, row_length=500)
    assert [chunk["input_ids"].shape[0] for chunk in strategy.collate(GROUPS)["chunks"]] == [1]
    torch.testing.assert_close(scores_of(strategy, model, GROUPS), plain(model, GROUPS), atol=1e-5, rtol=1e-5)


def test_a_tree_holds_the_prompt_once_and_packed_pads_nothing():
    groups = [group_of(100, 10, 10, 10, 10)]
    tokens = {name: strategy_of("llama", name).collate(groups)["tokens"] for name in ("tree", "packed", "padded")}
    assert tokens == {"tree": 140, "packed": 440, "padded": 440}
    packed = strategy_of("llama", "packed", row_length=440).collate(groups)
    assert packed["chunks"][0]["input_ids"].shape == (1, 440)


def test_rows_are_filled_without_overflowing():
    rows = fill_rows([5, 9, 3, 4, 1], 10)
    assert sorted(piece for row in rows for piece in row) == [0, 1, 2, 3, 4]
    assert all(sum([5, 9, 3, 4, 1][piece] for piece in row) <= 10 for row in rows)
    assert len(rows) == 3


def test_the_mask_of_a_tree_by_hand():
    # Prompt 0 0, responses 1 1 and 2, and one place of padding.
    rows = Rows(
        tree=torch.tensor([[0, 0, 0, 0, 0, -1]]),
        branch=torch.tensor([[0, 0, 1, 1, 2, 0]]),
        position=torch.tensor([[0, 1, 2, 3, 2, 0]]),
    )
    shown = ["".join("x" if seen else "." for seen in row) for row in dense_mask(rows, causal=True, window=None)[0, 0]]
    assert shown == ["x.....", "xx....", "xxx...", "xxxx..", "xx..x.", ".....x"]
    near = ["".join("x" if seen else "." for seen in row) for row in dense_mask(rows, causal=True, window=2)[0, 0]]
    assert near == ["x.....", "xx....", ".xx...", "..xx..", ".x..x.", ".....x"]


def test_what_flex_attention_asks_is_the_dense_mask():
    chunk = Forest("tree", PAD, multiple=128).collate(GROUPS)["chunks"][0]
    rows = Rows(chunk["tree"], chunk["branch"], chunk["position"])
    assert rows.tree.shape[1] % 128 == 0
    for window in (None, 5):
        sees = mask_function(rows, causal=True, window=window)
        dense = dense_mask(rows, causal=True, window=window)[:, 0]
        for row, query, key in np.random.default_rng(0).integers(0, rows.tree.shape[1], (200, 3)) % [
            len(dense),
            128,
            128,
        ]:
            asked = sees(*(torch.tensor(int(number)) for number in (row, 0, query, key)))
            assert bool(asked) == bool(dense[row, query, key])


@pytest.mark.parametrize("family", FAMILIES)
def test_what_a_family_is_said_to_fit_passes_the_trial_and_nothing_else_is_taken(family):
    model = build(family)
    choice = choose_strategy("auto", model, GROUPS, token_types=False, row_tokens=None)
    assert {strategy.name for strategy in choice.fitting} == {"padded", *FAMILIES[family].fits}, choice.reason
    assert choice.strategy.name in {strategy.name for strategy in choice.fitting}


@pytest.mark.parametrize("family", [name for name, family in FAMILIES.items() if "tree" in family.fits])
def test_for_scoring_a_decoder_may_keep_a_prompts_keys(family):
    model = build(family)
    assert difference(Cached(PAD), model, GROUPS) is None
    choice = choose_strategy("auto", model, GROUPS, token_types=False, row_tokens=None, scoring=True)
    assert "cached" in {strategy.name for strategy in choice.fitting}, choice.reason
    with pytest.raises(ValueError, match="without gradients"):
        Cached(PAD).outputs(model, Cached(PAD).collate(GROUPS))


def test_keeping_keys_is_cheaper_than_a_tree_for_many_responses():
    many = [group_of(40, *[20] * 16, seed=1)]
    assert Cached(PAD).cost(many, 16) < min(Forest("tree", PAD).cost(many, 16), Padded(PAD).cost(many, 16))


@pytest.mark.parametrize(
    ("family", "asked", "taken", "reason"),
    [
        ("llama", "tree", {"tree"}, "as asked"),
        ("llama", "padded", {"padded"}, "as asked"),
        ("bert", "tree", {"packed", "padded"}, "a prompt sees its response"),
        ("deberta-v2", "packed", {"padded"}, "not known to be a body and a head"),
        ("llama", "two_pass", {"two_pass"}, "as asked"),
    ],
)
def test_what_is_asked_for_is_taken_where_it_fits_and_the_next_where_not(family, asked, taken, reason):
    choice = choose_strategy(asked, build(family), GROUPS, token_types=False, row_tokens=None)
    assert choice.strategy.name in taken
    assert reason in choice.reason


def test_a_strategy_that_scores_otherwise_is_passed_over_with_the_gap(monkeypatch, caplog):
    model = build("mistral-window")
    assert difference(Padded(PAD), model, GROUPS) is None
    monkeypatch.setattr("rewardmodel.ml.masks.dense_mask", lambda rows, **_: dense_mask(rows, causal=True, window=2))

    choice = choose_strategy("tree", model, GROUPS, token_types=False, row_tokens=None)

    assert choice.strategy.name == "padded"
    assert "tree: its scores are" in choice.reason
    assert "tree is passed over" in caplog.text


def test_a_long_prompt_makes_the_tree_cheapest_and_none_makes_it_dear():
    model = build("llama")
    strategies = {name: strategy_of("llama", name) for name in ("tree", "padded")}
    long, short = [group_of(100, 10, 10, 10, 10)], [group_of(1, 100, 100, 100, 100)]
    hidden = model.config.hidden_size
    shared, apart = ({name: own.cost(groups, hidden) for name, own in strategies.items()} for groups in (long, short))
    assert shared["tree"] < shared["padded"]
    assert apart["tree"] > apart["padded"], "a dense mask pays for every two tokens of the row"


def test_two_pass_keeps_the_activations_of_one_text_at_a_time():
    model = build("llama")
    kept = {}
    for name in ("padded", "two_pass"):
        held = 0

        def pack(tensor: Tensor) -> Tensor:
            nonlocal held
            held += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            scores_of(strategy_of("llama", name), model, [group_of(10, *[20] * 8)])
        kept[name] = held
    assert kept["two_pass"] < kept["padded"] / 8


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("family", ["llama", "gpt2", "opt"])
def test_padding_on_either_side_gives_the_same_scores(family, side):
    """What the class's own forward pass makes of a padded batch: the scores that others will get from our models."""
    model = build(family)
    rows = [np.concatenate([group.prefix, r]) for group in GROUPS for r in group.responses]
    longest = max(map(len, rows))
    ids, mask = np.full((len(rows), longest), PAD), np.zeros((len(rows), longest), np.int64)
    for place, row in enumerate(rows):
        where = slice(longest - len(row), None) if side == "left" else slice(len(row))
        ids[place, where], mask[place, where] = row, 1
    inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
    if side == "left" and family != "opt":  # OPT counts positions from the mask by itself
        inputs["position_ids"] = torch.from_numpy((mask.cumsum(1) - 1).clip(0))
    torch.testing.assert_close(model(**inputs).logits[:, 0], plain(model, GROUPS), atol=1e-5, rtol=1e-5)


def test_what_is_no_body_and_head_is_not_cut_open():
    assert cut_open(build("deberta-v2")) is None
    assert cut_open(build("modernbert-mean")) is None
