"""A park in full use, for looking at: every page has something to show. And all pages that there are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.browser import findings, history, traffic
from tests.browser.site import PASSWORD, Person, Site
from tests.browser.visit import Visit

FIGURES = """
    UPDATE databases SET size_bytes = $2, connections = $3, connection_limit = $4, measured_at = now() - interval '40s',
        last_query_at = now() - interval '20s', last_write_at = now() - $5::text::interval,
        created_at = now() - interval '92 days' WHERE name = $1
"""
DATABASES = {
    "trail_log": ("Who walked where, and what they saw.", 1_503_238_553, 12, 40, "4 minutes"),
    "campsites": ("Bookings of the summer season.", 342_884_352, 38, 40, "12 seconds"),
    "weather": ("", 8_912_896, 2, None, "3 days"),
}
ROLES = {
    "trail_log": {"trail_log_app": "readwrite", "trail_log_report": "readonly", "trail_log_import": "readwrite"},
    "campsites": {"campsites_app": "readwrite", "campsites_web": "readonly"},
    "weather": {},
}


@dataclass
class World:
    """Yogi's park, and the id of a token of his team Rangers."""

    site: Site
    yogi: Person
    token: str
    traffic: traffic.Traffic

    async def close(self) -> None:
        await self.traffic.go()
        await self.yogi.client.aclose()


async def furnish(site: Site) -> World:
    yogi = await site.person("yogi")
    founded = await yogi.post("/teams", name="Rangers")
    await yogi.post("/teams", name="Geyser Watch")
    await yogi.post("/teams", name="The Night Shift of the Visitor Centre")
    uris = {}
    for name, (about, size, connections, limit, written) in DATABASES.items():
        made = await yogi.post("/databases", team="rangers", name=name, description=about, owner_role=True)
        uris[made["owner"]["name"]] = made["owner"]["uri"]
        for role, access in ROLES[name].items():
            uris[role] = (await yogi.post(f"/databases/main/{name}/roles", name=role, access=access))["uri"]
        await site.sql(FIGURES, name, size, connections, limit, written)
    await _odd_ones(site, yogi)
    await history.write(site, "trail_log")
    await findings.write(site)
    await yogi.post("/account/tokens", name="laptop", scopes=["read"])
    made = await yogi.post("/teams/rangers/tokens", name="terraform", scopes=["read", "write"], expires_in_days=90)
    await site.sql(
        """
        UPDATE events e SET at = now() - n.place * interval '17 minutes'
        FROM (SELECT id, row_number() OVER (ORDER BY at DESC) AS place FROM events) n WHERE n.id = e.id
        """
    )
    await site.sql("UPDATE servers SET connections = 61, started_at = now() - interval '41 days'")
    assert founded["token"]
    await traffic.sample(site)
    busy = traffic.Traffic()
    await busy.come(uris)
    return World(site, yogi, str(made["id"]), busy)


async def _odd_ones(site: Site, yogi: Person) -> None:
    """What is on its way, or went wrong, and nobody finishes it while we look."""
    for name, status in {"lost_and_found": "failed", "picnic_baskets": "creating", "old_maps": "deleting"}.items():
        await yogi.post("/databases", team="rangers", name=name, protected=False)
        later = "retry_at = now() + interval '1 day'"
        await site.sql(f"UPDATE databases SET status = $2, {later} WHERE name = $1", name, status)
    problem = "The server main does not answer: connection refused."
    await site.sql("UPDATE databases SET problem = $1 WHERE name = 'lost_and_found'", problem)
    await yogi.post("/databases", team="geyser-watch", name="eruptions", description="Minutes between eruptions.")
    await site.sql("UPDATE roles SET connections = 9 WHERE name = 'trail_log_app'")
    await site.sql("UPDATE roles SET connections = 3, connection_limit = 10 WHERE name = 'trail_log_report'")
    await site.sql("UPDATE roles SET enabled = false WHERE name = 'trail_log_import'")
    await site.sql("UPDATE roles SET valid_until = now() - interval '1 day' WHERE name = 'campsites_web'")


# Pages by the name of their picture. Those of visitors need nobody who is signed in.
VISITORS = {
    "landing": "/",
    "account-new": "/account/new",
    "session-new": "/session/new",
    "password-reset-without-mail": "/password-resets/new",
}
PATHS = {
    "home": "/",
    "account": "/account",
    "account-email": "/account/email",
    "account-password": "/account/password",
    "account-removal": "/account/removal",
    "account-sessions": "/account/sessions",
    "account-two-factor": "/account/two-factor",
    "account-tokens": "/account/tokens",
    "account-tokens-new": "/account/tokens/new",
    "session-confirmation": "/session/confirmation?next=/teams",
    "teams": "/teams",
    "teams-none-found": "/teams?q=zzz",
    "team": "/teams/rangers",
    "team-empty": "/teams/the-night-shift-of-the-visitor-centre",
    "team-new": "/teams/new",
    "team-edit": "/teams/rangers/edit",
    "team-removal": "/teams/the-night-shift-of-the-visitor-centre/removal",
    "team-removal-refused": "/teams/rangers/removal",
    "team-events": "/teams/rangers/events",
    "team-exposures": "/teams/rangers/exposures",
    "team-invitations": "/teams/rangers/invitations",
    "team-invitation-new": "/teams/rangers/invitations/new",
    "team-members": "/teams/rangers/members",
    "team-member": "/teams/rangers/members/{email}",
    "team-tokens": "/teams/rangers/tokens",
    "team-token-removal": "/teams/rangers/tokens/{token}",
    "databases": "/databases",
    "databases-none-found": "/databases?q=zzz",
    "databases-unused": "/databases?unused_days=30&sort=size",
    "database-new": "/databases/new",
    "database": "/databases/main/trail_log",
    "database-empty": "/databases/main/eruptions",
    "database-statistics": "/databases/main/trail_log/statistics",
    "database-statistics-between": "/databases/main/trail_log/statistics?since=2026-01-01T00:00&until=2026-01-01T02:00",
    "database-statistics-none": "/databases/main/eruptions/statistics?span=year",
    "advice": "/advice",
    "account-advice": "/account/advice",
    "database-advice": "/databases/main/trail_log/advice",
    "database-inside": "/databases/main/trail_log/inside",
    "database-parameters": "/databases/main/trail_log/parameters",
    "server-advice": "/servers/main/advice",
    "database-creating": "/databases/main/picnic_baskets",
    "database-deleting": "/databases/main/old_maps",
    "database-failed": "/databases/main/lost_and_found",
    "database-edit": "/databases/main/trail_log/edit",
    "database-transfer": "/databases/main/trail_log/transfer",
    "database-removal": "/databases/main/lost_and_found/removal",
    "database-removal-refused": "/databases/main/trail_log/removal",
    "queries": "/databases/main/trail_log/queries",
    "queries-none": "/databases/main/eruptions/queries?span=hour",
    "query": f"/databases/main/trail_log/queries/{traffic.DEAREST}",
    "slow-runs": "/databases/main/trail_log/slow-runs",
    "connections": "/databases/main/trail_log/connections",
    "connections-none": "/databases/main/eruptions/connections",
    "connections-removal": "/databases/main/trail_log/connections/removal",
    "roles": "/databases/main/trail_log/roles",
    "role-new": "/databases/main/trail_log/roles/new",
    "role": "/databases/main/trail_log/roles/trail_log_app",
    "role-disabled": "/databases/main/trail_log/roles/trail_log_import",
    "role-edit": "/databases/main/trail_log/roles/trail_log_app/edit",
    "role-removal": "/databases/main/trail_log/roles/trail_log_app/removal",
    "role-password": "/databases/main/trail_log/roles/trail_log_app/password",
    "role-password-edit": "/databases/main/trail_log/roles/trail_log_app/password/edit",
    "servers": "/servers",
    "server": "/servers/main",
    "api": "/api#createDatabase",
    "not-found": "/databases/main/honey",
}


async def wrong_registration(visit: Visit) -> None:
    await visit.go("/account/new")
    await visit.fill(email="not an address", password="bear")
    await visit.press("Register")


async def wrong_database(visit: Visit) -> None:
    await visit.go("/databases/new")
    await visit.fill(name="Trail Log", description="Kept, although the name is wrong.")
    await visit.press("Create database")


async def founded_team(visit: Visit) -> None:
    await visit.go("/teams/new")
    await visit.fill(name=visit.site.unused("Mountain Rescue"))
    await visit.press("Found team")


async def made_token(visit: Visit) -> None:
    await visit.go("/teams/rangers/tokens/new")
    await visit.fill(name="backup")
    await visit.press("Make token")


async def revealed(visit: Visit) -> None:
    await visit.go("/databases/main/trail_log")
    await visit.page.get_by_role("link", name="Reveal").first.click()
    await visit.page.locator("#secret-uri").wait_for(state="attached")
    await visit.page.locator(".secret summary").nth(1).click()


async def first_steps(visit: Visit) -> None:
    """What somebody new sees: nothing is theirs yet."""
    await visit.context.clear_cookies()
    await visit.go("/account/new")
    await visit.fill(email=f"{visit.site.unused('booboo')}@park.example", password=PASSWORD)
    await visit.press("Register")


async def one_connection(visit: Visit) -> None:
    await visit.go("/databases/main/trail_log/connections")
    await visit.page.get_by_role("link", name="End…").first.click()
    await visit.page.get_by_role("button", name="End connection").wait_for()


# Pages that one comes to by doing something.
DEEDS: dict[str, Callable[[Visit], Awaitable[None]]] = {
    "database-new-wrong": wrong_database,
    "database-revealed": revealed,
    "connection": one_connection,
    "team-founded": founded_team,
    "token-made": made_token,
    "account-new-wrong": wrong_registration,
    "home-first-steps": first_steps,
}
