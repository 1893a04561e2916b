"""What is mounted: the folders that bring routes and jobs, and their jobs put together."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

import settlement_api
from settlement_api.jobs_context import JobHandler


@dataclass(frozen=True)
class JobTable:
    """Every job by name, which events lead to which jobs, and which jobs come round by time."""

    handlers: Mapping[str, JobHandler]
    subscriptions: Mapping[str, tuple[str, ...]]
    schedules: Mapping[str, float]
    area_schedules: Mapping[str, float]


def feature_modules(kind: str) -> Iterator[ModuleType]:
    """The module of this kind (`routes`, `jobs`) of every folder that has one, by name."""
    for folder in sorted(module.name for module in iter_modules(settlement_api.__path__)):
        package = f"settlement_api.{folder}"
        spec = find_spec(package)
        if spec and spec.submodule_search_locations and find_spec(f"{package}.{kind}"):
            yield import_module(f"{package}.{kind}")


def collect_jobs() -> JobTable:
    """The jobs of every feature. A name given twice, or a job that nobody handles, is a defect."""
    handlers: dict[str, JobHandler] = {}
    subscriptions: dict[str, list[str]] = defaultdict(list)
    schedules: dict[str, float] = {}
    area_schedules: dict[str, float] = {}
    for module in feature_modules("jobs"):
        own: Mapping[str, JobHandler] = module.HANDLERS
        assert not handlers.keys() & own.keys(), f"{module.__name__} repeats a job's name"
        handlers |= own
        for event, job in getattr(module, "SUBSCRIPTIONS", {}).items():
            subscriptions[event].append(job)
        schedules |= getattr(module, "SCHEDULES", {})
        area_schedules |= getattr(module, "AREA_SCHEDULES", {})
    wanted = {job for jobs in subscriptions.values() for job in jobs}
    missing = (wanted | schedules.keys() | area_schedules.keys()) - handlers.keys()
    assert not missing, f"nobody handles {sorted(missing)}"
    return JobTable(
        handlers,
        {event: tuple(jobs) for event, jobs in subscriptions.items()},
        schedules,
        area_schedules,
    )
