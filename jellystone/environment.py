"""Environment variables and a `.env` file, read into a struct's fields; every mistake is found in one go."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

PREFIX = "JELLYSTONE_"
FOR_TESTS = "JELLYSTONE_TEST_"
FOR_CLIENTS = {"JELLYSTONE_URL", "JELLYSTONE_TOKEN", "JELLYSTONE_CA_FILE", "JELLYSTONE_TIMEOUT"}


class Variable(NamedTuple):
    """One environment variable and the field it fills."""

    name: str
    field: str
    type: Any
    description: str
    default: Any
    secret: bool
    wanted: str
    check: Callable[[Any], object]


def variables(struct: type[msgspec.Struct]) -> list[Variable]:
    """A struct's fields that have a description, in their order; the others are not for the environment."""
    hints = get_type_hints(struct, include_extras=True)
    found = []
    for field in msgspec.structs.fields(struct):
        kind = hints[field.name]
        for meta in get_args(kind)[1:]:
            if isinstance(meta, msgspec.Meta) and meta.description:
                name = PREFIX + field.encode_name.upper()
                found.append(Variable(name, field.name, kind, meta.description, field.default, **(meta.extra or {})))
    return found


def read(
    struct: type[msgspec.Struct], environ: Mapping[str, str], dotenv: Path | None
) -> tuple[dict[str, Any], list[str]]:
    """The values for the struct and the mistakes, in words. An empty variable counts as not set."""
    mistakes: list[str] = []
    known = variables(struct)
    given = _merge(environ, dotenv, mistakes)
    values = {}
    for variable in known:
        text = _text(variable, given, mistakes)
        if text is None:
            continue
        try:
            values[variable.field] = _convert(text, variable)
        except ValueError:
            mistakes.append(f"{variable.name} must be {variable.wanted or _wanted(variable.type)}.")
    names = {v.name for v in known} | {v.name + "_FILE" for v in known if v.secret}
    mistakes += [_unknown(name, names) for name in given if name not in names]
    return values, mistakes


def _merge(environ: Mapping[str, str], dotenv: Path | None, mistakes: list[str]) -> dict[str, str]:
    given = {name: value for name, value in environ.items() if _is_for_us(name) and value.strip()}
    for name, value in _dotenv(dotenv, mistakes):
        twin = name.removesuffix("_FILE") if name.endswith("_FILE") else name + "_FILE"
        if value and name not in environ and twin not in environ:
            given[name] = value
    return given


def _is_for_us(name: str) -> bool:
    """Not what speaks to the tests, or to a client of some instance that runs on the same machine."""
    return name.startswith(PREFIX) and not name.startswith(FOR_TESTS) and name not in FOR_CLIENTS


def _dotenv(path: Path | None, mistakes: list[str]) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text().splitlines() if path and path.is_file() else []
    except (OSError, UnicodeDecodeError):
        mistakes.append(f"{path} cannot be read.")
        return
    for number, line in enumerate(lines, 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not _is_for_us(name.strip()):
            continue
        if not equals:
            mistakes.append(f"{path}, line {number}: write NAME=value.")
        yield name.strip(), _unquote(value.strip())


def _unquote(value: str) -> str:
    if len(value) > 1 and value[0] in "'\"" and (end := value.find(value[0], 1)) > 0:
        return value[1:end]
    return value.split(" #")[0].strip()


def _text(variable: Variable, given: Mapping[str, str], mistakes: list[str]) -> str | None:
    text, file = given.get(variable.name), given.get(variable.name + "_FILE") if variable.secret else None
    if text and file:
        mistakes.append(f"{variable.name} and {variable.name}_FILE are both set: keep one.")
    if text or not file:
        return text
    try:
        return Path(file).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError):
        mistakes.append(f"{variable.name}_FILE names a file that cannot be read.")
        return None


def _convert(text: str, variable: Variable) -> Any:
    """Raises `ValueError`; msgspec's own is one."""
    value: Any = text.strip()
    kind = _bare(variable.type)
    if kind in (Path, Path | None):
        return Path(value).expanduser().absolute()
    if get_origin(kind) is tuple:
        value = [part.strip() for part in value.split(",") if part.strip()]
    variable.check(value)
    return msgspec.convert(value, variable.type, strict=False)


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if hasattr(kind, "__metadata__") else kind


def _wanted(kind: Any) -> str:
    limits = [m for m in getattr(kind, "__metadata__", ()) if isinstance(m, msgspec.Meta)]
    kind = _bare(kind)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    if kind is bool:
        return "true or false"
    if kind is int:
        low = max(m.ge for m in limits if m.ge is not None)
        high = [m.le for m in limits if m.le is not None]
        return f"a whole number from {low} to {high[0]}" if high else f"a whole number, {low} or more"
    return "text"


def _unknown(name: str, names: set[str]) -> str:
    near = difflib.get_close_matches(name.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in names], n=1)
    return f"{name} is not a setting" + (f": did you mean {PREFIX}{near[0]}?" if near else ".")
