"""What the OpenAPI document says beyond the routes' own signatures: refusals, headers, bodies."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Reference,
    RequestBody,
    SecurityScheme,
)
from litestar.openapi.spec.parameter import Parameter as ParameterSpec
from litestar.openapi.spec.schema import Schema
from litestar.routes import HTTPRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas.messages.documents import MESSAGES
from schemas.messages.problems import ProblemDocument
from settlement_api.access import AREA_HEADER
from settlement_api.http import COMMAND_METHODS, KEY_NAME, PROBLEM_TYPE

PROBLEMS_OF_ALL: Final = {
    "400": "Not understood: broken body, missing header",
    "404": "No such thing, or not visible to the caller",
    "405": "The path is there, but takes other methods",
    "422": "Understood, but the content has faults; all are named",
    "500": "An error of ours",
    "503": "Not available at the moment",
}
PROBLEMS_OF_KNOWN: Final = {
    "401": "Nobody is logged in and no valid key came",
    "403": "Known, but not allowed",
}
PROBLEM_OF_COMMANDS: Final = {"409": "Another state, or another use of the Idempotency-Key"}
PROBLEMS_OF_BODIES: Final = {
    "413": "The body is too large",
    "415": "This path does not take bodies of this type",
}
OPEN_TO_ALL: Final = frozenset({"/identity/login"})
"""Besides the routes with `opt={"public": True}`: here the credential is in the body."""

REFERENCES: Final = "#/components/schemas/{model}"
ANY_DOCUMENT: Final = {
    "oneOf": [{"$ref": REFERENCES.format(model=kind.__name__)} for kind in MESSAGES.values()]
}
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTES: Final = {"type": "string", "format": "binary"}
TEXT: Final = {"type": "string"}
TABLE: Final = {"text/csv": TEXT, XLSX: BYTES}
RAW_BODIES: Final[Mapping[str, Mapping[str, dict[str, Any]]]] = {
    "/documents/{kind}": {"application/json": ANY_DOCUMENT},
    "/intakes": {
        "application/x-ndjson": ANY_DOCUMENT,
        "application/json": {"type": "array", "items": ANY_DOCUMENT},
        "text/csv": TEXT,
    },
    "/imports/{kind}": TABLE,
    "/fund-imports": {**TABLE, "application/x-ndjson": TEXT},
    "/bank-statements": {"application/xml": TEXT},
}
"""Bodies that routes read themselves, by path: the types taken and what is in them."""


def openapi_config() -> OpenAPIConfig:
    """What the document says of the API as a whole, and the page that shows it."""
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


def complete_document(app: Litestar) -> None:
    """Writes into the OpenAPI document what every operation takes and refuses.

    Raises KeyError when a path of `RAW_BODIES` is no longer there.
    """
    document = app.openapi_schema
    for name, part in _message_schemas().items():
        document.components.schemas[name] = _RawSchema(part)
    paths = document.paths or {}
    for path, method, handler in _operations(app):
        if path in paths and (operation := getattr(paths[path], method.lower(), None)):
            _complete(operation, path, method, handler)
    for path, contents in RAW_BODIES.items():
        operation = paths[path].post
        assert operation is not None, path
        operation.request_body = RequestBody(
            content={kind: OpenAPIMediaType(schema=_RawSchema(s)) for kind, s in contents.items()},
            required=True,
        )
        _refuse(operation, PROBLEMS_OF_BODIES)


def _message_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schemas of the problem document and of every kind of document, with their parts."""
    messages: list[type[BaseModel]] = [ProblemDocument, *MESSAGES.values()]
    _, schemas = models_json_schema(
        [(message, "validation") for message in messages], ref_template=REFERENCES
    )
    found: dict[str, dict[str, Any]] = schemas["$defs"]
    return found


def _operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in handler.http_methods:
                    yield route.path_format, method, handler


class _RawSchema(Schema):
    """A JSON Schema as it is, where Litestar wants its own type."""

    def __init__(self, raw: dict[str, Any]) -> None:
        super().__init__()
        self._raw = raw

    def to_schema(self) -> dict[str, Any]:
        return self._raw


def _complete(operation: Operation, path: str, method: str, handler: HTTPRouteHandler) -> None:
    public = bool(handler.opt.get("public")) or path in OPEN_TO_ALL
    command = method in COMMAND_METHODS
    own = (operation.responses or {}).get("503")
    _refuse(operation, PROBLEMS_OF_ALL)
    if own is not None and operation.responses is not None:
        operation.responses["503"] = own
    if public:
        operation.security = []
    else:
        _refuse(operation, PROBLEMS_OF_KNOWN)
        _add_header(operation, _AREA)
    if path in OPEN_TO_ALL:
        _refuse(operation, {"401": PROBLEMS_OF_KNOWN["401"]})
    if command:
        _refuse(operation, PROBLEM_OF_COMMANDS)
    if command and handler.opt.get("idempotent", True):
        _add_header(operation, _KEY)
    if path == "/intakes":
        _add_header(operation, _PREFER)
    if operation.request_body is not None:
        _refuse(operation, PROBLEMS_OF_BODIES)


def _refuse(operation: Operation, problems: Mapping[str, str]) -> None:
    reference = Reference(ref=REFERENCES.format(model="ProblemDocument"))
    operation.responses = (operation.responses or {}) | {
        status: OpenAPIResponse(
            description=reason, content={PROBLEM_TYPE: OpenAPIMediaType(schema=reference)}
        )
        for status, reason in problems.items()
    }


def _add_header(operation: Operation, header: ParameterSpec) -> None:
    operation.parameters = [*(operation.parameters or []), header]


_KEY: Final = ParameterSpec(
    name=KEY_NAME,
    param_in="header",
    required=True,
    schema=Schema(type=OpenAPIType.STRING, min_length=8, max_length=128),
    description="The same key and body in the same area are carried out once, answered alike.",
)
_AREA: Final = ParameterSpec(
    name=AREA_HEADER,
    param_in="header",
    required=False,
    schema=Schema(type=OpenAPIType.STRING, pattern="^[0-9]{6}$"),
    description="The area to work in, for people of the platform, who belong to none.",
)
_PREFER: Final = ParameterSpec(
    name="Prefer",
    param_in="header",
    required=False,
    schema=Schema(type=OpenAPIType.STRING, pattern="^wait=[0-9]{1,4}$"),
    description="`wait=n`: wait up to n seconds, at most 30, until the body is applied.",
)
