"""What may not stand in a log does not."""

import json
import logging

import pytest
import structlog

from settlement_api.http import report_defect
from settlement_api.observability import Metrics, configure_logging, mask_text, mask_value
from settlement_api.refusals import Defect, Unavailable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("account 6222021234567890123 closed", "account ****0123 closed"),
        ("账号6222021234567890123。", "账号****0123。"),
        ("370101 and 2026-03-31", "370101 and 2026-03-31"),
        ("id 0198f1c2-0000-7000-8000-123456789012", "id 0198f1c2-0000-7000-8000-123456789012"),
        ("digest 00112233445566778899aabbccddeeff", "digest 00112233445566778899aabbccddeeff"),
    ],
)
def test_long_numbers_are_cut_to_their_last_four_digits(text: str, shown: str) -> None:
    assert mask_text(text) == shown


def test_secrets_are_masked_by_name_at_any_depth() -> None:
    said = {"headers": [{"Authorization": "Bearer zs_x", "Accept": "*/*"}], "amount_minor": 10**15}
    assert mask_value("request", said) == {
        "headers": [{"Authorization": "****", "Accept": "*/*"}],
        "amount_minor": 10**15,
    }


def test_a_line_is_json_with_the_bound_ids_and_a_masked_trace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = structlog.get_config()
    configure_logging("info")
    try:
        with structlog.contextvars.bound_contextvars(request_id="r-1"):
            try:
                raise ValueError("no such account: 6222021234567890123")
            except ValueError as error:
                structlog.get_logger().error("test.line.written", exc_info=error)
                structlog.get_logger().debug("test.line.hidden")
    finally:
        structlog.configure(**before)
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["event"], told["request_id"], told["level"]) == (
        "test.line.written",
        "r-1",
        "error",
    )
    assert "6222021234567890123" not in line
    assert "****0123" in told["exception"]


def test_what_a_library_logs_is_json_and_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    before, handlers = structlog.get_config(), logging.getLogger().handlers[:]
    configure_logging("info")
    try:
        logging.getLogger("somebody.elses").error("refused %s", "6222021234567890123")
    finally:
        structlog.configure(**before)
        logging.getLogger().handlers[:] = handlers
    told = json.loads(capsys.readouterr().err)
    assert (told["event"], told["logger"], told["level"]) == (
        "library.said",
        "somebody.elses",
        "error",
    )
    assert told["text"] == "refused ****0123"


def test_a_database_that_is_away_is_one_line_and_no_defect() -> None:
    metrics = Metrics()
    with structlog.testing.capture_logs() as lines:
        report_defect(Unavailable(), OSError("no such socket"), metrics)
    assert lines == [
        {
            "event": "http.request.unavailable",
            "reason": "no such socket",
            "log_level": "warning",
        }
    ]
    assert metrics.registry.get_sample_value("zhijie_defects_total", {"where": "http"}) is None
    with structlog.testing.capture_logs() as lines:
        report_defect(Defect(), ZeroDivisionError(), metrics)
    assert lines[0]["event"] == "http.request.failed"
    assert metrics.registry.get_sample_value("zhijie_defects_total", {"where": "http"}) == 1
