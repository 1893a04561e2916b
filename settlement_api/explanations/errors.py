"""What explanations refuse."""

from schemas.problems import Invalid, NotFound


class NothingToExplain(NotFound):
    """No link of any chain has this id or number, or the caller may not see it."""

    code = "explanation_not_found"
    title = "There is nothing here by this id or number"


class OneNumberNeeded(Invalid):
    """An order number, an invoice number or an end-to-end id: exactly one of them."""

    code = "explanation_one_number"
    title = "Give one of order_number, invoice_number and end_to_end_id"
