"""Refusals of whole bodies: transport, encoding, syntax, size."""

from schemas.problems import Conflict, Invalid, Problem


class BodyBroken(Invalid):
    """The body breaks at a line and byte: nothing of it becomes a document, its bytes are kept."""

    code = "body_broken"
    title = "The body cannot be read to its end; no document was stored"

    def __init__(self, reason: str, message: str, *, line: int, byte: int) -> None:
        super().__init__(message, reason=reason, line=line, byte=byte)
        self.reason = reason
        self.line = line
        self.byte = byte


class IntakeTooLarge(Problem):
    """The body, or what it inflates to, is over the limit."""

    code = "intake_too_large"
    title = "The body is over the limit"
    status = 413


class MediaUnknown(Problem):
    """A content type, character set or content encoding that bulk intake does not read."""

    code = "media_unknown"
    title = "Send application/x-ndjson, application/json or text/csv in UTF-8 or GB18030"
    status = 415


class KindNeeded(Invalid):
    """CSV rows do not name their kind: the query must (`?kind=purchase_order`)."""

    code = "kind_needed"
    title = "Say which kind of document the rows are: ?kind=..."


class IntakeCut(Problem):
    """The connection broke before the body ended."""

    code = "intake_cut"
    title = "The body ended before it was complete"
    status = 400


class IdentityTaken(Conflict):
    """This number and revision were sent before with other content."""

    code = "identity_conflict"
    title = "This number and revision were sent before with other content"
