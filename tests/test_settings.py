import re
from pathlib import Path

import msgspec
import pytest

from jellystone import environment, settings
from jellystone.errors import Misconfigured
from jellystone.settings import Settings

README = Path(__file__).parents[1] / "README.md"
SECRET = "correct-horse-battery-staple"
KEY = "k" * 32
EXTERNAL = {"JELLYSTONE_DATABASE_URL": f"postgresql://app:{SECRET}@db.example:6000/ours", "JELLYSTONE_SECRET_KEY": KEY}


def load(variables: dict[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    return settings.load(variables or {}, dotenv)


def mistakes(variables: dict[str, str], dotenv: Path | None = None) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        load(variables, dotenv)
    return str(caught.value).splitlines()


def test_nothing_needs_to_be_set() -> None:
    now = load()
    assert (now.host, now.port, now.base_url) == ("localhost", 4000, "http://localhost:4000")
    assert now.embedded
    assert now.loopback
    assert not now.https
    assert now.password_min_length == 6
    assert now.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")


def test_with_a_database_of_its_own_nothing_comes_along_and_passwords_are_longer() -> None:
    now = load(EXTERNAL)
    assert not now.embedded
    assert now.password_min_length == 12
    assert now.server_url == now.database_url
    assert (now.server_public_host, now.server_public_port) == ("db.example", 6000)


def test_what_follows_from_another_setting_may_be_set_all_the_same() -> None:
    given = {
        "JELLYSTONE_HOST": "0.0.0.0",
        "JELLYSTONE_BASE_URL": "https://Jelly.example.org/",
        "JELLYSTONE_SERVER_URL": "postgresql://admin@pg.internal/postgres",
        "JELLYSTONE_SERVER_PUBLIC_HOST": "pg.example.org",
        "JELLYSTONE_PASSWORD_MIN_LENGTH": "20",
    }
    now = load(EXTERNAL | given)
    assert now.base_url == "https://Jelly.example.org"
    assert now.https
    assert not now.loopback
    assert now.allowed_hosts == ("jelly.example.org",)
    assert (now.server_public_host, now.server_public_port) == ("pg.example.org", 5432)
    assert now.password_min_length == 20
    assert now.mail_from == "jellystone@jelly.example.org"


@pytest.mark.parametrize("host", ["::", "0.0.0.0"])
def test_listening_everywhere_is_no_loopback_yet_links_lead_here_until_told_otherwise(host: str) -> None:
    now = load({"JELLYSTONE_HOST": host})
    assert not now.loopback
    assert now.base_url == "http://localhost:4000"


def test_an_ipv6_address_stands_in_brackets_in_links_and_host_names() -> None:
    now = load({"JELLYSTONE_HOST": "2001:db8::1"})
    assert now.base_url == "http://[2001:db8::1]:4000"
    assert now.allowed_hosts == ("[2001:db8::1]",)


def test_every_mistake_is_told_at_once_and_no_value_is_shown() -> None:
    given = {
        "JELLYSTONE_PORT": "tcp-hush",
        "JELLYSTONE_OPEN": "hush",
        "JELLYSTONE_LOG_LEVEL": "hush",
        "JELLYSTONE_PROT": "hush",
        "JELLYSTONE_BASE_URL": "https://hush/path",
        "JELLYSTONE_DATABASE_URL": "mysql://hush@hush/hush",
        "JELLYSTONE_SERVER_URL": "postgresql://hush:hush@hush:hush/hush",
        "JELLYSTONE_SECRET_KEY": "hush",
        "JELLYSTONE_SMTP_URL": "hush",
        "JELLYSTONE_MAIL_FROM": "hush",
        "JELLYSTONE_TRUSTED_PROXIES": "10.0.0.0/8, hush",
        "JELLYSTONE_ARGON2_MEMORY": "1",
    }
    told = mistakes(given)
    assert {line.split()[0] for line in told} == set(given)
    assert len(told) == len(given)
    assert not [line for line in told if "hush" in line]


def test_a_mistake_says_what_is_wanted() -> None:
    assert mistakes({"JELLYSTONE_PORT": "70000"}) == ["JELLYSTONE_PORT must be a whole number from 1 to 65535."]
    assert mistakes({"JELLYSTONE_OPEN": "perhaps"}) == ["JELLYSTONE_OPEN must be true or false."]
    levels = "JELLYSTONE_LOG_LEVEL must be one of debug, info, warning, error."
    assert mistakes({"JELLYSTONE_LOG_LEVEL": "loud"}) == [levels]


def test_an_unknown_name_is_refused_with_the_one_that_was_meant() -> None:
    meant = "JELLYSTONE_PROT is not a setting: did you mean JELLYSTONE_PORT?"
    assert mistakes({"JELLYSTONE_PROT": "4000"}) == [meant]
    assert mistakes({"JELLYSTONE_XYLOPHONE": "1"}) == ["JELLYSTONE_XYLOPHONE is not a setting."]


def test_variables_for_the_tests_are_nobodys_mistake() -> None:
    load({"JELLYSTONE_TEST_VERSIONS": "15,18"})


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load({"JELLYSTONE_PORT": " ", "JELLYSTONE_SMTP_URL": ""}) == load()


def test_our_own_database_needs_a_secret_key_and_one_mistake_is_told_once() -> None:
    url = {"JELLYSTONE_DATABASE_URL": EXTERNAL["JELLYSTONE_DATABASE_URL"]}
    assert mistakes(url) == ["JELLYSTONE_SECRET_KEY is not set; make a key with `openssl rand -hex 32`."]
    assert len(mistakes(url | {"JELLYSTONE_SECRET_KEY": "short"})) == 1


def test_secret_keys_may_be_several() -> None:
    assert load({"JELLYSTONE_SECRET_KEY": f"{KEY}, {'l' * 40}"}).secret_keys == (KEY, "l" * 40)


def test_secrets_may_come_from_a_file_and_other_settings_may_not(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    assert load({"JELLYSTONE_SECRET_KEY_FILE": str(tmp_path / "key")}).secret_keys == (KEY,)
    assert mistakes({"JELLYSTONE_PORT_FILE": str(tmp_path / "key")})[0].startswith(
        "JELLYSTONE_PORT_FILE is not a setting"
    )


def test_a_file_that_is_not_there_or_one_too_many_is_a_mistake(tmp_path: Path) -> None:
    missing = {"JELLYSTONE_SMTP_URL_FILE": str(tmp_path / "none")}
    assert mistakes(missing) == ["JELLYSTONE_SMTP_URL_FILE names a file that cannot be read."]
    assert "keep one" in mistakes(missing | {"JELLYSTONE_SMTP_URL": "smtp://mail.example"})[0]


def test_the_real_environment_wins_over_the_dotenv_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# ours\n"
        "export JELLYSTONE_PORT='5000'\n"
        'JELLYSTONE_HOST="127.0.0.1"\n'
        "JELLYSTONE_LOG_LEVEL=debug # for now\n"
        f"JELLYSTONE_SECRET_KEY={KEY}\n"
        "JELLYSTONE_TEST_VERSIONS=15\n"
        "PGPASSWORD=of-somebody-else\n"
    )
    (tmp_path / "key").write_text("l" * 32)
    now = load({"JELLYSTONE_PORT": "6000", "JELLYSTONE_SECRET_KEY_FILE": str(tmp_path / "key")}, file)
    assert (now.port, now.host, now.log_level, now.secret_keys) == (6000, "127.0.0.1", "debug", ("l" * 32,))


def test_mistakes_in_the_dotenv_file_are_told_too(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("JELLYSTONE_PORT\nJELLYSTONE_HSOT=x\n")
    told = mistakes({}, file)
    assert f"{file}, line 1: write NAME=value." in told
    assert "JELLYSTONE_HSOT is not a setting: did you mean JELLYSTONE_HOST?" in told


def test_no_secret_is_in_what_a_traceback_shows() -> None:
    now = load(EXTERNAL | {"JELLYSTONE_SMTP_URL": f"smtp://me:{SECRET}@mail.example"})
    assert SECRET not in repr(now)
    assert KEY not in repr(now)
    assert "host='localhost'" in repr(now)


def test_settings_must_be_loaded_before_they_are_asked_for() -> None:
    before = settings._current
    try:
        settings._current = None
        with pytest.raises(RuntimeError):
            settings.current()
        settings.use(now := load())
        assert settings.current() is now
    finally:
        settings._current = before


def test_the_readme_lists_every_setting_with_its_default_and_nothing_else() -> None:
    rows = re.findall(r"^\| `(JELLYSTONE_\w+)` \| (.*?) \| (.*?) \|$", README.read_text(), re.MULTILINE)
    known = environment.variables(Settings)
    assert [(name, what) for name, _, what in rows] == [(v.name, v.description) for v in known]
    defaults = {name: default for name, default, _ in rows}
    for variable in known:
        if variable.default not in ("", 0, None, (), msgspec.NODEFAULT) and variable.field != "data_dir":
            assert defaults[variable.name] == f"`{str(variable.default).lower()}`"
