"""The import contracts (pyproject.toml, checked by `make check`) forget nobody."""

import pkgutil
import tomllib
from pathlib import Path

import config
import labeling
import rewardmodel

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
# What learns and serves; all the rest of rewardmodel runs in the web process too.
LOADS_TORCH = {"rewardmodel.ml", "rewardmodel.scorer", "config.scorer"}


def modules(package) -> set[str]:
    return {f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__)}


def contract(words: str) -> dict[str, list[str]]:
    (found,) = [contract for name, contract in CONTRACTS.items() if words in name]
    return found


def test_the_library_may_import_nothing_else_of_rewardmodel():
    forbidden = set(contract("rewardmodel.ml is a library")["forbidden_modules"])
    assert modules(rewardmodel) - {"rewardmodel.ml"} - forbidden == set()


def test_whatever_the_web_process_may_import_goes_without_torch():
    without = set(contract("load torch")["source_modules"])
    everything = {labeling.__name__} | modules(rewardmodel) | modules(config)
    assert everything - LOADS_TORCH - without == set()
