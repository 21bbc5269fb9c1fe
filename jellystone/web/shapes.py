"""The shapes of bodies as clients are made from them: what has a name of its own gets it, words stand where they show.

msgspec describes exactly what it decodes, but a choice of words wherever it occurs, and the words about a field that
may be null beside the null. Here each choice becomes one component (`Access`, not `NewRoleAccess`, `RoleAccess`, …),
and words and examples move to the field itself.
"""

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
REF = "#/components/schemas/"
MOVED = ("description", "examples")


def clean(schemas: Schema) -> None:
    """Change the components in place, and add those of the choices."""
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            _lift(field)
    _name_choices(schemas)


def _lift(field: Schema) -> None:
    """What is said of the one choice that is not null is said of the field."""
    choices = [choice for choice in field.get("anyOf", []) if choice.get("type") != "null"]
    if len(choices) == 1:
        for name in MOVED:
            if name in choices[0]:
                field.setdefault(name, choices[0].pop(name))


def _name_choices(schemas: Schema) -> None:
    found = list(_choices(schemas))
    owners: dict[tuple[str, str], str] = {}
    for schema, field, place in found:  # of all shapes with this field the shortest name: a Role's status, say
        key = field, str(place["enum"])
        owners[key] = min(owners.get(key, schema), schema, key=lambda name: (len(name), name))
    fields = [field for field, _ in owners]
    for _, field, place in found:
        alone = fields.count(field) == 1 and schemas.get(pascal(field), {}).get("enum", place["enum"]) == place["enum"]
        name = ("" if alone else owners[field, str(place["enum"])]) + pascal(field)
        schemas[name] = {"title": name, "type": "string", "enum": place.pop("enum")}
        place.pop("type", None)
        place["$ref"] = REF + name


def _choices(schemas: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Every choice among words, with the schema and field where it stands, and the place itself."""
    for name, schema in sorted(schemas.items()):
        for field, described in schema.get("properties", {}).items():
            one = field.removesuffix("s") if "items" in described else field
            for place in (described, described.get("items", {}), *described.get("anyOf", [])):
                if len(place.get("enum", [])) > 1 and all(isinstance(word, str) for word in place["enum"]):
                    yield name, one, place


def pascal(name: str) -> str:
    """`locale_provider` is called LocaleProvider."""
    return re.sub(r"(?:^|_)(\w)", lambda found: found.group(1).upper(), name)
