"""How a replay moves."""

from typing import Final

from schemas.codes.requests import RequestStatus

REPLAY_MOVES: Final = {
    (RequestStatus.REQUESTED, RequestStatus.RUNNING): "start",
    (RequestStatus.REQUESTED, RequestStatus.CANCELLED): "cancel",
    (RequestStatus.RUNNING, RequestStatus.COMPLETED): "complete",
    (RequestStatus.RUNNING, RequestStatus.CANCELLED): "cancel",
    (RequestStatus.RUNNING, RequestStatus.FAILED): "fail",
}
