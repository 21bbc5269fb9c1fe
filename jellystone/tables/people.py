"""People, and the sessions and tokens with which they and their programs come back."""

from typing import Any

from piccolo.columns import (
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    LazyTableReference,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check
from piccolo.table import Table

from jellystone.database import DB
from jellystone.tables.columns import UUID7


class User(Table, tablename="users", db=DB):
    """`wrapped_key` is the private half of `public_key`, under a key that the password makes (by `wrapping`).

    `totp_secret` is under the instance's secret key and counts from `totp_confirmed_at` on; `totp_last_step` is the
    last one used, so that no code works twice.
    """

    id = UUID(primary_key=True, default=UUID7())
    email = Varchar(length=254, unique=True, default=None, null=False)
    password_hash = Varchar(length=255, default=None, null=False, secret=True)
    public_key = Bytea(default=None, null=False)
    wrapped_key = Bytea(default=None, null=False, secret=True)
    wrapping = Bytea(default=None, null=False)
    operator = Boolean(default=False)
    confirmed_at = Timestamptz(default=None, null=True)
    totp_secret = Bytea(default=None, null=True, secret=True)
    totp_confirmed_at = Timestamptz(default=None, null=True)
    totp_last_step = BigInt(default=0)
    disabled_at = Timestamptz(default=None, null=True)
    password_changed_at = Timestamptz(default=TimestamptzNow())
    created_at = Timestamptz(default=TimestamptzNow())

    users_email_lower = Check("email = lower(email)")


class Session(Table, tablename="sessions", db=DB):
    """`wrapped_key` is the person's private key under the cookie's secret, of which only the digest is kept.

    While `second_factor_due` it opens nothing but the page that asks for the code.
    """

    id = UUID(primary_key=True, default=UUID7())
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    digest = Bytea(unique=True, default=None, null=False, secret=True)
    wrapped_key = Bytea(default=None, null=False, secret=True)
    address = Varchar(length=45, default=None, null=True)
    user_agent = Varchar(length=300, default=None, null=True)
    remembered = Boolean(default=False)
    second_factor_due = Boolean(default=False)
    authenticated_at = Timestamptz(default=TimestamptzNow())
    last_seen_at = Timestamptz(default=TimestamptzNow())
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None, null=False)


class Token(Table, tablename="tokens", db=DB):
    """A personal token carries its user's private key, a team token its team's: wrapped under the token itself."""

    id = UUID(primary_key=True, default=UUID7())
    user = ForeignKey(User, null=True, on_delete=OnDelete.cascade, index=True)
    team: Any = ForeignKey(
        LazyTableReference("Team", module_path="jellystone.tables.teams"),
        null=True,
        on_delete=OnDelete.cascade,
        index=True,
    )
    name = Varchar(length=80, default=None, null=False)
    prefix = Varchar(length=12, default=None, null=False)
    digest = Bytea(unique=True, default=None, null=False, secret=True)
    wrapped_key = Bytea(default=None, null=False, secret=True)
    scopes = Array(base_column=Text())
    created_by = ForeignKey(User, null=True, on_delete=OnDelete.set_null)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None, null=True)
    last_used_at = Timestamptz(default=None, null=True)
    last_used_from = Varchar(length=45, default=None, null=True)
    warned_at = Timestamptz(default=None, null=True)

    tokens_of_one = Check('("user" IS NULL) <> (team IS NULL)')


class Link(Table, tablename="links", db=DB):
    """What a mail proves: it reached `sent_to`. Only the digest of the link's secret is kept; using it deletes it."""

    id = UUID(primary_key=True, default=UUID7())
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    purpose = Varchar(length=20, default=None, null=False)
    digest = Bytea(unique=True, default=None, null=False, secret=True)
    sent_to = Varchar(length=254, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None, null=False)

    links_purpose = Check("purpose IN ('confirmation', 'email', 'password reset')")


class RecoveryCode(Table, tablename="recovery_codes", db=DB):
    """For who has lost the device that makes the codes. Each works once."""

    id = UUID(primary_key=True, default=UUID7())
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    digest = Bytea(default=None, null=False, secret=True)
    used_at = Timestamptz(default=None, null=True)
