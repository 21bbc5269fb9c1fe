"""What Piccolo must find: the engine, and the one app with its tables and migrations."""

from piccolo.conf.apps import AppConfig, AppRegistry, table_finder

from jellystone.database import DB
from jellystone.paths import MIGRATIONS

TABLES = [
    f"jellystone.tables.{noun}"
    for noun in ("people", "teams", "servers", "databases", "roles", "events", "mails", "figures", "advice")
]

APP_CONFIG = AppConfig(
    app_name="jellystone",
    migrations_folder_path=MIGRATIONS,
    table_classes=table_finder(TABLES, exclude_imported=True),
)
APP_REGISTRY = AppRegistry(apps=["jellystone.piccolo_conf"])

__all__ = ["APP_CONFIG", "APP_REGISTRY", "DB"]
