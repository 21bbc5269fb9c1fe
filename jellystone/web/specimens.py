"""Examples for the API description, put together from the examples of the fields."""

from typing import Any

Schema = dict[str, Any]
OF_FORMAT = {
    "date-time": "2026-05-04T09:30:00Z",
    "uuid": "0196f0c2-d4e8-7f3a-9b1c-2d3e4f5a6b7c",
}


def specimen(schema: Schema, named: Schema, *, sent: bool = False) -> Any:
    """A value that fits `schema`; `named` are the components it refers to.

    What is `sent` holds the required fields and those that come with an example (`examples=[]` takes one back); an
    answer holds every field.
    """
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return specimen(named[schema["$ref"].rpartition("/")[2]], named, sent=sent)
    if "anyOf" in schema:
        return _one_of(schema["anyOf"], named, sent=sent)
    if "enum" in schema:
        return schema["enum"][0]
    if "default" in schema:
        return schema["default"]
    if "properties" in schema:
        fields = schema["properties"].items()
        shown = schema.get("required", []) if sent else [name for name, _ in fields]
        return {name: specimen(field, named, sent=sent) for name, field in fields if name in shown or _shows(field)}
    kinds: dict[str, Any] = {"array": [], "object": {}, "integer": 1, "number": 0.5, "boolean": True, "string": "…"}
    if schema.get("type") == "array" and "$ref" in schema["items"]:
        return [specimen(schema["items"], named)]
    return OF_FORMAT.get(schema.get("format", "")) or kinds.get(schema.get("type", ""))


def _one_of(choices: list[Schema], named: Schema, *, sent: bool) -> Any:
    """Null where nothing better is told."""
    told = [choice for choice in choices if choice.get("examples") or "$ref" in choice]
    return specimen(told[0], named, sent=sent) if told else None


def _shows(field: Schema) -> bool:
    return any(choice.get("examples") for choice in (field, *field.get("anyOf", [])))
