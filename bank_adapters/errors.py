"""What can be wrong with a message before it leaves and after it arrives."""


class UnfitInstruction(ValueError):
    """An instruction that this bank could not carry; `faults` name the id and the fault."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{end_to_end_id}: {fault}" for end_to_end_id, fault in faults))
        self.faults = faults


class InvalidOutgoingMessage(ValueError):
    """Our own bytes fail the official schema: a defect, nothing is sent."""


class UnreadableMessage(ValueError):
    """Bytes of the bank that cannot be read: kept, moves nothing, somebody looks."""
