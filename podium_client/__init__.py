"""The Python client of Podium."""

from podium_client.aio import AsyncPodium
from podium_client.errors import JobFailed, PodiumError
from podium_client.rewards import GRPOReward
from podium_client.sync import Podium

__all__ = ["AsyncPodium", "GRPOReward", "JobFailed", "Podium", "PodiumError"]
