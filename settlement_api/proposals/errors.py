"""What proposals refuse."""

from schemas.problems import NotFound


class HospitalUnknown(NotFound):
    """No hospital has this code."""

    code = "invoice_proposal_hospital_unknown"
    title = "There is no hospital with this code"
