"""What recording a decision refuses."""

from schemas.problems import Conflict, Forbidden


class NotAPerson(Forbidden):
    """Only people approve: a system's key or a job cannot."""

    code = "approval_not_a_person"
    title = "Only a person can decide this"


class SamePerson(Forbidden):
    """The same person decided at another step."""

    code = "approval_same_person"
    title = "Maker, checker and releaser must be different people"


class AlreadyDecided(Conflict):
    """Somebody decided at this step, or rejected the content."""

    code = "approval_already_decided"
    title = "This step has been decided"


class StepTooEarly(Conflict):
    """A step before has not approved the present content; a change voids approvals."""

    code = "approval_step_too_early"
    title = "An earlier approval of this content is missing"
