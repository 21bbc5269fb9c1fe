"""The block `provider "jellystone"`: where Jellystone is, and with which token."""

import os
from typing import TYPE_CHECKING, Any

from tf.iface import DataSource, Provider, Resource
from tf.schema import Schema
from tf.utils import Diagnostics

from jellystone.client import ClientError, Forbidden, TooMany, Unauthorized, Unavailable, Unreachable
from jellystone.facts.lists import Listing
from jellystone.terraform.checks import Seconds, check
from jellystone.terraform.databases import DatabaseResource, DatabaseSource, DatabasesSource
from jellystone.terraform.kinds import NUMBER, TEXT, is_known, optional
from jellystone.terraform.members import MemberResource
from jellystone.terraform.mirror import SOURCE
from jellystone.terraform.roles import RoleResource, RoleSource
from jellystone.terraform.servers import ServerSource, ServersSource
from jellystone.terraform.teams import TeamResource, TeamSource
from jellystone.terraform.tokens import TokenResource

if TYPE_CHECKING:
    from jellystone.client import Jellystone

PATIENCE, IMPATIENCE = 60.0, 1.0  # seconds
URL = "Where Jellystone is, such as `https://jellystone.example.com`. Or `JELLYSTONE_URL`."
WHO = (
    "A team's token (`jst_…`), or a personal one (`jsp_…`) for teams and people. Or `JELLYSTONE_TOKEN`, which keeps it"
    " out of files."
)
CA_FILE = "The certificate authority of that address, if the machine does not know it. Or `JELLYSTONE_CA_FILE`."
TIMEOUT = "Seconds that a request may take, with its repetitions while Jellystone is busy. 60 unless told otherwise."
FIELDS = [
    optional("url", TEXT, URL),
    optional("token", TEXT, WHO, sensitive=True),
    optional("ca_file", TEXT, CA_FILE),
    optional("timeout", NUMBER, TIMEOUT, check=Seconds),
]


class JellystoneProvider(Provider):
    """`unknown`: some of its configuration comes from what is yet to be made, so nothing can be asked yet."""

    unknown = False

    def __init__(self) -> None:
        self.made: Jellystone | None = None

    def get_model_prefix(self) -> str:
        return "jellystone_"

    def full_name(self) -> str:
        return SOURCE

    def get_provider_schema(self, diags: Diagnostics) -> Schema:
        return Schema(
            version=1, attributes=[*FIELDS], description="Databases and roles of PostgreSQL, by self-service."
        )

    def get_resources(self) -> list[type[Resource]]:
        return [DatabaseResource, RoleResource, TeamResource, MemberResource, TokenResource]

    def get_data_sources(self) -> list[type[DataSource]]:
        return [ServerSource, ServersSource, TeamSource, DatabaseSource, DatabasesSource, RoleSource]

    def validate_config(self, diags: Diagnostics, config: dict[str, Any]) -> None:
        check(diags, FIELDS, config)

    def configure_provider(self, diags: Diagnostics, config: dict[str, Any]) -> None:
        """Asks once, so that a wrong address or token is told once, and not for each resource."""
        values = {name: value for name, value in config.items() if value is not None}
        self.unknown = not all(map(is_known, values.values()))
        if self.unknown:
            return
        if "token" not in values and not os.environ.get("JELLYSTONE_TOKEN", "").strip():
            words = "Set `token` in the provider block, or the variable JELLYSTONE_TOKEN. A team's page has its tokens."
            diags.add_error("Jellystone needs a token", words, path=["token"])
            return
        from jellystone.client import Jellystone

        patience = float(values.get("timeout", PATIENCE))
        try:
            self.made = Jellystone(
                values.get("url"),
                values.get("token"),
                ca_file=values.get("ca_file"),
                timeout=min(patience, 30.0),
                patience=patience,
            )
            self.made.request("GET", "/teams", query={"per_page": 1}, answer=Listing[Any])
        except Unauthorized as problem:
            diags.add_error("The token is not valid", problem.detail, path=["token"])
        except ClientError as problem:
            self._not_reached(diags, problem)

    def _not_reached(self, diags: Diagnostics, problem: ClientError) -> None:
        if self.made is None:  # what was given cannot be used at all
            words = {"certificates": "ca_file", "no token": "token"}
            field = next((name for word, name in words.items() if word in str(problem)), "url")
            diags.add_error("Jellystone cannot be asked", str(problem), path=[field])
        elif isinstance(problem, Unreachable):
            diags.add_error("Jellystone cannot be reached", str(problem), path=["url"])
        elif not isinstance(problem, Forbidden | TooMany | Unavailable):  # these are no matter of the address
            diags.add_error("Jellystone was not understood", str(problem), path=["url"])

    def lose_patience(self) -> None:
        """What was waited for in vain once need not be waited for again by each of a hundred resources."""
        if self.made is not None:
            self.made.options = self.made.options._replace(patience=IMPATIENCE)

    @property
    def client(self) -> "Jellystone":
        if self.made is None:
            raise ClientError(
                "The provider's url or token is not known yet. Apply what they come from first, with -target."
            )
        return self.made
