"""Teams, and who belongs to them."""

from piccolo.columns import UUID, Bytea, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from jellystone.database import DB
from jellystone.tables.columns import UUID7
from jellystone.tables.people import User


class Team(Table, tablename="teams", db=DB):
    """The name is unique whatever its case, by `folded` (case-folded by us: not every locale knows every letter).

    The slug never changes.
    """

    id = UUID(primary_key=True, default=UUID7())
    slug = Varchar(length=64, unique=True, default=None, null=False)
    name = Varchar(length=64, default=None, null=False)
    folded = Text(unique=True, default=None, null=False)
    public_key = Bytea(default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow())


class Membership(Table, tablename="memberships", db=DB):
    """`sealed_key` is the team's private key, sealed to the member; null means locked."""

    id = UUID(primary_key=True, default=UUID7())
    team = ForeignKey(Team, null=False, on_delete=OnDelete.cascade, index=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    rank = Varchar(length=10, default=None, null=False)
    sealed_key = Bytea(default=None, null=True, secret=True)
    created_at = Timestamptz(default=TimestamptzNow())

    memberships_once = Unique([team, user])
    memberships_rank = Check("rank IN ('owner', 'member', 'viewer')")


class Invitation(Table, tablename="invitations", db=DB):
    """Bound to one address. `wrapped_key` is the team's private key under the link's secret; null if the inviter was
    locked. Rows stay, so that a used, revoked or expired link can say what it was.
    """

    id = UUID(primary_key=True, default=UUID7())
    team = ForeignKey(Team, null=False, on_delete=OnDelete.cascade, index=True)
    email = Varchar(length=254, default=None, null=False)
    rank = Varchar(length=10, default=None, null=False)
    digest = Bytea(unique=True, default=None, null=False, secret=True)
    wrapped_key = Bytea(default=None, null=True, secret=True)
    invited_by = ForeignKey(User, null=True, on_delete=OnDelete.set_null)
    created_at = Timestamptz(default=TimestamptzNow())
    sent_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None, null=False)
    accepted_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)

    invitations_email_lower = Check("email = lower(email)")
    invitations_rank = Check("rank IN ('owner', 'member', 'viewer')")
