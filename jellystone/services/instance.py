"""The instance's own secret keys, as they are set."""

from jellystone import settings
from jellystone.services.vault import InstanceKeys


def keys() -> InstanceKeys:
    """For what must be opened while nobody is signed in; the first of them encrypts."""
    return InstanceKeys(settings.current().secret_keys)
