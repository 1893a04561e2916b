"""What proof packs refuse."""

from schemas.problems import Invalid, NotFound


class NothingToProve(NotFound):
    """No payment of a batch has this id."""

    code = "proof_pack_not_found"
    title = "There is no payment of a batch by this id"


class PackTooLarge(Invalid):
    """The payment has more items, or more bytes behind it, than one pack holds."""

    code = "proof_pack_too_large"
    title = "This payment is too large for one proof pack"
