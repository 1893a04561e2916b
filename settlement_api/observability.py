"""JSON logs with masked account numbers, and the figures that Prometheus scrapes."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LONG_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z-])[0-9]{8,28}([0-9]{4})(?![0-9A-Za-z-])")
"""12 to 32 digits standing alone: what a bank account or card number looks like in a text."""

SECRET_NAMES: Final = frozenset(
    {"password", "token", "secret", "authorization", "cookie", "x-api-key", "account_number"}
)
MASK: Final = "****"


def mask_text(text: str) -> str:
    """The text with every long number cut to its last four digits."""
    return LONG_NUMBER.sub(rf"{MASK}\1", text)


def mask_value(name: str, value: Any) -> Any:
    """A log value without secrets: account numbers keep their last four digits."""
    if name.lower() in SECRET_NAMES:
        return MASK
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {key: mask_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mask_value(name, inner) for inner in value]
    return value


def mask_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: masks every value, the exception's text included."""
    return {key: mask_value(key, value) for key, value in event.items()}


def configure_logging(level: str = "info") -> None:
    """JSON lines on standard error, ids bound at the edge merged into every line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, _Relay) for handler in root.handlers):
        root.addHandler(_Relay(logging.WARNING))


class _Relay(logging.Handler):
    """What libraries say goes through the same processors: JSON, masked."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno,
            "library.said",
            logger=record.name,
            text=record.getMessage(),
            exc_info=record.exc_info,
        )


class Metrics:
    """The figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "zhijie_http_requests",
            "Requests answered, by path template and status.",
            ("method", "path", "status"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "zhijie_http_request_seconds",
            "Time until the answer was complete.",
            ("method", "path"),
            registry=self.registry,
        )
        self.defects = Counter(
            "zhijie_defects",
            "Unexpected errors, by where they came up.",
            ("where",),
            registry=self.registry,
        )
        self.jobs = Gauge(
            "zhijie_jobs",
            "Jobs in the queue; `failed` ones are dead and wait for an administrator.",
            ("job", "status"),
            registry=self.registry,
        )
        self.unsealed_events = Gauge(
            "zhijie_unsealed_events", "Events not yet sealed.", registry=self.registry
        )
        self.overdue_offsets = Gauge(
            "zhijie_offsets_overdue",
            "Offset instructions nobody acknowledged in time: hospitals would be paid in full.",
            registry=self.registry,
        )
        self.payment_alarms = Gauge(
            "zhijie_payment_alarms",
            "Payments in `conflict`, answers of banks that are odd and not yet cleared up, areas"
            " where sending is stopped, messages without a signature, keys that end soon.",
            ("alarm",),
            registry=self.registry,
        )
        self.signing_days_left = Gauge(
            "zhijie_signing_days_left",
            "Days for which messages to the bank can be signed without a break; -1: they cannot.",
            registry=self.registry,
        )
        self.worker_silence_seconds = Gauge(
            "zhijie_worker_silence_seconds",
            "Seconds since a worker was last seen; -1 when none ever was.",
            registry=self.registry,
        )
