"""The scorer's entry point: `uvicorn --factory config.scorer:create_app`."""

from starlette.applications import Starlette

from config import env
from rewardmodel.scorer.app import build_app


def create_app() -> Starlette:
    return build_app(artifacts_dir=env.artifacts_dir(), token=env.scorer_token())
