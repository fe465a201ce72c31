"""The compose file: every part is there, starts by a command that exists, and has no password of its own."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
import yaml

from elicit.cli import app

ROOT = Path(__file__).parents[1]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
PARTS = {"postgres", "redis", "migrate", "api", "worker", "beat", "dashboard"}
SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "ELICIT_SECRET_KEY")
COMPOSE = shutil.which("docker-compose")


def test_every_part_of_the_service_is_there_and_waits_for_what_it_needs():
    assert set(SERVICES) == PARTS
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= PARTS
    assert all("healthcheck" in SERVICES[name] for name in PARTS - {"migrate", "beat"})
    assert all(SERVICES[name]["volumes"] for name in ("postgres", "redis"))


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    for name in SECRETS:
        assert re.findall(rf"\$\{{{name}(.*?)\}}", text)
        assert set(re.findall(rf"\$\{{{name}(.*?)\}}", text)) == {":?set it in .env"}
        assert f"\n{name}=\n" in (ROOT / ".env.example").read_text()


def test_only_loopback_is_bound_unless_the_user_says_otherwise():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("${ELICIT_BIND:-127.0.0.1}:") for port in published)


@pytest.mark.parametrize("name", ["migrate", "api"])
def test_commands_of_elicit_exist_with_the_options_they_are_given(name):
    program, command, *words = SERVICES[name]["command"]
    options = {
        option for parameter in typer.main.get_command(app).commands[command].params for option in parameter.opts
    }
    assert program == "elicit"
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_celery_is_given_options_it_knows(name):
    from celery.bin.celery import celery as command

    program, *words = SERVICES[name]["command"]
    subcommand = words[words.index(name)]
    options = {option for known in (command, command.commands[subcommand]) for p in known.params for option in p.opts}
    assert program == "celery"
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.skipif(COMPOSE is None, reason="docker-compose is not installed: the file is not read by compose itself")
def test_compose_reads_the_file_once_the_secrets_are_set_and_names_them_where_they_are_not(tmp_path):
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    (tmp_path / ".env").write_text("")
    refused = subprocess.run([COMPOSE, "config"], cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "set it in .env" in refused.stderr
    (tmp_path / ".env").write_text("".join(f"{name}=x\n" for name in SECRETS))
    read = subprocess.run([COMPOSE, "config"], cwd=tmp_path, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    assert set(yaml.safe_load(read.stdout)["services"]) == PARTS


def test_the_dashboard_is_given_no_key_and_none_of_the_secrets_of_other_parts():
    assert SERVICES["dashboard"]["environment"] == {"ELICIT_URL": "http://api:8000"}
    assert "env_file" not in SERVICES["dashboard"]
