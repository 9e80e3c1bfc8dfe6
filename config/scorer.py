"""The scorer's entry point: `uvicorn --factory config.scorer:create_app`."""

import torch
from starlette.applications import Starlette

from config import artifacts, env
from rewardmodel.scorer.app import MODELS_IN_MEMORY, build_app


def create_app() -> Starlette:
    if threads := env.integer("SCORER_THREADS", 0):
        torch.set_num_threads(threads)
    return build_app(
        artifacts_dir=env.artifacts_dir(),
        bring=artifacts.store_of(env.artifacts_url(), env.artifacts_dir()).bring,
        token=env.scorer_token(),
        device=env.text("SCORER_DEVICE") or None,
        models=env.integer("SCORER_MODELS", MODELS_IN_MEMORY),
    )
