"""Reading what was sent: a form and a JSON document are the same thing to a handler, and all mistakes are told at once.

msgspec stops at the first wrong field, so each field is converted on its own before Litestar makes the struct.
"""

import re
import types
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions import ClientException, HTTPException, SerializationException

from jellystone.errors import Invalid
from jellystone.facts.wording import MISSING, UNKNOWN, words
from jellystone.web.negotiation import wants_json

FORM = "application/x-www-form-urlencoded"
ONCE = "Give this once."
YES, NO = ("true", "on", "1", "yes"), ("false", "off", "0", "no")


class FormOrJson(Request[Any, Any, Any]):
    """A request whose form fields can be read as if they were JSON."""

    async def body(self) -> bytes:
        """Never empty: sending nothing is sending no fields."""
        return await super().body() or b"{}"

    async def json(self) -> Any:
        is_form = self.content_type[0] == FORM
        sent = await self._fields() if is_form else await self._document()
        struct = self._wanted()
        if struct is None:
            return sent
        self.scope["state"]["sent"] = sent
        return checked(struct, sent, is_form=is_form, is_page=is_form and not wants_json(self))

    async def form(self) -> FormMultiDict:
        """In UTF-8 throughout: `curl -d` encodes nothing, and what is not encoded Litestar takes for Latin-1."""
        if self.content_type[0] != FORM:
            return await super().form()
        return FormMultiDict(parse_qsl((await super().body()).decode(errors="replace"), keep_blank_values=True))

    async def carried(self) -> list[tuple[str, str]]:
        """The fields of a form, to be sent once more by another: all but the account's own passwords."""
        form = await self.form()
        struct = self._wanted()
        hints = get_type_hints(struct, include_extras=True) if struct else {}
        kept = [name for name in dict.fromkeys(form.keys()) if not name.startswith("_") and not is_own(hints.get(name))]
        return [(name, text) for name in kept for text in form.getall(name)]

    async def sent(self) -> dict[str, Any]:
        """What a form is to show again. Its route's `form_values` keeps back what nobody shall see."""
        found = self.scope["state"].get("sent")
        if found is None:
            found = await self._fields() if self.scope["state"].get("confirming") else {}
        keep: Callable[[dict[str, Any]], dict[str, Any]] = self.route_handler.opt.get("form_values", dict)
        return keep(found)

    async def _fields(self) -> dict[str, Any]:
        form = await self.form()
        values = {name: form.getall(name) for name in dict.fromkeys(form.keys()) if not name.startswith("_")}
        return {name: found if len(found) > 1 else found[0] for name, found in values.items()}

    async def _document(self) -> Any:
        if self.content_type[0] not in ("application/json", ""):
            raise HTTPException(f"Send JSON, with Content-Type: application/json, or a form ({FORM}).", status_code=415)
        try:
            document = await super().json()
        except (SerializationException, UnicodeDecodeError, RecursionError):
            raise ClientException("The body is not well-formed JSON.") from None
        if not isinstance(document, Mapping):
            raise ClientException("Send a JSON object.")
        return document

    def _wanted(self) -> type[msgspec.Struct] | None:
        """The struct that the handler takes as `data`."""
        field = self.route_handler.parsed_fn_signature.parameters.get("data")
        return field.annotation if field and isinstance(field.annotation, type) else None


def checked(
    struct: type[msgspec.Struct], sent: Mapping[str, Any], *, is_form: bool, is_page: bool | None = None
) -> dict[str, Any]:
    """The values of `struct`'s fields, ready to make one of it. Raises `Invalid` with every wrong field.

    `is_page`: the form is one of our pages, where an unticked box means no. A program's form that leaves a field out,
    as `curl -d` may, leaves it as it is, and one that it misspells is an error.
    """
    is_page = is_form if is_page is None else is_page
    hints = get_type_hints(struct, include_extras=True)
    values, wrong = {}, {}
    known = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, field in known.items():
        raw = sent.get(name, msgspec.UNSET)
        if isinstance(raw, list) and is_form and not is_page and not _is_list(hints[field.name]):
            wrong[name] = ONCE
            continue
        if is_page or raw is not msgspec.UNSET:
            raw = _as_sent_by_a_browser(hints[field.name], raw) if is_form else _as_number(hints[field.name], raw)
        if raw is msgspec.UNSET:
            if field.required:
                wrong[name] = MISSING
            continue
        if _has_nul(raw):
            wrong[name] = "Use only characters that can be typed."
            continue
        try:
            values[name] = _converted(raw, hints[field.name], strict=not is_form)
        except msgspec.ValidationError as error:
            wrong[name] = words(hints[field.name], str(error))
    if not is_page:
        wrong |= dict.fromkeys(sent.keys() - known.keys(), UNKNOWN)
    if wrong:
        raise Invalid(**wrong)
    return values


def _converted(raw: Any, annotation: Any, *, strict: bool) -> Any:
    value = msgspec.convert(raw, annotation, strict=strict)
    if isinstance(value, datetime):
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise msgspec.ValidationError("Invalid `datetime`: in UTC it has no year of four digits") from None
    return msgspec.to_builtins(value)


def is_own(annotation: Any) -> bool:
    """Whether a field is marked as a password of the account: `Meta(extra={"own": True})`."""
    said = (m.extra or {} for m in getattr(annotation, "__metadata__", ()) if isinstance(m, msgspec.Meta))
    return any("own" in extra for extra in said) or any(is_own(inner) for inner in get_args(annotation))


def _has_nul(raw: Any) -> bool:
    """PostgreSQL stores no NUL, and no half of a surrogate pair."""
    texts = raw if isinstance(raw, list) else [raw]
    return any(isinstance(text, str) and re.search("[\0\ud800-\udfff]", text) for text in texts)


def _inner(annotation: Any) -> tuple[Any, bool]:
    """`Annotated[int, …] | None` → int, and whether None is allowed."""
    if get_origin(annotation) is Annotated:
        return _inner(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        members = get_args(annotation)
        rest = [member for member in members if member not in (type(None), msgspec.UnsetType)]
        return (_inner(rest[0])[0] if len(rest) == 1 else annotation), type(None) in members
    return annotation, False


def _is_list(annotation: Any) -> bool:
    return get_origin(_inner(annotation)[0]) is list


def _as_number(annotation: Any, raw: Any) -> Any:
    """3.0 is an integer to JSON Schema, not to msgspec."""
    is_whole = isinstance(raw, float) and raw.is_integer()
    return int(raw) if is_whole and _inner(annotation)[0] is int else raw


def _as_sent_by_a_browser(annotation: Any, raw: Any) -> Any:
    """Browsers send nothing for an unticked box, "" for an empty field, and one text for one of many, or for lines."""
    inner, optional = _inner(annotation)
    if inner is bool:
        return _as_flag(raw)
    if get_origin(inner) is list:
        texts = [] if raw is msgspec.UNSET else raw if isinstance(raw, list) else raw.splitlines()
        return [text.strip() for text in texts if text.strip()]
    if isinstance(raw, list):
        raw = raw[-1]
    if isinstance(raw, str):
        raw = raw.replace("\r\n", "\n")
        if raw.strip() == "" and (optional or inner is not str):
            return None if optional else msgspec.UNSET
        if inner.__name__ == "datetime" if isinstance(inner, type) else False:
            return _with_zone(raw)
    return raw


def _as_flag(raw: Any) -> Any:
    """What is neither yes nor no stays, to be told."""
    said = raw[-1] if isinstance(raw, list) else raw
    if said is msgspec.UNSET:
        return False
    return True if said.lower() in YES else False if said.lower() in NO else said


def _with_zone(text: str) -> str:
    """`<input type="datetime-local">` and a date alone carry no zone: they mean UTC, as the form's hint says."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T00:00"
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text):
        text += ":00"
    return text if re.search(r"(Z|[+-]\d\d:?\d\d)$", text) else text + "Z"
