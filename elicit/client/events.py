"""Server-sent events, as far as they are needed: the data of each event, and nothing else.

One rule: a stream that ends early is no error here; whoever reads it asks again.
"""

from collections.abc import AsyncGenerator, AsyncIterator


async def data_of_events(lines: AsyncIterator[str]) -> AsyncGenerator[str | None, None]:
    """The data of each event in a stream of lines; `None` for a comment, which is but a sign of life."""
    data: list[str] = []
    async for line in lines:
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        elif line.startswith(":"):
            yield None
        elif not line and data:
            yield "\n".join(data)
            data = []
