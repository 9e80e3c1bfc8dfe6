from rewardmodel.models.policies import RetrainPolicy
from rewardmodel.models.registry import Alias, RewardModel
from rewardmodel.models.runs import TrainingRun
from rewardmodel.models.snapshots import DatasetSnapshot

__all__ = ["Alias", "DatasetSnapshot", "RetrainPolicy", "RewardModel", "TrainingRun"]
