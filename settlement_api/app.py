"""The API put together: every feature's routes, one error format, its own documentation."""

from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import structlog
import uvicorn
from litestar import Litestar, MediaType, Response, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Reference,
    SecurityScheme,
)
from litestar.openapi.spec.parameter import Parameter as ParameterSpec
from litestar.openapi.spec.schema import Schema
from litestar.static_files import create_static_files_router
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from schemas.messages.problems import ProblemDocument
from settlement_api import readiness
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.features import feature_modules
from settlement_api.http import (
    KEY_NAME,
    PROBLEM_TYPE,
    RequestTransaction,
    answer_error,
    provide_kept_answer,
    provide_principal,
    provide_uow,
)
from settlement_api.installation import open_installation
from settlement_api.observability import Metrics, configure_logging
from settlement_api.persistence import Database

DEFAULT_BODY_LIMIT: Final = 4 << 20
PROBLEMS_OF_ALL: Final = {
    "400": "Not understood: broken body, missing header",
    "401": "Nobody is logged in and no valid key came",
    "403": "Known, but not allowed",
    "404": "No such thing, or not visible to the caller",
    "413": "The body is too large",
    "422": "Understood, but the content has faults; all are named",
    "500": "An error of ours",
    "503": "Not available at the moment",
}
PROBLEM_OF_COMMANDS: Final = {"409": "Another state, or another use of the Idempotency-Key"}


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
            "database": Provide(lambda: database, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "keyring": Provide(lambda: keyring, sync_to_thread=False),
            "clock": Provide(lambda: database.clock, sync_to_thread=False),
        },
        middleware=[RequestTransaction(database, metrics)],
        exception_handlers={Exception: answer_error},
        openapi_config=_openapi_config(),
        state=State(
            {"database": database, "metrics": metrics, "settings": settings, "keyring": keyring}
        ),
        request_max_body_size=DEFAULT_BODY_LIMIT,
        logging_config=None,
    )
    document_problems(app)
    return app


# ── the platform's own paths ────────────────────────────────────────────────────────────────


@get("/health", tags=["platform"], opt={"public": True})
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/ready", tags=["platform"], opt={"public": True})
async def ready(database: NamedDependency[Database]) -> Response[dict[str, str]]:
    """Whether database, schema and worker are there; 503 names what is not."""
    checks = await readiness.check(database)
    status = 200 if set(checks.values()) == {"ok"} else 503
    return Response(checks, status_code=status)


@get("/metrics", tags=["platform"], media_type=MediaType.TEXT, opt={"public": True})
async def figures(database: NamedDependency[Database], state: State) -> Response[bytes]:
    """Figures for Prometheus."""
    await readiness.observe(database, state.metrics)
    body = generate_latest(state.metrics.registry)
    return Response(body, media_type=CONTENT_TYPE_LATEST)


# ── documentation ───────────────────────────────────────────────────────────────────────────


def _swagger_files() -> Router:
    return create_static_files_router(
        path="/docs/assets",
        directories=[Path(str(files("swagger_ui"))) / "static"],
        include_in_schema=False,
    )


def _openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Zhijie",
        version="0.1.0",
        description="Direct settlement between the medical-insurance fund and suppliers.",
        path="/docs",
        use_handler_docstrings=True,
        render_plugins=[
            SwaggerRenderPlugin(
                path="/",
                js_url="/docs/assets/swagger-ui-bundle.js",
                css_url="/docs/assets/swagger-ui.css",
                standalone_preset_js_url="/docs/assets/swagger-ui-standalone-preset.js",
                favicon="<link rel='icon' href='/docs/assets/favicon-32x32.png'>",
            )
        ],
        components=Components(
            security_schemes={
                "session": SecurityScheme(type="http", scheme="bearer"),
                "key": SecurityScheme(type="apiKey", name="X-Api-Key", security_scheme_in="header"),
            }
        ),
        security=[{"session": []}, {"key": []}],
    )


def document_problems(app: Litestar) -> None:
    """Writes every refusal into the OpenAPI document, and the key that commands need."""
    document = app.openapi_schema
    schema = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = schema.pop("$defs", {})
    for name, part in {"ProblemDocument": schema, **parts}.items():
        document.components.schemas[name] = _raw_schema(part)
    for item in (document.paths or {}).values():
        for method in ("get", "post", "put", "patch", "delete"):
            operation = getattr(item, method)
            if operation is not None:
                _document_operation(operation, command=method != "get")


def _raw_schema(part: dict[str, Any]) -> Schema:
    """A pydantic JSON Schema as Litestar's own type, which renders it again unchanged."""
    return _RawSchema(part)


class _RawSchema(Schema):
    def __init__(self, raw: dict[str, Any]) -> None:
        super().__init__()
        self._raw = raw

    def to_schema(self) -> dict[str, Any]:
        return self._raw


def _document_operation(operation: Operation, *, command: bool) -> None:
    reference = Reference(ref="#/components/schemas/ProblemDocument")
    content = {PROBLEM_TYPE: OpenAPIMediaType(schema=reference)}
    responses = operation.responses or {}
    for status, reason in (PROBLEMS_OF_ALL | (PROBLEM_OF_COMMANDS if command else {})).items():
        responses[status] = OpenAPIResponse(description=reason, content=dict(content))
    operation.responses = responses
    if command:
        header = ParameterSpec(
            name=KEY_NAME,
            param_in="header",
            required=True,
            schema=Schema(type=OpenAPIType.STRING, min_length=8, max_length=128),
            description="The same key and body are carried out once and answered alike.",
        )
        operation.parameters = [*(operation.parameters or []), header]


# ── a process of its own ────────────────────────────────────────────────────────────────────


async def serve(settings: Settings) -> None:
    """Serves the API until told to stop."""
    configure_logging(settings.log_level)
    async with open_installation(settings) as installation:
        app = create_app(settings, installation.database, installation.keyring)
        structlog.get_logger().info("app.serving.started", host=settings.host, port=settings.port)
        await uvicorn.Server(server_config(app, settings)).serve()


def server_config(app: Litestar, settings: Settings) -> uvicorn.Config:
    """How the server runs: no access log (the edge logs), no banner, headers of our own."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=10,
    )
