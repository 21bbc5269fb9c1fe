"""Telling one's own devices apart by what they say of themselves."""

import pytest

from jellystone.services import devices

MOZILLA = "Mozilla/5.0 "
SAID = {
    "Firefox on Linux": MOZILLA + "(X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Chrome on Windows": MOZILLA + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
    "Edge on Windows": MOZILLA + "(Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36 Edg/156.0",
    "Safari on macOS": MOZILLA + "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/26.1 Safari/605.1",
    "Safari on iPhone": MOZILLA + "(iPhone; CPU iPhone OS 26_1 like Mac OS X) Version/26.1 Mobile Safari/604.1",
    "Chrome on iPad": MOZILLA + "(iPad; CPU OS 26_1 like Mac OS X) CriOS/156.0 Mobile Safari/604.1",
    "Samsung Internet on Android": MOZILLA + "(Linux; Android 16) SamsungBrowser/29.0 Chrome/136.0 Mobile Safari/537",
    "Linux": MOZILLA + "(X11; Linux x86_64)",
    "curl": "curl/8.14.1",
    "python-httpx": "python-httpx/0.28.1",
    "unknown device": "Mozilla/5.0",
}


@pytest.mark.parametrize("name", SAID)
def test_a_device_is_named(name: str) -> None:
    assert devices.named(SAID[name]) == name


@pytest.mark.parametrize("said", [None, "", "<script>", "\x1b[31m", "()" * 5000])
def test_nonsense_is_no_device(said: str | None) -> None:
    assert devices.named(said) == "unknown device"
