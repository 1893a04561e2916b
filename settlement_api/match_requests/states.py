"""How a match request moves."""

from typing import Final

from schemas.codes.requests import RequestStatus

MATCH_REQUEST_MOVES: Final = {
    (RequestStatus.REQUESTED, RequestStatus.RUNNING): "start",
    (RequestStatus.REQUESTED, RequestStatus.CANCELLED): "cancel",
    (RequestStatus.RUNNING, RequestStatus.COMPLETED): "complete",
    (RequestStatus.RUNNING, RequestStatus.CANCELLED): "cancel",
    (RequestStatus.RUNNING, RequestStatus.FAILED): "fail",
    (RequestStatus.CANCELLED, RequestStatus.REQUESTED): "resume",
    (RequestStatus.FAILED, RequestStatus.REQUESTED): "resume",
}
