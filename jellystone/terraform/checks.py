"""What can be said to be wrong before anything is asked for: by the rules of the server itself."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from tf.utils import Diagnostics

from jellystone.facts.naming import database_name_problem, role_name_problem
from jellystone.facts.wishes import DatabaseName, RoleName
from jellystone.facts.wording import words
from jellystone.terraform.kinds import Field, is_known

DatabaseId = Annotated[
    str, Meta(pattern=r"^[^/\s]+/[^/\s]+$", extra={"error": "Write it as server/database, such as main/orders."})
]
ServerName = Annotated[str, Meta(pattern=r"^[^/\s]{1,40}$", extra={"error": "Give a server's name, such as main."})]
Seconds = Annotated[float, Meta(ge=1, le=3600, extra={"error": "Give a number of seconds, from 1 to 3600."})]
Version = Annotated[int, Meta(ge=1, extra={"error": "Give a whole number, 1 or more."})]
NAMES = {DatabaseName: database_name_problem, RoleName: role_name_problem}


def check(diagnostics: Diagnostics, fields: list[Field], config: dict[str, Any]) -> None:
    """Adds an error for each attribute that the server would refuse. What is not known yet is not looked at."""
    for field in fields:
        value = config.get(field.name)
        if field.check is None or not is_known(value):
            continue
        if wrong := problem_of(value, field.check):
            diagnostics.add_error(f"{field.name} cannot be {shown(value)}", wrong, path=[field.name])


def problem_of(value: Any, annotation: Any) -> str | None:
    if isinstance(value, list) and any(not is_known(item) for item in value):
        return None
    if annotation in NAMES:
        return NAMES[annotation](value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        msgspec.convert(value, annotation)
    except msgspec.ValidationError as error:
        return words(annotation, str(error))
    return None


def shown(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}…"
