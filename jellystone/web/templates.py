"""How templates are found, and the few words every template knows."""

from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from jellystone import __version__, paths
from jellystone.services import catalog
from jellystone.services.permissions import Permission
from jellystone.web import durations, figures, sql, vitals, words
from jellystone.web.static import files


@cache
def environment() -> Environment:
    """Templates as they stand at start: nothing is looked up again on disk (auto_reload costs a stat per include)."""
    jinja = Environment(
        loader=FileSystemLoader(paths.TEMPLATES),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,  # a misspelt name is an error, not a blank
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= words.FILTERS | figures.FILTERS | vitals.FILTERS | durations.FILTERS | sql.FILTERS
    jinja.filters["attributes"] = attributes
    jinja.globals |= {
        "Permission": Permission,  # `Permission.CHANGE_TEAM in may`: a misspelt one is an error
        "address": address,
        "asset": asset,
        "usual_order": catalog.usual_order,
        "version": __version__,
    }
    files = {"scripts": _listed("js", "*.js"), "stylesheets": _listed("css", "*.css")}
    jinja.globals["head"] = Markup(jinja.get_template("_head.html").render(files))  # noqa: S704 (of files alone)
    # Global, because a block rendered alone does not see its page's own imports.
    jinja.globals["parts"] = jinja.get_template("_parts.html").module
    jinja.globals["charts"] = jinja.get_template("_charts.html").module
    jinja.globals["forms"] = jinja.get_template("_forms.html").module
    return jinja


def _listed(folder: str, pattern: str) -> list[str]:
    """Drop in a file and it is live: in the order of the names, `_tokens.css` first."""
    return sorted(f"{folder}/{file.name}" for file in (paths.STATIC / folder).glob(pattern))


def asset(path: str) -> str:
    """The address of a static file, new whenever the file changes, so that browsers may keep it for ever."""
    return f"/static/{path}?v={files()[path].tag[:8]}"


def address(request: Any, **changed: object) -> str:
    """The address of this very page with some of its query changed, for pagers; `None` leaves a part out."""
    given = {name: request.query_params[name] for name in request.query_params}
    query = {name: value for name, value in {**given, **changed}.items() if value not in (None, "")}
    return f"{request.url.path}?{urlencode(query)}" if query else str(request.url.path)


def attributes(named: dict[str, Any]) -> Markup:
    """HTML attributes from a macro's keywords: `aria_label` becomes `aria-label`, `True` a bare name, `None` none."""
    said = (
        (name.replace("_", "-"), value) for name, value in named.items() if value is not None and value is not False
    )
    return Markup("").join(
        Markup(" ") + name if value is True else Markup(' {}="{}"').format(name, escape(value)) for name, value in said
    )
