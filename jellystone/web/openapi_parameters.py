"""Parameters as the description has them: Litestar's, without what says nothing and what an address cannot hold."""

from typing import Any

Schema = dict[str, Any]
NOISE = {"deprecated": False, "allowEmptyValue": False, "allowReserved": False}


def cleaned(parameter: Schema) -> Schema:
    """An address holds no null; a parameter that may be left out is left out."""
    found = {name: value for name, value in parameter.items() if NOISE.get(name) != value or name not in NOISE}
    schema = {name: _whole(value) for name, value in found["schema"].items() if name not in ("description", "examples")}
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        schema["type"] = kinds[0] if len(kinds) == 1 else kinds
    if "enum" in schema:
        schema["enum"] = [word for word in schema["enum"] if word is not None]
    if schema.get("default", "") in (None, ""):  # as if it had not been sent
        schema.pop("default", None)
    found["schema"] = schema
    if examples := found.pop("examples", None):
        found["example"] = next(iter(examples.values()))["value"]
    return found


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
