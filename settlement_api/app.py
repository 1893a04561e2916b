"""The API put together: every feature's routes, one error format, its own documentation."""

from importlib.resources import files
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from litestar import Litestar, MediaType, Response, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.openapi import ResponseSpec
from litestar.static_files import create_static_files_router
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from settlement_api import readiness
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.features import feature_modules
from settlement_api.http import (
    RequestTransaction,
    answer_error,
    provide_kept_answer,
    provide_principal,
    provide_streamed_key,
    provide_uow,
)
from settlement_api.installation import open_installation, require_own_key
from settlement_api.observability import Metrics, configure_logging
from settlement_api.openapi import complete_document, openapi_config
from settlement_api.persistence import Database

DEFAULT_BODY_LIMIT: Final = 4 << 20


def create_app(settings: Settings, database: Database, keyring: Keyring) -> Litestar:
    """The ASGI application on an open database; the caller closes the database."""
    metrics = Metrics()
    app = Litestar(
        route_handlers=[
            *(module.router for module in feature_modules("routes")),
            health,
            ready,
            figures,
            _swagger_files(),
        ],
        dependencies={
            "principal": Provide(provide_principal),
            "uow": Provide(provide_uow),
            "kept_answer": Provide(provide_kept_answer),
            "streamed_key": Provide(provide_streamed_key),
            "database": Provide(lambda: database, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "keyring": Provide(lambda: keyring, sync_to_thread=False),
            "clock": Provide(lambda: database.clock, sync_to_thread=False),
        },
        middleware=[RequestTransaction(database, metrics)],
        exception_handlers={Exception: answer_error},
        openapi_config=openapi_config(),
        state=State(
            {"database": database, "metrics": metrics, "settings": settings, "keyring": keyring}
        ),
        request_max_body_size=DEFAULT_BODY_LIMIT,
        logging_config=None,
    )
    complete_document(app)
    return app


# ── the platform's own paths ────────────────────────────────────────────────────────────────


@get("/health", tags=["platform"], opt={"public": True})
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get(
    "/ready",
    tags=["platform"],
    opt={"public": True},
    responses={503: ResponseSpec(dict[str, str], description="Something is not there")},
)
async def ready(database: NamedDependency[Database]) -> Response[dict[str, str]]:
    """Whether database, schema and worker are there; 503 names what is not."""
    checks = await readiness.check(database)
    status = 200 if set(checks.values()) == {"ok"} else 503
    return Response(checks, status_code=status)


@get("/metrics", tags=["platform"], media_type=MediaType.TEXT, opt={"public": True})
async def figures(database: NamedDependency[Database], state: State) -> Response[bytes]:
    """Figures for Prometheus."""
    await readiness.observe(database, state.metrics, state.settings)
    body = generate_latest(state.metrics.registry)
    return Response(body, media_type=CONTENT_TYPE_LATEST)


# ── documentation ───────────────────────────────────────────────────────────────────────────


def _swagger_files() -> Router:
    return create_static_files_router(
        path="/docs/assets",
        directories=[Path(str(files("swagger_ui"))) / "static"],
        include_in_schema=False,
    )


# ── a process of its own ────────────────────────────────────────────────────────────────────


async def serve(settings: Settings) -> None:
    """Serves the API until told to stop."""
    configure_logging(settings.log_level)
    async with open_installation(settings) as installation:
        await require_own_key(installation)
        app = create_app(settings, installation.database, installation.keyring)
        structlog.get_logger().info("app.serving.started", host=settings.host, port=settings.port)
        await uvicorn.Server(server_config(app, settings)).serve()


KEEP_ALIVE_SECONDS: Final = 75
"""Longer than clients and edges (60 s as a rule) keep a silent line: whoever closes first must be
the one who sends, or a request meets a line that is just being closed."""


def server_config(app: Litestar, settings: Settings) -> uvicorn.Config:
    """How the server runs: no access log (the edge logs), no banner, headers of our own."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        http="h11",  # the faster one sets no limit to the head of a request
        server_header=False,
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
    )
