"""GET /docs: the routes as a page that needs no script and fetches nothing from elsewhere."""

from html import escape
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

_FETCHES_NOTHING: Final = "default-src 'none'; style-src 'unsafe-inline'"
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 1em/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }}
h2 {{ font-size: 1em; margin: 2em 0 0 }} p {{ margin: 0 }} .answers {{ color: #555 }}</style>
<h1>{title} {version}</h1>
<p>{about}</p>
<p>Requests and answers in full, with examples: <a href="openapi.json">openapi.json</a>, for
whatever reads OpenAPI.</p>
{routes}
</html>
"""


def add_reference(app: FastAPI) -> None:
    """Has an application, made without pages of its own, tell at /docs what it answers."""

    async def docs() -> HTMLResponse:
        return HTMLResponse(page(app), headers={"content-security-policy": _FETCHES_NOTHING})

    app.add_api_route("/docs", docs, include_in_schema=False)


def page(app: FastAPI) -> str:
    """The page, made of the application's OpenAPI."""
    described = app.openapi()
    routes = [
        _route(method, path, operation)
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    ]
    return _PAGE.format(
        title=escape(app.title),
        version=escape(app.version),
        about=escape(app.description),
        routes="\n".join(routes),
    )


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    answers = (f"{status} {told['description']}" for status, told in operation["responses"].items())
    return (
        f"<h2><code>{method.upper()} {escape(path)}</code></h2>\n"
        f"<p>{escape(operation['description'])}</p>\n"
        f'<p class="answers">{escape("; ".join(answers))}</p>'
    )
