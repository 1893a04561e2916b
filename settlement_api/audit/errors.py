"""Refusals about jobs."""

from schemas.problems import NotFound


class DeadJobMissing(NotFound):
    """No such job is held after failing for the last time."""

    code = "dead_job_missing"
    title = "There is no such dead job"
