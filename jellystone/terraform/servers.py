"""`data.jellystone_server` and `data.jellystone_servers`: where databases can be made."""

from tf.types import List

from jellystone.terraform.checks import ServerName
from jellystone.terraform.kinds import NUMBER, TEXT, Object, required, told, valued
from jellystone.terraform.resource import Source, State

SHOWN = [
    told("host", TEXT, "As clients reach it."),
    told("port", NUMBER, "The port there."),
    told("version", TEXT, "PostgreSQL's version there."),
    told("databases", NUMBER, "How many are managed there."),
    told("connections", NUMBER, "In use at the last contact."),
    told("connections_usable", NUMBER, "What ordinary roles may use in all."),
    told("contacted_at", TEXT, "The last time it answered."),
    told("problem", TEXT, "Why it cannot be used just now; null while all is well."),
]


class ServerSource(Source):
    name = "server"
    words = "A managed PostgreSQL server. Its figures are those of the last contact."
    fields = [
        told("id", TEXT, "Its name."),
        required("name", TEXT, "Its name, such as `main`.", check=ServerName),
        *SHOWN,
    ]
    at = {404: "name"}

    def found(self, config: State) -> State:
        return valued(self.client.servers.get(config["name"]), self.fields)


class ServersSource(Source):
    name = "servers"
    words = "The servers on which databases can be made."
    inner = [told("id", TEXT, "Its name."), told("name", TEXT, "Its name."), *SHOWN]
    fields = [
        told("names", List(TEXT), "Their names, in their order."),
        told("servers", List(Object({field.name: field.type for field in inner})), "What is known of each."),
    ]

    def found(self, config: State) -> State:
        servers = [*self.client.servers.list()]
        return {
            "names": [server.name for server in servers],
            "servers": [valued(server, self.inner) for server in servers],
        }
