"""How long work says how far it is: a stage's name, how much is done, and of how much."""

from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Progress(Protocol):
    """Told `done` of `total` steps of a stage; the first call of a stage has `done` 0."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def advance(progress: Progress, stage: str, total: int) -> Callable[[int], None]:
    """Open a stage and return the function that reports how much of it is done."""
    progress(stage, 0, total)
    return lambda done: progress(stage, done, total)


class SizedIterable(Sized, Iterable[T_co], Protocol[T_co]):
    """Something with a length that can be walked through."""


def tracked(items: SizedIterable[T], progress: Progress, stage: str) -> Iterator[T]:
    """The items, reporting each one as done when the next is asked for."""
    report = advance(progress, stage, len(items))
    for done, item in enumerate(items, start=1):
        yield item
        report(done)
