"""How fast the gateway is, and whether its memory stays flat: `python benchmarks/llm.py [speed] [memory] [peak]`.

speed: 1,000 calls to a mock server that takes 1 s each, 64 at once, beside bare `litellm.acompletion` in the same run;
the ideal is 15.6 s. memory: 20,000 calls at no delay, with the resident set on the way. peak: calls a second at no
delay, beside bare litellm, and how much of it is this process's own work. The server runs in a process of its own.
Answers and the budget are stored, as in a run.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from elicit.calls import Request, chat
from elicit.llm import Gateway, Keys
from elicit.local import StoredCompletions
from elicit.services.plan import BudgetSpec, Limits
from elicit.store import Store, StoredBudget

SERVER = """
import random, sys
from elicit.mock_llm import Rule, serve
def answer(ask):
    words = random.Random(ask.key)
    return " ".join(f"word{words.randrange(5000)}" for _ in range(20))
with serve([Rule(answer=answer, delay_s=float(sys.argv[1]))]) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""
CALLS, CONCURRENCY, DELAY_S = 1000, 64, 1.0


@contextmanager
def server(delay_s: float) -> Iterator[str]:
    """The address of a mock server in another process."""
    words = [sys.executable, "-c", SERVER, str(delay_s)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


def requests(url: str, count: int, tag: str) -> Iterator[Request]:
    """So many different chat calls of a critic's size."""
    for number in range(count):
        yield Request("openai/mock", chat(("user", f"{tag} {number} " + "word " * 300)), api_base=url)


def resident_mb() -> float:
    """Memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def through_gateway(gateway: Gateway, store: Store, url: str, count: int, tag: str) -> None:
    """Ask and store."""
    store.start_plan(tag, {"name": tag}, datetime.now(UTC))
    kept, budget = StoredCompletions(store, tag), StoredBudget(store, tag, BudgetSpec(max_calls=count))
    stop = gateway.complete(requests(url, count, tag), budget=budget, on_done=kept.put)
    assert stop == "done"


async def bare(url: str, count: int) -> None:
    """litellm alone, behind a semaphore."""
    import litellm

    seats = asyncio.Semaphore(CONCURRENCY)

    async def call(request: Request) -> None:
        async with seats:
            turns = [{"role": turn.role, "content": turn.content} for turn in request.messages]
            await litellm.acompletion(
                model=request.model, messages=turns, api_base=url, api_key="none", max_retries=0, timeout=60
            )

    await asyncio.gather(*(call(request) for request in requests(url, count, "bare")))


def speed(gateway: Gateway, store: Store) -> None:
    """Against the ideal and against bare litellm."""
    ideal = CALLS / CONCURRENCY * DELAY_S
    with server(DELAY_S) as url:
        started = time.perf_counter()
        through_gateway(gateway, store, url, CONCURRENCY, "warm")
        print(f"start-up and first {CONCURRENCY} calls: {time.perf_counter() - started:.1f} s")
        started = time.perf_counter()
        through_gateway(gateway, store, url, CALLS, "speed")
        ours = time.perf_counter() - started
        gateway.close()  # litellm's sessions belong to one event loop
        started = time.perf_counter()
        asyncio.run(bare(url, CALLS))
        theirs = time.perf_counter() - started
    print(f"{CALLS} calls of {DELAY_S:g} s, {CONCURRENCY} at once: ideal {ideal:.1f} s")
    print(f"  elicit, stored   {ours:6.1f} s  {ours / ideal:.2f} x ideal")
    print(f"  bare litellm     {theirs:6.1f} s  {theirs / ideal:.2f} x ideal")


def memory(gateway: Gateway, store: Store) -> None:
    """The resident set over 20,000 calls."""
    with server(0) as url:
        for part in range(10):
            started = time.perf_counter()
            through_gateway(gateway, store, url, 2000, f"memory {part}")
            rate = 2000 / (time.perf_counter() - started)
            print(f"after {2000 * (part + 1):6d} calls: {resident_mb():6.0f} MB, {rate:.0f} calls/s", flush=True)


def peak(gateway: Gateway, store: Store) -> None:
    """What limits one process."""
    with server(0) as url:
        through_gateway(gateway, store, url, 200, "warm peak")
        started, busy = time.perf_counter(), time.process_time()
        through_gateway(gateway, store, url, 2000, "peak")
        took, worked = time.perf_counter() - started, time.process_time() - busy
        gateway.close()  # litellm's sessions belong to one event loop
        started, busy = time.perf_counter(), time.process_time()
        asyncio.run(bare(url, 2000))
        bare_took, bare_worked = time.perf_counter() - started, time.process_time() - busy
    print(f"no delay: {2000 / took:.0f} calls/s; this process was busy {worked / took:.0%} of one core")
    print(f"  bare litellm: {2000 / bare_took:.0f} calls/s; elicit takes {took / bare_took:.2f} x as long and")
    print(f"  {worked / 2:.2f} ms of processor a call beside {bare_worked / 2:.2f} ms")


def main(words: list[str]) -> None:
    """Run the parts asked for, by default all."""
    limits = Limits(concurrency=CONCURRENCY, timeout_s=60)
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/bench.db") as store:
        for part in (peak, memory, speed):
            if not words or part.__name__ in words:
                part(Gateway(keys=Keys({}), limits=limits, prices={}, key_names={}), store)


if __name__ == "__main__":
    main(sys.argv[1:])
