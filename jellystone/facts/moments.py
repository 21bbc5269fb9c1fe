"""When something was or will be: always with its zone, and in UTC where we say it."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

Moment = Annotated[datetime, Meta(tz=True, examples=["2026-05-04T09:30:00Z"])]
