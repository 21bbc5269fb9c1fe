"""Every page there is, with facts as the routes hand them over. Nothing here asks a database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from markupsafe import Markup
from msgspec import structs
from msgspec.structs import asdict

from jellystone.facts.advice import AdviceMailsOf
from jellystone.facts.databases import Connection, Database, DatabaseAndRoles, Databases
from jellystone.facts.events import Event
from jellystone.facts.lists import Listing
from jellystone.facts.mails import Mail, MailInBox, MailToRead, State
from jellystone.facts.members import Exposure, Invitation, IssuedInvitation, Member, ReceivedInvitation
from jellystone.facts.parameters import Parameters, ParameterValues
from jellystone.facts.people import (
    Account,
    IssuedToken,
    LockedTeam,
    MailedLink,
    NewSecondFactor,
    PasswordReset,
    Person,
    RecoveryCodes,
    Removal,
    SecondFactor,
    Session,
    Token,
)
from jellystone.facts.roles import Role, RoleWithPassword
from jellystone.facts.servers import Admin, Server
from jellystone.facts.teams import FoundedTeam, Team
from jellystone.services import registration
from jellystone.services.permissions import Permission
from jellystone.web import qr
from jellystone.web.figures import drawings
from jellystone.web.parameters import said
from tests.web import advised, measured, watched

NOW = datetime.now(UTC)
ID = UUID("01936b0e-7c3a-7f00-8000-000000000001")
MAY = set(Permission)


@dataclass
class Entries:
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def request(path: str = "/", **query: str) -> Any:
    return SimpleNamespace(
        url=SimpleNamespace(path=path),
        query_params=query,
        base_url="https://jellystone.park.example/",
        method="GET",
        headers={},
    )


def team(slug: str, name: str, databases: int = 3, members: int = 4) -> Team:
    made = NOW - timedelta(days=212)
    return Team(id=slug, slug=slug, name=name, members=members, databases=databases, rank="owner", created_at=made)


def database(name: str = "trail_log", **changed: Any) -> Database:
    given: dict[str, Any] = {
        "id": f"main/{name}",
        "server": "main",
        "name": name,
        "team": "rangers",
        "description": "Who walked where, and what they saw.",
        "status": "ready",
        "problem": None,
        "connection": Connection(host="old-faithful.park.example", port=5432, database=name, sslmode="require"),
        "connection_limit": 40,
        "protected": True,
        "slow_query_ms": 1000,
        "encoding": "UTF8",
        "locale": "C.UTF-8",
        "roles": 3,
        "created_at": NOW - timedelta(days=90),
        "size_bytes": 1_503_238_553,
        "connections": 12,
        "last_query_at": NOW - timedelta(seconds=20),
        "last_write_at": NOW - timedelta(minutes=4),
        "measured_at": NOW - timedelta(seconds=50),
    }
    return Database(**given | changed)


def unmeasured(name: str, **changed: Any) -> Database:
    figures = ("size_bytes", "connections", "last_query_at", "last_write_at", "measured_at", "connection_limit")
    return database(name, **dict.fromkeys(figures), **changed)


def role_fields(name: str, access: str, **changed: Any) -> dict[str, Any]:
    return {
        "id": f"main/trail_log/{name}",
        "name": name,
        "server": "main",
        "database": "trail_log",
        "access": access,
        "status": "ready",
        "problem": None,
        "enabled": True,
        "connection_limit": None,
        "valid_until": None,
        "readable": True,
        "password_changed_at": NOW - timedelta(days=12),
        "secret_version": 3,
        "connections": 9,
        "created_at": NOW - timedelta(days=90),
        **changed,
    }


OWNER = Role(**role_fields("trail_log_owner", "owner"))
READER = Role(**role_fields("trail_log_reader", "readonly", connections=3, connection_limit=10))
IMPORT = Role(**role_fields("trail_log_import", "readwrite", connections=None, enabled=False, readable=False))
GUEST = Role(**role_fields("trail_log_guest", "readonly", connections=0, valid_until=NOW - timedelta(days=1)))
ROLES = [OWNER, READER, IMPORT, GUEST]
URI = "postgresql://trail_log_owner:8sQv2LrT0mXyZk4Jw7NbHc1PdGfA9UeR@old-faithful.park.example:5432/trail_log?sslmode=require"
SHOWN = RoleWithPassword(
    **role_fields("trail_log_owner", "owner"),
    password="8sQv2LrT0mXyZk4Jw7NbHc1PdGfA9UeR",
    uri=URI,
    formats={
        kind: f"{kind}\n{URI}"
        for kind in ("uri", "psql", "env", "pgpass", "jdbc", "dotnet", "django", "sqlalchemy", "kubernetes")
    },
)

RANGERS, GEYSERS = team("rangers", "Rangers"), team("geyser-watch", "Geyser Watch", 1, 1)
TRAIL_LOG = database()
DATABASES = [
    TRAIL_LOG,
    database(
        "geysers", team="geyser-watch", size_bytes=43_234_000, connections=2, last_write_at=NOW - timedelta(days=3)
    ),
    unmeasured("picnic_baskets", status="creating", description="", roles=0, protected=False),
    unmeasured(
        "campsites", status="failed", problem="The server refused: permission denied to create database.", roles=0
    ),
]
SERVER = Server(
    id="main",
    name="main",
    host="old-faithful.park.example",
    port=5432,
    sslmode="require",
    version="18.6",
    started_at=NOW - timedelta(days=40),
    connections=61,
    connections_usable=97,
    rights={"superuser": False, "createdb": True, "createrole": True, "read_all_stats": False},
    warnings=["pg_stat_statements is not loaded: add it to shared_preload_libraries and restart PostgreSQL."],
    databases=4,
    contacted_at=NOW - timedelta(seconds=30),
    problem=None,
    created_at=NOW - timedelta(days=90),
    changed_at=NOW - timedelta(days=90),
    by_settings=True,
    admin=None,
)
LOST_SERVER = Server(
    id="canyon",
    name="canyon",
    host="canyon.park.example",
    port=5433,
    sslmode="prefer",
    version=None,
    started_at=None,
    connections=None,
    connections_usable=None,
    rights={},
    warnings=[],
    databases=0,
    contacted_at=None,
    problem="canyon.park.example:5433 does not answer. Is PostgreSQL running there?",
    created_at=NOW - timedelta(days=1),
    changed_at=NOW - timedelta(hours=1),
    by_settings=False,
    admin=Admin(url="postgresql://jellystone_admin@canyon.park.example:5433/postgres?sslmode=require", tls=None),
)


def event(action: str, kind: str, name: str, minutes: int, **details: str | int | bool | None) -> Event:
    return Event(
        id=ID,
        at=NOW - timedelta(minutes=minutes),
        actor="yogi@park.example",
        actor_kind="person",
        action=action,
        object_kind=kind,
        object=name,
        team="rangers",
        details=details,
        address="203.0.113.7",
        request_id="b0a7c0ffee5e",
    )


EVENTS = [
    event("revealed the password of", "role", "main/trail_log/trail_log_owner", 2),
    event("changed", "database", "main/trail_log", 55, connection_limit=40),
    event("created", "role", "main/trail_log/trail_log_reader", 60 * 7),
    event("founded", "team", "rangers", 60 * 24 * 212),
]
TOKEN_FIELDS: dict[str, Any] = {
    "id": ID,
    "name": "terraform",
    "prefix": "jst_4fQ2",
    "scopes": ["read", "write"],
    "team": "rangers",
    "created_by": "yogi@park.example",
    "created_at": NOW - timedelta(days=20),
    "expires_at": NOW + timedelta(days=70),
    "last_used_at": NOW - timedelta(hours=3),
    "last_used_from": "203.0.113.9",
}
TOKEN = Token(**TOKEN_FIELDS)
SPARE = Token(**TOKEN_FIELDS | {"name": "laptop", "expires_at": None, "last_used_at": None, "last_used_from": None})
ACCOUNT = Account(
    id=ID,
    email="yogi@park.example",
    operator=True,
    confirmed_at=NOW - timedelta(days=299),
    password_changed_at=NOW - timedelta(days=40),
    second_factor=True,
    created_at=NOW - timedelta(days=300),
)
SESSION = Session(
    id=ID,
    email="yogi@park.example",
    address="203.0.113.7",
    device="Firefox on Linux",
    user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
    current=True,
    second_factor=False,
    created_at=NOW - timedelta(hours=2),
    last_seen_at=NOW,
    expires_at=NOW + timedelta(days=14),
)

ELSEWHERE = structs.replace(SESSION, device="Safari on iPhone", address=None, current=False, second_factor=True)
FACTOR = SecondFactor(enabled=True, since=NOW - timedelta(days=8), recovery_codes_left=3)
NO_FACTOR = SecondFactor(enabled=False, since=None, recovery_codes_left=0)
NEW_FACTOR = NewSecondFactor(secret="JBSW Y3DP EHPK 3PXP", uri="otpauth://totp/Jellystone:yogi?secret=JBSWY3DPEHPK3PXP")
REMOVAL = Removal(email="yogi@park.example", disbands=["picnic"], leaves=["rangers", "geyser-watch"], obstacles=[])
LINK = MailedLink(purpose="confirmation", sent_to="yogi@park.example", expires_at=NOW + timedelta(days=7))
RESET = PasswordReset(
    email="yogi@park.example",
    teams=[
        LockedTeam(slug="rangers", name="Rangers", others=True),
        LockedTeam(slug="geyser-watch", name="Geyser Watch", others=False),
    ],
    expires_at=NOW + timedelta(days=1),
)


def listing(items: list[Any], total: int = 0, page: int = 1) -> Any:
    return Listing[Any](items=items, total=total or len(items), page=page)


def databases(items: list[Database], total: int = 0, page: int = 1) -> Databases:
    known = sum(one.size_bytes or 0 for one in items) or None
    return Databases(
        items=items, total=total or len(items), page=page, total_size_bytes=known, total_connections=known and 14
    )


def mail(to: str, status: State, problem: str | None = None, **changed: Any) -> Mail:
    given: dict[str, Any] = {
        "id": ID,
        "to": to,
        "subject": "Join the team Rangers",
        "status": status,
        "problem": problem,
        "caused_by": "yogi@park.example",
        "attempts": 3,
        "created_at": NOW - timedelta(minutes=8),
        "retry_at": NOW + timedelta(minutes=4) if status == "waiting" else None,
        "expires_at": NOW + timedelta(days=2),
        "sent_at": NOW - timedelta(minutes=7) if status == "sent" else None,
        "given_up_at": NOW - timedelta(minutes=7) if status == "given up" else None,
    }
    return Mail(**given | changed)


MAILS = [
    mail("booboo@park.example", "waiting", "mail.park.example:587 cannot be reached: connection refused."),
    mail("smit@park.example", "given up", "mail.park.example:587 refuses this address: 550 5.1.1 No such ranger."),
    mail("cindy@park.example", "sent", caused_by=None, attempts=1),
    mail("smith@park.example", "waiting", attempts=0),
]
IN_BOX: dict[str, Any] = {"id": ID, "to": "booboo@park.example", "subject": "Join the team Rangers", "created_at": NOW}
LETTER = "Somebody invites you:\n\nhttps://jellystone.park.example/invitations/x\n\nDo nothing if <you> & so on."


def overview(**changed: Any) -> Any:
    full = {
        "teams": [RANGERS, GEYSERS],
        "databases": DATABASES,
        "total_databases": 1000,
        "total_size_bytes": 1_546_472_553,
        "total_connections": 14,
        "problems": [DATABASES[3]],
        "advice": advised.of_server()[:4],
        "advice_of_all": 9,
        "unsent_mails": MAILS[:2],
        "unsent_mails_of_all": 12,
    }
    return SimpleNamespace(**full | changed)


EMPTY = overview(
    teams=[], databases=[], total_databases=0, problems=[], advice=[], unsent_mails=[], unsent_mails_of_all=0
)
WRONG = Entries(
    {"name": "Trail Reader", "access": "readonly", "connection_limit": "-1"},
    {"name": "Use small letters, digits and underscores.", "connection_limit": "Use 1 or more.", "form": "Look again."},
)
PASSWORD_WRONG = Entries({"email": "yogi@park.example"}, {"form": "E-mail or password is wrong. Try again."})
CHOICES = {"teams": [RANGERS, GEYSERS], "servers": [SERVER, LOST_SERVER]}
LOCALES = {
    "main": {
        "providers": ["libc", "icu"],
        "libc": ["C", "C.UTF-8"],
        "builtin": [],
        "encoding": "UTF8",
        "locale": "C.UTF-8",
        "locale_provider": "libc",
    },
    "canyon": {},
}
OF_ROLE = {"role": OWNER, "database": TRAIL_LOG, "may": MAY, "events": EVENTS}
OF_DATABASE = {
    "database": TRAIL_LOG,
    "team": RANGERS,
    "may": MAY,
    "events": EVENTS,
    "roles": ROLES,
    "advised": advised.of_database(),
    "statistics": measured.DAY,
}
MEMBERS = [
    Member(
        id=f"rangers/{name}@park.example",
        email=f"{name}@park.example",
        team="rangers",
        rank=rank,
        locked=locked,
        joined_at=NOW - timedelta(days=40),
    )
    for name, rank, locked in (("yogi", "owner", False), ("boo-boo", "member", True), ("cindy", "viewer", False))
]
INVITED = [
    Invitation(
        id=ID,
        team="rangers",
        email="ranger.smith@park.example",
        rank="member",
        status=status,
        invited_by="yogi@park.example",
        created_at=NOW - timedelta(days=9),
        sent_at=NOW - timedelta(hours=3),
        expires_at=NOW + timedelta(days=6),
    )
    for status in ("open", "expired")
]
ISSUED = [
    IssuedInvitation(**asdict(INVITED[0]), link="https://jellystone.park.example/invitations/Zr1c0YwT3kqq9lQ2n8vVh5s7"),
]
EXPOSED = [
    Exposure(
        role="main/trail_log/trail_log_app",
        who=["boo-boo@park.example"],
        revealed=revealed,
        changing=not revealed,
        problem=None if revealed else "old-faithful.park.example:5432 does not answer. Is PostgreSQL running there?",
        password_changed_at=NOW - timedelta(days=80),
    )
    for revealed in (True, False)
]


def received(**changed: Any) -> ReceivedInvitation:
    given: dict[str, Any] = {
        "team": "Rangers",
        "email": "ranger.smith@park.example",
        "rank": "member",
        "status": "open",
        "invited_by": "yogi@park.example",
        "expires_at": NOW + timedelta(days=6),
        "has_account": False,
    }
    return ReceivedInvitation(**given | changed)


OF_RANGERS = {
    "team": RANGERS,
    "of": "Rangers",
    "base": "/teams/rangers/events",
    "longest": 10_000,
    "counted": 100_000,
}
PEOPLE = [
    Person(
        id=ID,
        email=f"{name}@park.example",
        operator=operator,
        disabled=disabled,
        confirmed=not disabled,
        second_factor=operator,
        sessions=2,
        teams=["rangers", "cooks"],
        created_at=NOW - timedelta(days=300),
        last_seen_at=NOW - timedelta(minutes=9),
    )
    for name, operator, disabled in (("yogi", True, False), ("smith", False, True))
]
OF_TEAM = {
    "team": RANGERS,
    "may": MAY,
    "events": EVENTS,
    "locked": False,
    "exposed": 0,
    "advised": advised.of_database()[:3],
    "sparks": measured.SPARKS,
}
PARAMETERS = Parameters(
    statement_timeout_ms=30_000,
    work_mem_bytes=16 << 20,
    search_path=["app", "public"],
    server=ParameterValues(
        statement_timeout_ms=0,
        lock_timeout_ms=0,
        idle_in_transaction_session_timeout_ms=0,
        work_mem_bytes=4 << 20,
        timezone="UTC",
        search_path=["$user", "public"],
        temp_file_limit_bytes=-1,
        log_min_duration_statement_ms=-1,
    ),
    settable=[name for name in ParameterValues.__struct_fields__ if not name.startswith("log")],
    missing={"log_min_duration_statement_ms": "Our role may not set it. As a superuser run GRANT …;"},
    applied=True,
    problem=None,
    measured_at=NOW,
)
SAID = {"parameters": PARAMETERS, "own": said(PARAMETERS.server), "here": said(PARAMETERS)}
FOUND_LOG = SimpleNamespace(id="main/trail_log", row=SimpleNamespace(name="trail_log"))
TOKENS = {"team": RANGERS, "base": "/teams/rangers/tokens", "may_change": True}
MY_TOKENS = {"team": None, "base": "/account/tokens", "may_change": True}
LISTED = [DatabaseAndRoles(database=TRAIL_LOG, roles=ROLES), DatabaseAndRoles(database=DATABASES[3], roles=[])]
NEW_ROLE = Entries({})
EDITED = Entries({"access": "readonly", "enabled": True, "connection_limit": None, "valid_until": NOW})
NOT_FOUND = {
    "status": 404,
    "title": "Not found",
    "message": "There is no database main/lunch.",
    "request_id": "b0a7c0ffee5e",
}
UNREACHABLE = {
    "status": 503,
    "title": "The server does not answer",
    "message": "canyon does not answer. Try again in a minute.",
}

# name → template, address, context
PAGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "landing": ("landing.html", "/", {"actor": None}),
    "landing-invited": ("landing.html", "/", {"actor": None, "registration": "invited"}),
    "home": ("home.html", "/", {"overview": overview(), "sparks": measured.SPARKS, "notice": "trail_log is ready."}),
    "home-empty": ("home.html", "/", {"overview": EMPTY, "sparks": {}}),
    "home-no-databases": (
        "home.html",
        "/",
        {"overview": overview(databases=[], total_databases=0, problems=[]), "sparks": {}},
    ),
    "account-new": (
        "account/new.html",
        "/account/new",
        {"actor": None, "minimum": 6, "setup": "s3t", "first": True, "next": "/teams"},
    ),
    "account-new-closed": (
        "account/new.html",
        "/account/new",
        {
            "actor": None,
            "minimum": 12,
            "setup": "",
            "first": False,
            "next": "",
            "closed": registration.CLOSED["closed"],
            "registration": "closed",
        },
    ),
    "account-show": ("account/show.html", "/account", {"account": ACCOUNT, "session": SESSION, "factor": FACTOR}),
    "account-show-unconfirmed": (
        "account/show.html",
        "/account",
        {"account": structs.replace(ACCOUNT, confirmed_at=None), "session": None, "factor": NO_FACTOR},
    ),
    "parameters-show": (
        "parameters/show.html",
        "/databases/main/trail_log/parameters",
        {"database": FOUND_LOG, "entries": Entries(asdict(PARAMETERS)), **SAID},
    ),
    "parameters-show-wrong": (
        "parameters/show.html",
        "/databases/main/trail_log/parameters",
        {
            "database": FOUND_LOG,
            "entries": Entries({"work_mem_bytes": "1"}, {"work_mem_bytes": "Give bytes.", "search_path": "No."}),
            **SAID,
        },
    ),
    "parameters-show-viewer": (
        "parameters/show.html",
        "/databases/main/trail_log/parameters",
        {
            "database": FOUND_LOG,
            "entries": Entries(asdict(PARAMETERS)),
            **SAID,
            "parameters": structs.replace(PARAMETERS, settable=[], applied=False, problem="main does not answer."),
        },
    ),
    "account-advice": (
        "account/advice.html",
        "/account/advice",
        {"checks": advised.CHOICES, "entries": Entries({"all": False, "checks": ["unused"]})},
    ),
    "unsubscriptions-show": (
        "unsubscriptions/show.html",
        "/unsubscriptions/x",
        {"mails": AdviceMailsOf(email="yogi@park.example", ended=False), "at": "/unsubscriptions/x", "actor": None},
    ),
    "unsubscriptions-show-ended": (
        "unsubscriptions/show.html",
        "/unsubscriptions/x",
        {"mails": AdviceMailsOf(email="yogi@park.example", ended=True), "at": "/unsubscriptions/x", "actor": None},
    ),
    "advice-index": (
        "advice/index.html",
        "/advice",
        {"advice": advised.listing(advised.of_server()[:2] + advised.of_database()[:3]), "chosen": None},
    ),
    "advice-index-empty": ("advice/index.html", "/advice", {"advice": advised.listing([]), "chosen": "act"}),
    "advice-server": (
        "advice/server.html",
        "/servers/main/advice",
        {"advice": advised.listing(advised.of_server()), "server": "main"},
    ),
    "advice-server-member": (
        "advice/server.html",
        "/servers/main/advice",
        {"advice": advised.listing([]), "server": "main"},
    ),
    "advice-database": (
        "advice/database.html",
        "/databases/main/trail_log/advice",
        {"advice": advised.listing(advised.of_database()), "database": FOUND_LOG},
    ),
    "advice-database-well": (
        "advice/database.html",
        "/databases/main/trail_log/advice",
        {"advice": advised.listing(advised.NONE), "database": FOUND_LOG},
    ),
    "advice-database-unseen": (
        "advice/database.html",
        "/databases/main/trail_log/advice",
        {"advice": advised.listing(advised.UNSEEN), "database": FOUND_LOG},
    ),
    "inside-show": (
        "inside/show.html",
        "/databases/main/trail_log/inside",
        {"inside": advised.INSIDE, "database": FOUND_LOG, "may_look": True},
    ),
    "inside-well": (
        "inside/show.html",
        "/databases/main/trail_log/inside",
        {"inside": advised.WELL_INSIDE, "database": FOUND_LOG, "may_look": True},
    ),
    "inside-unseen": (
        "inside/show.html",
        "/databases/main/trail_log/inside",
        {"inside": advised.NOT_LOOKED, "database": FOUND_LOG, "may_look": False},
    ),
    "account-email": ("account/email.html", "/account/email", {}),
    "account-password": ("account/password.html", "/account/password", {"minimum": 12}),
    "account-sessions": ("account/sessions.html", "/account/sessions", {"sessions": listing([SESSION, ELSEWHERE])}),
    "account-two-factor": ("account/two_factor.html", "/account/two-factor", {"factor": FACTOR}),
    "account-two-factor-off": ("account/two_factor.html", "/account/two-factor", {"factor": NO_FACTOR}),
    "account-two-factor-new": (
        "account/two_factor_new.html",
        "/account/two-factor",
        {"factor": NEW_FACTOR, "qr": qr.drawn(NEW_FACTOR.uri)},
    ),
    "account-two-factor-removal": ("account/two_factor_removal.html", "/account/two-factor/removal", {}),
    "account-recovery-codes": (
        "account/recovery_codes.html",
        "/account/two-factor",
        {"codes": RecoveryCodes(codes=["k3f8-9xq2-m4tz-7c1p"] * 10), "turned_on": True},
    ),
    "account-removal": ("account/removal.html", "/account/removal", {"removal": REMOVAL}),
    "account-removal-stuck": (
        "account/removal.html",
        "/account/removal",
        {"removal": structs.replace(REMOVAL, obstacles=["You are the only owner of Rangers, which has 3 databases."])},
    ),
    "confirmations-show": (
        "confirmations/show.html",
        "/confirmations/x",
        {"actor": None, "link": LINK, "at": "/confirmations/x"},
    ),
    "confirmations-show-email": (
        "confirmations/show.html",
        "/confirmations/x",
        {"link": structs.replace(LINK, purpose="email"), "at": "/confirmations/x"},
    ),
    "password-resets-new": ("password_resets/new.html", "/password-resets", {"actor": None, "mails": False}),
    "password-resets-show": (
        "password_resets/show.html",
        "/password-resets/x",
        {"actor": None, "reset": RESET, "at": "/password-resets/x", "minimum": 12},
    ),
    "session-new": ("session/new.html", "/session/new", {"actor": None, "next": "/teams", "entries": PASSWORD_WRONG}),
    "session-confirmation": ("session/confirmation.html", "/session/confirmation", {"next": "/x"}),
    "session-again": (
        "session/again.html",
        "/account/tokens",
        {"action": "/account/tokens", "method": "post", "carried": [("scopes", "read"), ("scopes", "write")]},
    ),
    "session-code": ("session/code.html", "/session/code", {"actor": None, "next": "/teams"}),
    "tokens-index": ("tokens/index.html", "/teams/rangers/tokens", {"tokens": listing([TOKEN, SPARE]), **TOKENS}),
    "tokens-empty": ("tokens/index.html", "/account/tokens", {"tokens": listing([]), **MY_TOKENS}),
    "tokens-new": ("tokens/new.html", "/account/tokens/new", MY_TOKENS),
    "tokens-created": (
        "tokens/created.html",
        "/account/tokens",
        {"token": IssuedToken(**TOKEN_FIELDS, token="jst_4fQ2" + "x" * 40)},
    ),
    "tokens-removal": ("tokens/removal.html", "/x", {"token": TOKEN}),
    "teams-index": ("teams/index.html", "/teams", {"teams": listing([RANGERS, GEYSERS], 120)}),
    "teams-empty": ("teams/index.html", "/teams", {"teams": listing([])}),
    "teams-new": (
        "teams/new.html",
        "/teams/new",
        {"entries": Entries({"name": "R"}, {"name": "Use 2 to 64 characters."})},
    ),
    "teams-created": (
        "teams/created.html",
        "/teams",
        {"team": FoundedTeam(**{f: getattr(RANGERS, f) for f in RANGERS.__struct_fields__}, token="jst_" + "y" * 44)},
    ),
    "teams-show": ("teams/show.html", "/teams/rangers", {**OF_TEAM, "databases": LISTED}),
    "teams-show-empty": ("teams/show.html", "/teams/rangers", {**OF_TEAM, "databases": [], "events": []}),
    "teams-show-viewer": (
        "teams/show.html",
        "/teams/rangers",
        {**OF_TEAM, "databases": LISTED, "may": {Permission.VIEW}},
    ),
    "teams-show-locked": (
        "teams/show.html",
        "/teams/rangers",
        {**OF_TEAM, "databases": LISTED, "locked": True, "exposed": 3},
    ),
    "members-index": (
        "members/index.html",
        "/teams/rangers/members",
        {"members": listing(MEMBERS), "team": RANGERS, "invitations": INVITED, "locked": False, "may": MAY},
    ),
    "members-index-viewer": (
        "members/index.html",
        "/teams/rangers/members",
        {
            "members": listing(MEMBERS),
            "team": RANGERS,
            "invitations": [],
            "locked": True,
            "may": {Permission.VIEW},
        },
    ),
    "members-show": (
        "members/show.html",
        "/teams/rangers/members/x",
        {"member": MEMBERS[1], "team": RANGERS, "may": MAY},
    ),
    "members-removal": (
        "members/removal.html",
        "/teams/rangers/members/x/removal",
        {"member": MEMBERS[1], "team": RANGERS},
    ),
    "invitations-index": (
        "invitations/index.html",
        "/teams/rangers/invitations",
        {"invitations": listing(INVITED), "team": RANGERS, "may": MAY},
    ),
    "invitations-index-empty": (
        "invitations/index.html",
        "/teams/rangers/invitations",
        {"invitations": listing([]), "team": RANGERS, "may": MAY},
    ),
    "invitations-new": ("invitations/new.html", "/teams/rangers/invitations/new", {"team": RANGERS}),
    "invitations-created": (
        "invitations/created.html",
        "/teams/rangers/invitations",
        {"invitations": ISSUED, "team": RANGERS},
    ),
    "invitations-show": ("invitations/show.html", "/invitations/x", {"invitation": received(), "minimum": 12}),
    "invitations-show-account": (
        "invitations/show.html",
        "/invitations/x",
        {"invitation": received(has_account=True), "minimum": 12, "actor": None},
    ),
    "invitations-show-register": (
        "invitations/show.html",
        "/invitations/x",
        {"invitation": received(), "minimum": 12, "actor": None},
    ),
    "invitations-show-closed": (
        "invitations/show.html",
        "/invitations/x",
        {"invitation": received(), "minimum": 12, "actor": None, "registration": "closed"},
    ),
    "invitations-show-expired": (
        "invitations/show.html",
        "/invitations/x",
        {"invitation": received(status="expired"), "minimum": 12},
    ),
    "team_keys-show": (
        "team_keys/show.html",
        "/teams/rangers/key",
        {"team": RANGERS, "locked": True, "can_start_anew": True},
    ),
    "exposures-index": (
        "exposures/index.html",
        "/teams/rangers/exposures",
        {"team": RANGERS, "may": MAY, "exposures": EXPOSED},
    ),
    "exposures-index-empty": (
        "exposures/index.html",
        "/teams/rangers/exposures",
        {"team": RANGERS, "may": MAY, "exposures": []},
    ),
    "transfers-new": (
        "transfers/new.html",
        "/databases/main/trail_log/transfer",
        {"database": database(), "teams": [RANGERS]},
    ),
    "transfers-new-none": (
        "transfers/new.html",
        "/databases/main/trail_log/transfer",
        {"database": database(), "teams": []},
    ),
    "teams-edit": (
        "teams/edit.html",
        "/teams/rangers/edit",
        {"team": RANGERS, "entries": Entries({"name": "Rangers"})},
    ),
    "teams-removal": ("teams/removal.html", "/teams/rangers/removal", {"team": RANGERS}),
    "teams-removal-last": ("teams/removal.html", "/teams/rangers/removal", {"team": team("rangers", "Rangers", 0)}),
    "servers-index": ("servers/index.html", "/servers", {"servers": listing([SERVER, LOST_SERVER])}),
    "servers-show": ("servers/show.html", "/servers/main", {"server": SERVER, "load": None}),
    "servers-show-operator": (
        "servers/show.html",
        "/servers/main",
        {"server": SERVER, "load": measured.LOAD, "statistics": measured.DAY},
    ),
    "servers-show-lost": (
        "servers/show.html",
        "/servers/canyon",
        {"server": LOST_SERVER, "load": measured.UNKNOWN_LOAD, "statistics": measured.NOTHING},
    ),
    "rounds-show": ("rounds/show.html", "/servers/main/rounds", {"rounds": measured.ROUNDS}),
    "servers-edit": ("servers/edit.html", "/servers/main/edit", {"server": SERVER, "sizes": [1 << 30, 16 << 30]}),
    "servers-edit-address": (
        "servers/edit.html",
        "/servers/canyon/edit",
        {"server": LOST_SERVER, "sizes": [1 << 30], "entries": Entries({"public_host": "canyon"})},
    ),
    "servers-new": ("servers/new.html", "/servers/new", {"sizes": [1 << 30, 16 << 30]}),
    "servers-new-wrong": (
        "servers/new.html",
        "/servers/new",
        {"sizes": [1 << 30], "entries": Entries({"url": "x"}, {"url": "This is none.", "_password": "Type it."})},
    ),
    "servers-removal": ("servers/removal.html", "/servers/canyon/removal", {"server": LOST_SERVER, "has": []}),
    "servers-removal-first": ("servers/removal.html", "/servers/main/removal", {"server": SERVER, "has": []}),
    "servers-removal-refused": (
        "servers/removal.html",
        "/servers/canyon/removal",
        {"server": LOST_SERVER, "has": ["canyon/maps"]},
    ),
    "databases-index": (
        "databases/index.html",
        "/databases",
        {"databases": databases(DATABASES * 12, 1000, 2), "sparks": measured.SPARKS, **CHOICES},
    ),
    "databases-empty": ("databases/index.html", "/databases", {"databases": databases([]), "sparks": {}, **CHOICES}),
    "databases-new": ("databases/new.html", "/databases/new", {**CHOICES, "locales": LOCALES}),
    "databases-new-wrong": ("databases/new.html", "/databases/new", {**CHOICES, "entries": WRONG}),
    "databases-new-teamless": ("databases/new.html", "/databases/new", {"teams": [], "servers": []}),
    "databases-show": ("databases/show.html", "/databases/main/trail_log", OF_DATABASE),
    "databases-show-creating": (
        "databases/show.html",
        "/databases/main/x",
        {**OF_DATABASE, "database": DATABASES[2], "roles": []},
    ),
    "databases-show-failed": (
        "databases/show.html",
        "/databases/main/x",
        {**OF_DATABASE, "database": DATABASES[3], "roles": []},
    ),
    "databases-show-bare": (
        "databases/show.html",
        "/databases/main/x",
        {
            **OF_DATABASE,
            "database": unmeasured("x"),
            "roles": [],
            "events": [],
            "statistics": measured.NOTHING,
        },
    ),
    "statistics-database": (
        "statistics/database.html",
        "/databases/main/trail_log/statistics",
        {"database": FOUND_LOG, "statistics": measured.DAY, "drawings": partial(drawings, measured.DAY)},
    ),
    "statistics-database-bare": (
        "statistics/database.html",
        "/databases/main/trail_log/statistics",
        {"database": FOUND_LOG, "statistics": measured.NOTHING, "drawings": partial(drawings, measured.NOTHING)},
    ),
    "statistics-server": (
        "statistics/server.html",
        "/servers/main/statistics",
        {"server": SERVER, "statistics": measured.DAY, "drawings": partial(drawings, measured.DAY)},
    ),
    "databases-edit": (
        "databases/edit.html",
        "/x",
        {"database": TRAIL_LOG, "entries": Entries({"protected": True, "description": "Old"})},
    ),
    "databases-removal": ("databases/removal.html", "/x", {"database": database(protected=False)}),
    "databases-removal-protected": ("databases/removal.html", "/x", {"database": TRAIL_LOG}),
    "roles-index": (
        "roles/index.html",
        "/databases/main/trail_log/roles",
        {"roles": listing(ROLES, 120), "database": TRAIL_LOG, "may": MAY},
    ),
    "roles-index-empty": ("roles/index.html", "/x", {"roles": listing([]), "database": TRAIL_LOG, "may": MAY}),
    "roles-show": ("roles/show.html", "/databases/main/trail_log/roles/trail_log_owner", OF_ROLE),
    "roles-show-unreadable": ("roles/show.html", "/x", {**OF_ROLE, "role": IMPORT}),
    "roles-new": ("roles/new.html", "/x", {"database": TRAIL_LOG}),
    "roles-new-wrong": ("roles/new.html", "/x", {"database": TRAIL_LOG, "entries": WRONG}),
    "roles-edit": ("roles/edit.html", "/x", {"role": READER, "entries": EDITED}),
    "roles-removal": ("roles/removal.html", "/x", {"role": OWNER}),
    "roles-password": ("roles/password.html", "/x", {"role": SHOWN, "notice": "The password is changed."}),
    "roles-password-edit": ("roles/password_edit.html", "/x", {"role": OWNER}),
    "events-index": ("events/index.html", "/teams/rangers/events", {**OF_RANGERS, "events": listing(EVENTS)}),
    "events-empty": ("events/index.html", "/teams/rangers/events", {**OF_RANGERS, "events": listing([])}),
    "events-instance": (
        "events/index.html",
        "/events",
        {**OF_RANGERS, "team": None, "of": "this instance", "base": "/events", "events": listing(EVENTS, 23_000)},
    ),
    "people-index": ("people/index.html", "/people", {"people": listing(PEOPLE)}),
    "people-index-empty": ("people/index.html", "/people", {"people": listing([])}),
    "people-show": ("people/show.html", "/people/yogi@park.example", {"person": PEOPLE[0]}),
    "people-show-disabled": ("people/show.html", "/people/smith@park.example", {"person": PEOPLE[1]}),
    "operator-mails": (
        "operator/mails/index.html",
        "/operator/mails",
        {"mails": listing(MAILS, 120), "chosen": None, "sending": True},
    ),
    "operator-mails-empty": (
        "operator/mails/index.html",
        "/operator/mails",
        {"mails": listing([]), "chosen": "given up", "sending": False},
    ),
    "mailbox-index": ("mailbox/index.html", "/mailbox", {"mails": listing([MailInBox(**IN_BOX)]), "mailbox": True}),
    "mailbox-empty": ("mailbox/index.html", "/mailbox", {"mails": listing([]), "mailbox": True, "actor": None}),
    "mailbox-show": (
        "mailbox/show.html",
        "/mailbox/x",
        {"mail": MailToRead(**IN_BOX, text=LETTER, html=""), "mailbox": True},
    ),
    "api-show": ("api/show.html", "/api", {"reference": Markup("<p>All that there is.</p>")}),
    "problem-not-found": ("errors/problem.html", "/databases/main/lunch", NOT_FOUND),
    "problem-unreachable": ("errors/problem.html", "/servers/canyon", {**UNREACHABLE, "request_id": None}),
}


PAGES |= watched.PAGES


def context(name: str) -> dict[str, Any]:
    """All that the template of page `name` is given."""
    _, path, given = PAGES[name]
    actor = SimpleNamespace(email="yogi@park.example", operator=True)
    return {
        "request": request(path),
        "actor": actor,
        "notice": "",
        "entries": Entries(),
        "mailbox": False,
        "registration": "open",
        **given,
    }
