"""How a method is written once and serves two clients: one that returns when it is done, one that is awaited.

One rule: a method is a coroutine. A blocking client's transport never waits inside one (it blocks instead), so that
the coroutine runs to its end in a single step and needs no event loop.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

P = ParamSpec("P")
T = TypeVar("T")


class Blocking:
    """A client whose methods return when they are done."""


class Awaiting:
    """A client whose methods are awaited."""


class Operation(Generic[P, T]):
    """A method of both kinds of clients, made from its coroutine."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> None:
        self._steps = steps

    @overload
    def __get__(self, client: None, owner: type) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, client: Blocking, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        steps = self._steps.__get__(client, owner)
        return blocking(steps) if isinstance(client, Blocking) else steps


def blocking(steps: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """The coroutine function as a plain one."""

    @wraps(steps)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        return finished(steps(*args, **kwargs))

    return done


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise AssertionError("a blocking client must not wait for an event loop")
