"""The OpenAPI description's head, and an example of each call, as it was made once."""

import json
from functools import cache
from pathlib import Path
from typing import Any

SETTINGS = {
    "TITLE": "Podium",
    "DESCRIPTION": "Rankings in, pairs and rewards out.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.described.with_examples",
    ],
}
EXAMPLES = Path(__file__).with_name("examples.json")


def with_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            example = recorded().get(f"{method.upper()} {path}", {})
            if "request" in example and "requestBody" in operation:
                _put(operation["requestBody"]["content"], "application/json", example["request"])
            if "answer" in example:
                content = operation["responses"][str(example["status"])].get("content", {})
                _put(content, "application/json", example["answer"])
    return result


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """By method and path: `request`, `status` and `answer`, as far as a call has them."""
    found: dict[str, dict[str, Any]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def _put(content: dict[str, Any], media_type: str, example: Any) -> None:
    if media_type in content:
        content[media_type]["example"] = example
