"""What Terraform's values are made of, and when two of them mean the same."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from tf.schema import Attribute
from tf.types import Bool, List, Number, Set, String, TfType, Unknown

TEXT, NUMBER, FLAG, TEXTS, TEXT_SET = String(), Number(), Bool(), List(String()), Set(String())


class Object(TfType):
    """A fixed set of named values, as they are in a list."""

    def __init__(self, fields: Mapping[str, TfType]) -> None:
        self.fields = dict(fields)

    def encode(self, value: Any) -> Any:
        return value if value in (None, Unknown) else {name: self.fields[name].encode(value[name]) for name in value}

    def decode(self, value: Any) -> Any:
        return value if value in (None, Unknown) else {name: self.fields[name].decode(value[name]) for name in value}

    def tf_type(self) -> bytes:
        inner = ",".join(f'"{name}":{kind.tf_type().decode()}' for name, kind in sorted(self.fields.items()))
        return f'["object",{{{inner}}}]'.encode()


class Spelling(String):
    """A text that can be spelt in several ways: what the configuration says stays in the state."""

    def semantically_equal(self, a_decoded: Any, b_decoded: Any) -> bool:
        if isinstance(a_decoded, str) and isinstance(b_decoded, str):
            return bool(self.meaning(a_decoded) == self.meaning(b_decoded))
        return bool(a_decoded == b_decoded)

    def meaning(self, text: str) -> Any:
        """What is the same for all spellings."""
        raise NotImplementedError


class Email(Spelling):
    def meaning(self, text: str) -> str:
        return text.strip().lower()


class LocaleName(Spelling):
    """`utf-8` is UTF8, and `de_DE` is de-DE."""

    def meaning(self, text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())


class Time(Spelling):
    def meaning(self, text: str) -> Any:
        try:
            return msgspec.convert(text, datetime)
        except msgspec.ValidationError:
            return text


class OnceText(String):
    """What only its making shows: null in the state of something imported, which is then no difference."""

    def semantically_equal(self, a_decoded: Any, b_decoded: Any) -> bool:
        return a_decoded is None or b_decoded is None or bool(a_decoded == b_decoded)


class OnceNumber(Number):
    def semantically_equal(self, a_decoded: Any, b_decoded: Any) -> bool:
        return a_decoded is None or b_decoded is None or bool(a_decoded == b_decoded)


class Field(Attribute):
    """An attribute that knows what may be wished for: `check` is one of the types in `facts.wishes`."""

    def __init__(self, name: str, type: TfType, words: str, *, check: Any = None, **more: Any) -> None:
        super().__init__(name, type, description=words, **more)
        self.check = check


def required(name: str, type: TfType, words: str, **more: Any) -> Field:
    return Field(name, type, words, required=True, **more)


def optional(name: str, type: TfType, words: str, **more: Any) -> Field:
    return Field(name, type, words, optional=True, **more)


def defaulted(name: str, type: TfType, words: str, default: Any = Unknown, **more: Any) -> Field:
    """What is left out is this, or what the server says."""
    return Field(name, type, words, optional=True, computed=True, default=default, **more)


def told(name: str, type: TfType, words: str, **more: Any) -> Field:
    """What only the server knows."""
    return Field(name, type, words, computed=True, **more)


def secret(name: str, words: str) -> Field:
    return Field(name, TEXT, words, computed=True, sensitive=True)


def is_known(value: Any) -> bool:
    return value is not None and value is not Unknown


def valued(fact: msgspec.Struct, fields: Iterable[Attribute]) -> dict[str, Any]:
    """What the fact says of these attributes, as Terraform takes it: moments and ids are text."""
    told = msgspec.to_builtins(fact)
    return {field.name: told[field.name] for field in fields if field.name in told}
