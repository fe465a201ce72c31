"""Server-sent events, as far as they are needed: the data of each event, and nothing else.

One rule: a stream that ends early is no error here; whoever reads it asks again.
"""

from collections.abc import AsyncGenerator, AsyncIterator


async def data_of_events(lines: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """The data of each event in a stream of lines; comments, which keep a connection alive, are passed over."""
    data: list[str] = []
    async for line in lines:
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
