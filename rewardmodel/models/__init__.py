from rewardmodel.models.decisions import Decision, DecisionPolicy
from rewardmodel.models.events import RegistryEvent
from rewardmodel.models.gate import GatePolicy, GateVerdict
from rewardmodel.models.policies import RetrainPolicy
from rewardmodel.models.priorities import PriorityRefresh
from rewardmodel.models.registry import Alias, RewardModel
from rewardmodel.models.runs import TrainingRun
from rewardmodel.models.shadow import ShadowDisagreement, ShadowTally
from rewardmodel.models.snapshots import DatasetSnapshot

__all__ = [
    "Alias",
    "DatasetSnapshot",
    "Decision",
    "DecisionPolicy",
    "GatePolicy",
    "GateVerdict",
    "PriorityRefresh",
    "RegistryEvent",
    "RetrainPolicy",
    "RewardModel",
    "ShadowDisagreement",
    "ShadowTally",
    "TrainingRun",
]
