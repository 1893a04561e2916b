"""The problem document (RFC 9457): how every refusal looks on the wire."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FaultMessage(BaseModel):
    """One fault of the input and where it is."""

    place: str = Field(description="JSON pointer, parameter name, or line and column.")
    code: str
    message: str


class ProblemDocument(BaseModel):
    """A refusal with a stable code; more members may follow, named by the code."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="`urn:zhijie:problem:<code>`, listed in docs/generated.")
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    faults: list[FaultMessage] = []
    facts: dict[str, Any] = {}
