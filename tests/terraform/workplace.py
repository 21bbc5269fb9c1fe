"""The real `terraform` in a folder of its own: own home, own settings, no network, and a provider laid out for it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.serving import CODE, environment

TERRAFORM = shutil.which("terraform")
TOFU = shutil.which("tofu")
REQUIRED = os.environ.get("JELLYSTONE_TEST_REQUIRE") == "1"
HEAD = """
terraform {
  required_providers {
    jellystone = {
      source = "jellystone.local/jellystone/jellystone"
    }
  }
}
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What `-json` says, a document a line."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    @property
    def errors(self) -> dict[str, str]:
        """By the line of the configuration that they point at: summary and detail."""
        found = {}
        for line in self.lines:
            if line.get("@level") == "error" and (told := line.get("diagnostic")):
                found[_place(told)] = f"{told['summary']} {told['detail']}"
        return found

    def changes(self, kind: str = "planned_change") -> dict[str, str]:
        """What is to be done by address, or with `resource_drift` what happened outside."""
        return {
            line["change"]["resource"]["addr"]: line["change"]["action"] for line in self.lines if line["type"] == kind
        }


def _place(told: dict[str, Any]) -> str:
    snippet = told.get("snippet") or {}
    return " ".join(str(snippet.get("code", "")).split())


class Workplace:
    """A folder with a configuration. `token` is what the provider finds in the environment."""

    def __init__(self, folder: Path, url: str, token: str, *, program: str | None = TERRAFORM) -> None:
        self.folder, self.home, self.program = folder / "configuration", folder / "home", program
        self.folder.mkdir(parents=True)
        self.home.mkdir()
        rc = folder / "terraformrc"
        rc.write_text("")
        self.variables = {
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "share"),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_CLI_CONFIG_FILE": str(rc),
            "TF_DATA_DIR": str(folder / "data"),
            "JELLYSTONE_URL": url,
            "JELLYSTONE_TOKEN": token,
        }

    def install(self, *options: str) -> str:
        return self._run([sys.executable, "-c", CODE, "terraform", "install", *options]).out

    def write(self, text: str, *, name: str = "main.tf", head: str = HEAD) -> None:
        (self.folder / name).write_text(head + text)

    def init(self, *options: str) -> Ran:
        return self.must("init", *options)

    def must(self, *arguments: str) -> Ran:
        ran = self.run(*arguments)
        assert ran.code == 0, ran.out
        return ran

    def run(self, *arguments: str) -> Ran:
        assert self.program is not None
        return self._run([self.program, *arguments])

    def apply(self, **variables: Any) -> Ran:
        ran = self.run("apply", "-auto-approve", "-json", *_given(variables))
        assert ran.code == 0, "\n".join(ran.errors.values()) or ran.out
        return ran

    def plan(self, **variables: Any) -> Ran:
        """Its code is 0 where there is nothing to do, and 2 where there is."""
        return self.run("plan", "-detailed-exitcode", "-json", *_given(variables))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """In a group of processes of its own, as a shell would."""
        assert self.program is not None
        with (self.folder / "started.log").open("wb") as log:
            return subprocess.Popen(
                [self.program, *arguments],
                cwd=self.folder,
                env=environment(**self.variables),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """By what was started last."""
        return (self.folder / "started.log").read_text()

    @property
    def state(self) -> dict[str, dict[str, Any]]:
        """Values by address, as the file has them."""
        found = {}
        file = self.folder / "terraform.tfstate"
        text = file.read_text() if file.exists() else ""
        resources = json.loads(text)["resources"] if text else []  # empty while the first apply goes on
        for resource in resources:
            address = ("data." if resource["mode"] == "data" else "") + f"{resource['type']}.{resource['name']}"
            for instance in resource["instances"]:
                key = instance.get("index_key")
                found[f'{address}["{key}"]' if key is not None else address] = instance["attributes"]
        return found

    def _run(self, command: list[str]) -> Ran:
        ran = subprocess.run(
            command,
            cwd=self.folder,
            env=environment(**self.variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=300,
        )
        return Ran(ran.returncode, ran.stdout)


def _given(variables: dict[str, Any]) -> list[str]:
    return [
        f"-var={name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in variables.items()
    ]
