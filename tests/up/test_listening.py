"""Sockets that servers listen on."""

import asyncio
import socket

import pytest

from elicit.errors import InvalidInput
from elicit.up.listening import address, listening


def test_answers_leave_at_once_and_do_not_wait_for_each_other():
    """With Nagle's algorithm at work each small answer takes 40 ms longer."""

    async def at_once(door):
        seen = asyncio.get_running_loop().create_future()
        async with await asyncio.start_server(lambda _, writer: seen.set_result(writer), sock=door):
            _, writer = await asyncio.open_connection(*door.getsockname())
            accepted = (await seen).get_extra_info("socket")
            flag = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            for side in (writer, await seen):
                side.close()
            return flag

    assert asyncio.run(at_once(listening("127.0.0.1", 0))) == 1


def test_connections_are_taken_from_the_moment_the_address_is_known():
    with listening("127.0.0.1", 0) as door, socket.create_connection(door.getsockname(), timeout=5):
        assert address(door) == f"http://127.0.0.1:{door.getsockname()[1]}"


def test_an_address_that_is_not_this_machine_s_is_refused():
    with pytest.raises(InvalidInput, match=r"cannot listen on 192.0.2.1:0: .*; choose another with --port"):
        listening("192.0.2.1", 0)
