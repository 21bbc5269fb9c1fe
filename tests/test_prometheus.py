"""What `docs/` gives to users of Prometheus and Grafana works with a real Prometheus that scrapes a real instance."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import Serving, free_port, open_folder

DOCS = Path(__file__).parents[1] / "docs"
ALERTS, DASHBOARD = DOCS / "prometheus/alerts.yml", DOCS / "grafana/jellystone.json"
REQUIRED = bool(os.environ.get("JELLYSTONE_TEST_REQUIRE"))
MISSING = not (shutil.which("prometheus") and shutil.which("promtool"))
pytestmark = pytest.mark.skipif(MISSING and not REQUIRED, reason="needs prometheus (Debian's package of that name)")
QUIET = (  # nothing of the kind has happened in a minute of life; their names are in the code, see below
    "jellystone_advice",
    "jellystone_database_oldest_password",
    "pg_stat_database",
    "pg_database_size",
    "pg_stat_activity",
    "jellystone_database_last_query",
    "jellystone_collector",
    "jellystone_provisioning",
)


@dataclass
class Scraping:
    """A Prometheus that looks each second, and an instance that somebody has used a little."""

    url: str
    jellystone: Serving
    metrics: str

    def asked(self, expression: str) -> list[Any]:
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}).json()
        assert answer["status"] == "success", f"{expression}: {answer}"
        return list(answer["data"]["result"])

    def wait_for(self, expression: str, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not self.asked(expression):
            assert time.monotonic() < until, f"{expression} stayed empty"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def scraping() -> Iterator[Scraping]:
    metrics, port = f"127.0.0.1:{free_port()}", free_port()
    with open_folder() as folder:
        (folder / "prometheus.yml").write_text(
            f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{ALERTS}]\n"
            f"scrape_configs:\n  - job_name: jellystone\n    static_configs: [{{targets: ['{metrics}']}}]\n"
        )
        with Serving(folder, JELLYSTONE_METRICS_ADDRESS=metrics) as jellystone:
            command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
            prometheus = subprocess.Popen(
                [*command, f"--web.listen-address=127.0.0.1:{port}"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                used(jellystone)
                found = Scraping(f"http://127.0.0.1:{port}", jellystone, f"http://{metrics}/metrics")
                ready(found.url)
                found.wait_for('rate(jellystone_events_total{action="created",object="database"}[10s])')
                yield found
            finally:
                prometheus.terminate()
                prometheus.wait(10)


def used(jellystone: Serving) -> None:
    """Yogi's Rangers have a database."""
    person = {"email": "yogi@park.example", "password": "pic-a-nic basket"}
    with httpx.Client(base_url=jellystone.url, timeout=20) as browser:
        for address, body in {
            "/account": person,
            "/session": person,
            "/teams": {"name": "Rangers"},
            "/databases": {"name": "orders", "team": "rangers", "owner_role": True},
        }.items():
            answer = browser.post(address, json=body)
            assert answer.status_code == 201, answer.text


def ready(url: str) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/-/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("Prometheus does not answer")


def expressions() -> list[str]:
    """Of each panel of the dashboard, as Grafana would send them with everything chosen."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    found = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    return [re.sub(r"\$(server|team|datname)", ".*", text).replace("$__rate_interval", "30s") for text in found]


def promtool(*arguments: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, **more)


def test_the_alert_rules_are_sound_and_fire_when_they_should() -> None:
    checked = promtool("check", "rules", str(ALERTS))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = promtool("test", "rules", str(ALERTS.with_name("alerts_test.yml")))
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_each_alert_has_a_case() -> None:
    named = set(re.findall(r"- alert: (\w+)", ALERTS.read_text()))
    assert named == set(re.findall(r"alertname: (\w+)", ALERTS.with_name("alerts_test.yml").read_text()))


def test_prometheus_reads_us_and_finds_no_rule_wanting(scraping: Scraping) -> None:
    scraping.wait_for('up{job="jellystone"} == 1')
    groups = httpx.get(f"{scraping.url}/api/v1/rules").json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == len(re.findall("- alert:", ALERTS.read_text()))
    assert not [rule["name"] for rule in rules if rule["health"] == "err"]
    assert not [rule["name"] for rule in rules if rule["state"] == "firing"]


def test_each_panel_of_the_dashboard_shows_something(scraping: Scraping) -> None:
    empty = [text for text in expressions() if not scraping.asked(text) and not any(name in text for name in QUIET)]
    assert not empty


def test_all_that_dashboard_and_alerts_ask_for_is_exposed(scraping: Scraping) -> None:
    from jellystone import meters
    from jellystone.services import series

    measured = (*series.OF_SERVER, *series.OF_DATABASE, *series.OF_STATISTICS, *series.OF_ROUND, *series.OF_INSTANCE)
    known = {one.name for one in (*measured, series.OF_STATE, series.OF_ADVICE, series.OF_STATUS)}
    known |= set(meters.REGISTRY._names_to_collectors)
    wanted = set(re.findall(r"\b(?:pg|jellystone)_[a-z_]+", " ".join(expressions()) + ALERTS.read_text()))
    assert wanted <= known, wanted - known


def test_the_text_pleases_promtool_but_for_the_names_of_postgres_exporter(scraping: Scraping) -> None:
    text = httpx.get(scraping.metrics).text
    checked = promtool("check", "metrics", input=text)
    remarks = [line for line in checked.stderr.splitlines() if not line.startswith("pg_")]
    assert not remarks, remarks


def test_the_address_of_its_own_has_metrics_and_nothing_else(scraping: Scraping) -> None:
    base = scraping.metrics.removesuffix("/metrics")
    for address in ("/", "/databases", "/api/openapi.json", "/metrics/"):
        assert httpx.get(base + address).status_code == 404, address
    assert httpx.post(scraping.metrics).status_code == 404
    assert scraping.jellystone.get("/metrics") == 401, "the public address asks for a token"
