"""What fund claims refuse."""

from schemas.problems import Conflict


class CapacityExceeded(Conflict):
    """More was to be reserved, consumed or given back than the hospital's claim holds."""

    code = "claim_capacity_exceeded"
    title = "The hospital's claim does not hold this amount"


class InstructionNotOpen(Conflict):
    """An instruction is unknown here or was acknowledged before."""

    code = "offset_instruction_not_open"
    title = "Not every instruction waits for acknowledgement"
