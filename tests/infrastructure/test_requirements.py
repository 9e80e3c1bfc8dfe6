"""What `make setup` installs: the same everywhere, and nothing that nobody uses."""

import re
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
# Django speaks to PostgreSQL through it.
USED_BY_A_PACKAGE = {"psycopg"}
# torch names the versions of its GPU libraries itself, and other ones on other machines.
FOLLOWS_TORCH = re.compile(r"nvidia-|cuda-|triton")


def direct(*names: str) -> list[Requirement]:
    lines = [line for name in names for line in (ROOT / f"requirements/{name}.txt").read_text().splitlines()]
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements/constraints.txt").read_text().split()
    return {canonicalize_name(name): pinned for name, _, pinned in (line.partition("==") for line in lines)}


def needed(requirements: list[Requirement]) -> set[str]:
    """The names of these packages and of everything that they need on this machine."""
    found: set[tuple[str, str]] = set()
    waiting = requirements
    while waiting:
        deeper = []
        for requirement in waiting:
            for extra in {"", *requirement.extras}:
                if (step := (canonicalize_name(requirement.name), extra)) not in found:
                    found.add(step)
                    texts = requires(requirement.name) or []
                    deeper += [need for need in map(Requirement, texts) if applies(need, extra)]
        waiting = [need for need in deeper if not FOLLOWS_TORCH.match(need.name)]
    return {name for name, _ in found}


def applies(need: Requirement, extra: str) -> bool:
    return need.marker is None or need.marker.evaluate({"extra": extra})


def test_everything_that_is_needed_is_installed_as_pinned():
    pinned = pins()
    # A build of torch for one kind of machine says so behind a plus: 2.13.0+cpu.
    installed = {name: version(name).partition("+")[0] for name in needed(direct("web", "worker", "dev"))}
    assert {name: (have, pinned.get(name)) for name, have in installed.items() if have != pinned.get(name)} == {}


def test_each_requirement_of_a_running_podium_is_named_in_its_code():
    sources = [path for folder in ("config", "labeling", "rewardmodel") for path in (ROOT / folder).rglob("*.py")]
    words = set(re.findall(r"\w+", "".join(path.read_text() for path in sources)))
    modules = packages_distributions().items()
    named = {canonicalize_name(name) for module, names in modules if module in words for name in names}
    asked = {canonicalize_name(one.name) for one in direct("web", "worker")}
    assert asked - named == USED_BY_A_PACKAGE


def test_the_web_image_needs_no_torch():
    assert needed(direct("web")) & {"torch", "transformers", "tokenizers", "accelerate"} == set()
