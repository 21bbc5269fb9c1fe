"""What a program that was written for one description of the API would stumble over in another.

What may be added without harm: operations, parameters and fields of a body that may be left out, fields of an answer,
errors. Everything else is told, in sentences.
"""

from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any]
NARROWER: dict[str, Callable[[Any, Any], bool]] = {
    "minLength": lambda before, after: after > before,
    "minItems": lambda before, after: after > before,
    "minimum": lambda before, after: after > before,
    "maxLength": lambda before, after: after < before,
    "maxItems": lambda before, after: after < before,
    "maximum": lambda before, after: after < before,
    "pattern": lambda before, after: bool(after != before),
}


def breaks(before: Schema, after: Schema) -> list[str]:
    return sorted(set(_Comparison(before, after).paths()))


class _Comparison:
    """Two whole descriptions, to which references lead."""

    def __init__(self, before: Schema, after: Schema):
        self.before, self.after = before, after

    def paths(self) -> Iterator[str]:
        for path, item in self.before["paths"].items():
            for method, old in item.items():
                where = f"{method.upper()} {path}"
                new = self.after["paths"].get(path, {}).get(method)
                if new is None:
                    yield f"{where} is gone."
                else:
                    yield from self._operation(where, old, new)

    def _operation(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        if old["operationId"] != new["operationId"]:
            yield f"{where} is not called {old['operationId']} any more."
        yield from _security(where, old["security"], new["security"])
        yield from self._parameters(where, old.get("parameters", []), new.get("parameters", []))
        sent, wanted = old.get("requestBody"), new.get("requestBody")
        if wanted and wanted["required"] and not (sent and sent["required"]):
            yield f"{where} takes a body now."
        if sent:
            yield from self._contents(f"{where} body", sent, wanted or {}, sent=True)
        for status, answer in old["responses"].items():
            if status.startswith("2"):
                yield from self._answer(f"{where} {status}", answer, new["responses"].get(status))

    def _parameters(self, where: str, old: list[Schema], new: list[Schema]) -> Iterator[str]:
        was, now = (
            {(one["in"], one["name"]): one for one in (_found(whole, parameter) for parameter in listed)}
            for whole, listed in ((self.before, old), (self.after, new))
        )
        for key, parameter in was.items():
            if key not in now:
                yield f"{where} {key[0]} parameter {key[1]} is gone."
            else:
                place = f"{where} {key[0]} parameter {key[1]}"
                yield from self._schemas(place, parameter["schema"], now[key]["schema"], sent=True)
        for key, parameter in now.items():
            if parameter.get("required") and not was.get(key, {}).get("required"):
                yield f"{where} {key[0]} parameter {key[1]} is required now."

    def _answer(self, where: str, old: Schema, new: Schema | None) -> Iterator[str]:
        if new is None:
            yield f"{where} is not answered any more."
            return
        was, now = _found(self.before, old), _found(self.after, new)
        for header in was.get("headers", {}).keys() - now.get("headers", {}).keys():
            yield f"{where} header {header} is gone."
        yield from self._contents(where, was, now, sent=False)

    def _contents(self, where: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        for kind, content in old.get("content", {}).items():
            now = new.get("content", {}).get(kind)
            if now is None:
                yield f"{where} is not {kind} any more."
            else:
                yield from self._schemas(where, content["schema"], now["schema"], sent=sent)

    def _schemas(self, where: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        old, new = _found(self.before, old), _found(self.after, new)
        was, now = self._kinds(self.before, old), self._kinds(self.after, new)
        if gone := (was.keys() - now.keys() if sent else now.keys() - was.keys()):
            words = " or ".join(sorted(gone))
            yield f"{where} takes no {words} any more." if sent else f"{where} may be {words}."
        for kind in was.keys() & now.keys():
            yield from self._alike(where, was[kind], now[kind], sent=sent)

    def _kinds(self, whole: Schema, schema: Schema) -> dict[str, Schema]:
        """What it may be, by the name of the type."""
        found: dict[str, Schema] = {}
        for choice in schema.get("anyOf", [schema]):
            choice = _found(whole, choice)
            kinds = choice.get("type", "anything")
            found |= dict.fromkeys(kinds if isinstance(kinds, list) else [kinds], choice)
        return found

    def _alike(self, where: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
        words, more = set(old.get("enum", [])), set(new.get("enum", []))
        if (sent and more and words - more) or (not sent and words and (more - words or not more)):
            yield f"{where} has other words to choose from."
        if sent:
            yield from (
                f"{where} has a narrower {rule}."
                for rule, narrower in NARROWER.items()
                if rule in new and (rule not in old or narrower(old[rule], new[rule]))
            )
        if old.get("format") != new.get("format"):
            yield f"{where} has another format."
        if "items" in old and "items" in new:
            yield from self._schemas(f"{where}[]", old["items"], new["items"], sent=sent)
        fields = new.get("properties", {})
        for name, field in old.get("properties", {}).items():
            if name in fields:
                yield from self._schemas(f"{where} .{name}", field, fields[name], sent=sent)
            else:
                yield f"{where} .{name} is gone."
        was, now = set(old.get("required", [])), set(new.get("required", []))
        if sent:
            yield from (f"{where} .{name} is required now." for name in now - was)
        else:
            yield from (f"{where} .{name} may be missing now." for name in (was - now) & fields.keys())


def _security(where: str, old: list[Schema], new: list[Schema]) -> Iterator[str]:
    """Who was let in still is, and with the same scopes."""
    for requirement in old or [{}]:
        if not any(
            other.keys() <= requirement.keys() and all(set(other[kind]) <= set(requirement[kind]) for kind in other)
            for other in new or [{}]
        ):
            yield f"{where} takes no {' and '.join(requirement) or 'stranger'} any more, or asks for more scopes."


def _found(whole: Schema, part: Schema) -> Schema:
    """What a reference leads to, with the words beside it."""
    if "$ref" not in part:
        return part
    found: Schema = whole
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found
