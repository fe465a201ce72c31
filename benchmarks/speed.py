"""How long ranking takes, and what it needs: measured in one run, targets beside.

    python benchmarks/speed.py [--agents N] [--tasks N] [--words N]

    1. `elicit --help`, the median of five.
    2. `elicit rank` of ../shared/data/alpaca_eval (or the bundled demo): process start to stored run.
    3. The same job on synthetic answers, by default 200 agents x 800 tasks x 250 words, with the time split by stage;
       and on a quarter and a half of the tasks: does time per task stay the same?
    4. The kernel of the lexical scorer against the bare matrix products it consists of.

Seconds depend on the machine; the exit code is 1 only where a ratio misses its target.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from common import default_input

from elicit import local
from elicit.io import read
from elicit.scorers import lexical
from elicit.scorers.lexical import WordCounts
from elicit.services.scoring import Options
from elicit.store import Store
from elicit.types import Task

ELICIT = Path(sys.executable).with_name("elicit")
KIB = 1024 if sys.platform != "darwin" else 1  # ru_maxrss counts kibibytes on Linux, bytes on macOS
GIB = 2**30

KERNEL_SHARE = 0.5  # of the speed of the bare matrix products, at least
GROWTH = 1.5  # time per task at all tasks over that at a quarter of them, at most: quadratic growth would show 4
KERNEL_TASKS = 50  # enough to time it

STAGES = {
    "read": "reading",
    "words": "tokenising (words)",
    "pairs": "kernel (pairs)",
    "rest": "rest: clones, nulls, ties",
}


@dataclass(frozen=True)
class Size:
    """How many synthetic answers, and how long."""

    agents: int
    tasks: int
    words: int


@dataclass(frozen=True)
class Ratio:
    """A measured ratio, and whether it meets its target."""

    what: str
    value: float
    target: str
    met: bool


# Commands, measured from outside


def run(*arguments: str, database: Path) -> tuple[float, float]:
    """Run `elicit` in a process of its own: (seconds, peak bytes)."""
    environment = os.environ | {"ELICIT_DATABASE_URL": f"sqlite:///{database}"}
    command, start = [ELICIT, *arguments], time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as process:
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"elicit {' '.join(arguments)} must end with 0, got {process.returncode}: {said.decode()}")
    return time.perf_counter() - start, usage.ru_maxrss * KIB


def help_line(folder: Path) -> str:
    """How quickly the command line answers."""
    seconds = median(run("--help", database=folder / "help.db")[0] for _ in range(5))
    return f"elicit --help: {seconds:.2f} s, median of 5 (target 0.5 s)"


def file_line(folder: Path, file: Path) -> str:
    """The whole command on a real file."""
    seconds, peak = run("rank", str(file), database=folder / "file.db")
    return f"elicit rank {file.parent.name}/{file.name}, process start to stored run: {cost(seconds, peak, 12, 1)}"


def cost(seconds: float, peak: float, most_seconds: float, most_gib: float) -> str:
    """Time and memory with their targets."""
    return f"{seconds:.1f} s (target {most_seconds:g} s), peak {peak / GIB:.2f} GiB (target {most_gib:g} GiB)"


# The same job on synthetic answers, measured from inside


def answers(size: Size) -> Iterator[list[str]]:
    """Task by task, what every agent answers: common words, and words of the task, more of them from later agents."""
    rng = np.random.default_rng(0)
    vocabulary = np.array([f"w{number}" for number in range(30_000)])
    frequency = 1 / np.arange(1, vocabulary.size + 1) ** 1.05
    frequency /= frequency.sum()
    informed = np.linspace(0.05, 0.3, size.agents)[:, None]
    for _ in range(size.tasks):
        topic = rng.integers(200, vocabulary.size, 80)
        word = rng.choice(vocabulary.size, size=(size.agents, size.words), p=frequency)
        on_topic = rng.random(word.shape) < informed
        word[on_topic] = rng.choice(topic, int(on_topic.sum()))
        yield [" ".join(row) for row in vocabulary[word]]


def write_answers(path: Path, size: Size) -> None:
    """The synthetic answers as a file that `elicit rank` reads."""
    with path.open("w", encoding="utf-8") as file:
        for task, texts in enumerate(answers(size)):
            for agent, text in enumerate(texts):
                file.write(f'{{"task_id": "t{task}", "agent": "a{agent}", "response": "{text}"}}\n')


@dataclass
class Stopwatch:
    """Progress that notes how long each stage took, from its opening to its last report."""

    opened: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self.opened.setdefault(stage, now)


@dataclass(frozen=True)
class Job:
    """What one ranking took: seconds in all and by stage, and peak bytes."""

    seconds: float
    stages: dict[str, float]
    peak: float


def rank_and_store(path: Path, database: Path) -> Job:
    """What `elicit rank` does, its stages timed. Its peak memory is its process's: give it a process of its own."""
    stopwatch = Stopwatch()
    start = time.perf_counter()
    stopwatch("read", 0, 1)
    evaluation = read([path])
    stopwatch("read", 1, 1)
    with Store.open(f"sqlite:///{database}") as store:
        local.rank(evaluation, Options(), store, stopwatch)
    seconds = time.perf_counter() - start
    return Job(seconds, stopwatch.seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB)


def apart(folder: Path, path: Path) -> Job:
    """`rank_and_store` in a fresh process."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(rank_and_store, (path, folder / f"{path.stem}.db"))


def jobs_of(folder: Path, size: Size) -> dict[int, Job]:
    """The synthetic job on a quarter, a half and all of the tasks, by number of tasks."""
    jobs = {}
    for tasks in (size.tasks // 4, size.tasks // 2, size.tasks):
        path = folder / f"answers_{tasks}.jsonl"
        write_answers(path, replace(size, tasks=tasks))
        jobs[tasks] = apart(folder, path)
        path.unlink()
    return jobs


def stage_lines(job: Job) -> Iterator[str]:
    """Where the time of a job went."""
    rest = job.seconds - sum(job.stages.values())
    for name, seconds in [*job.stages.items(), ("rest", rest)]:
        yield f"    {STAGES.get(name, name):<34}{seconds:>7.2f} s{seconds / job.seconds:>7.0%}"


def growth(jobs: Mapping[int, Job]) -> Ratio:
    """Time per task at all tasks, over the same at a quarter of them."""
    per_task = {tasks: job.seconds / tasks for tasks, job in jobs.items()}
    first, *_, last = per_task.values()
    shown = ", ".join(f"{tasks} tasks {1000 * seconds:.1f} ms" for tasks, seconds in per_task.items())
    return Ratio(f"time per task: {shown}; last over first", last / first, f"at most {GROWTH}", last / first <= GROWTH)


# The kernel


def kernel_share(size: Size) -> Ratio:
    """Speed of the lexical kernel, as a share of that of the matrix products inside it."""
    vocabulary = lexical.Vocabulary()
    tasks = [Task(str(number)) for number in range(size.tasks)]
    counts = list(lexical.count_words(tasks, answers(size), vocabulary))
    pool = lexical.pool_shares(counts, len(vocabulary), np.ones(size.agents))
    order = lexical.contrast_order(size.tasks, np.random.default_rng(0))
    pairs = [(seconds_of(lambda: lexical.lexical_gains(counts, pool, order)), bare(counts)) for _ in range(3)]
    kernel, products = (min(seconds) for seconds in zip(*pairs, strict=True))
    share = products / kernel
    what = (
        f"kernel {kernel:.2f} s, its bare matrix products {products:.2f} s on {size.tasks} tasks; share of their speed"
    )
    return Ratio(what, share, f"at least {KERNEL_SHARE}", share >= KERNEL_SHARE)


def bare(counts: Sequence[WordCounts]) -> float:
    """Seconds for the matrix products alone: two a task, joint and contrast, (n, V) by (V, n) in single precision."""
    n = len(counts[0].answered)
    sizes = [np.unique(task.word).size for task in counts]
    told, said = (np.ones(n * max(sizes), np.float32) for _ in range(2))

    def products() -> None:
        for size in sizes:
            for _ in ("joint", "contrast"):
                told[: n * size].reshape(n, size) @ said[: n * size].reshape(n, size).T

    return seconds_of(products)


def seconds_of(work: Callable[[], object]) -> float:
    """How long some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where a ratio misses its target."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=800)
    parser.add_argument("--words", type=int, default=250, help="length of a synthetic answer")
    asked = parser.parse_args(arguments)
    size = Size(asked.agents, asked.tasks, asked.words)
    with TemporaryDirectory() as place:
        folder = Path(place)
        # Other processes first, while this one is small: on Linux a child's peak memory starts at its parent's.
        print(help_line(folder), file_line(folder, default_input()), sep="\n", flush=True)
        jobs = jobs_of(folder, size)
    whole = jobs[size.tasks]
    print(f"{size.agents} agents x {size.tasks} tasks x {size.words} words: {cost(whole.seconds, whole.peak, 120, 4)}")
    print(*stage_lines(whole), sep="\n")
    ratios = [growth(jobs), kernel_share(replace(size, tasks=min(size.tasks, KERNEL_TASKS)))]
    for ratio in ratios:
        print(f"{ratio.what}: {ratio.value:.2f} ({ratio.target}{'' if ratio.met else ': MISSED'})")
    return int(not all(ratio.met for ratio in ratios))


if __name__ == "__main__":
    raise SystemExit(main())
