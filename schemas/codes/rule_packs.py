"""Codes of rule packs: how far a proposed version is."""

from enum import StrEnum


class ProposalStatus(StrEnum):
    """Whether a second person has agreed."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
