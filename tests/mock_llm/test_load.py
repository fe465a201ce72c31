"""How much the server bears, and how it starts and stops as a command."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import aiohttp
import httpx
import pytest

from elicit.errors import InvalidInput
from elicit.mock_llm import Rule, serve

COMMAND = "import typer; from elicit.mock_llm.command import mock_llm; typer.run(mock_llm)"


async def ask_many(url: str, n_requests: int, concurrency: int) -> float:
    """Seconds that so many chats take over so many kept connections."""
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    left = iter(range(n_requests))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:

        async def worker() -> None:
            for _ in left:
                async with session.post(f"{url}/chat/completions", json=body) as response:
                    assert (await response.json())["choices"]

        start = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(concurrency)))
        return time.perf_counter() - start


def test_64_calls_that_each_take_a_second_take_about_a_second_together(serving):
    server, _ = serving(Rule(delay_s=1, answer="late"))

    assert asyncio.run(ask_many(server.url, 64, 64)) < 2.5


def test_64_connections_are_served_at_once_and_every_request_is_in_the_log(serving):
    server, _ = serving(Rule(answer="yes"))

    asyncio.run(ask_many(server.url, 2000, 64))

    found = server.requests()
    assert [received.number for received in found] == list(range(1, 2001))
    assert {received.outcome for received in found} == {"answered"}


@pytest.mark.drill
def test_500_requests_a_second_are_borne_over_kept_connections(command):
    url = command()

    assert 5000 / asyncio.run(ask_many(url, 5000, 32)) > 500


def test_a_port_in_use_is_refused():
    with serve() as server:
        port = int(server.url.removesuffix("/v1").rpartition(":")[2])
        with pytest.raises(InvalidInput, match=rf"cannot listen on 127\.0\.0\.1:{port}: "):
            serve(port=port).__enter__()


def test_the_port_is_free_again_when_the_block_ends():
    with serve() as server:
        url = server.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/models")


@pytest.fixture
def command(tmp_path):
    """Run the command with options, and give its address; SIGTERM must end it cleanly."""
    running = []

    def start(*options: str) -> str:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, text=True, cwd=tmp_path
        )
        running.append(process)
        return process.stdout.readline().split()[3]

    yield start
    for process in running:
        os.kill(process.pid, signal.SIGTERM)
        process.stdout.close()
        assert process.wait(10) == 0


def test_the_command_serves_the_demo_and_ends_on_a_signal(command):
    url = command()

    assert "mock-careful" in httpx.get(f"{url}/models").text


def test_the_command_reads_a_script(command, tmp_path):
    (tmp_path / "faults.yaml").write_text("rules: [{status: 429, retry_after_s: 2}]")
    url = command("--script", "faults.yaml")

    response = httpx.post(f"{url}/completions", json={"model": "m", "prompt": "x"})

    assert (response.status_code, response.headers["Retry-After"]) == (429, "2")


def test_a_client_that_is_killed_leaves_its_request_in_the_log(command, tmp_path):
    (tmp_path / "slow.json").write_text('{"rules": [{"delay_s": 30}]}')
    url = command("--script", "slow.json")
    ask = f"import httpx; httpx.post({url + '/completions'!r}, json={{'model': 'm', 'prompt': 'x'}}, timeout=60)"
    client = subprocess.Popen([sys.executable, "-c", ask])
    requests = url.removesuffix("/v1") + "/requests"
    deadline = time.monotonic() + 10
    while not httpx.get(requests).json() and time.monotonic() < deadline:
        time.sleep(0.05)

    client.kill()
    client.wait()

    assert [entry["outcome"] for entry in httpx.get(requests).json()] == ["pending"]
