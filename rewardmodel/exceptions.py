"""What training and the registry refuse."""

from http import HTTPStatus

from labeling.exceptions import Conflict, LabelingError


class RunActive(Conflict):
    code = "run-active"


class RunEnded(Conflict):
    code = "run-ended"


class NothingToTrainOn(LabelingError):
    """There is no ranking with a strict preference in the train split."""

    code = "nothing-to-train-on"
    http_status = HTTPStatus.UNPROCESSABLE_ENTITY


class NoRewardModel(Conflict):
    code = "no-reward-model"


class NoCalibration(Conflict):
    code = "no-calibration"


class ScorerBusy(LabelingError):
    """More waits in the scorer's queue than it can score in time."""

    code = "scorer-busy"
    http_status = HTTPStatus.TOO_MANY_REQUESTS


class ScorerUnavailable(LabelingError):
    """The scorer does not answer, or cannot use the champion's files."""

    code = "scorer-unavailable"
    http_status = HTTPStatus.SERVICE_UNAVAILABLE
