"""Answers that a client keeps: which, how many, and that many threads may."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from elicit.client.remembered import Remembered
from elicit.client.transport import Call


def answer(content=b"{}", etag='"a"', **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, content=content, headers=named | ({"ETag": etag} if etag else {}))


def call(path="/runs/r/pairs", **params):
    return Call("GET", path, params)


def test_an_answer_is_found_by_its_address_and_parameters():
    remembered = Remembered()
    remembered.keep(call(cursor="1", limit="2"), answer(b"[1]"))
    assert remembered.find(call(limit="2", cursor="1")).content == b"[1]"
    assert remembered.find(call(limit="2")) is None
    remembered.keep(call(cursor="1", limit="2"), answer(b"[2]", '"b"'))
    assert remembered.find(call(cursor="1", limit="2")).etag == '"b"'


@pytest.mark.parametrize("other", [answer(etag=None), answer(Cache_Control="private, no-store")])
def test_what_is_not_marked_to_be_kept_is_not(other):
    remembered = Remembered()
    remembered.keep(call(), other)
    assert remembered.find(call()) is None


def test_the_answer_that_was_not_asked_for_the_longest_goes_first():
    remembered = Remembered(most_answers=2)
    for path in ("/a", "/b"):
        remembered.keep(call(path), answer())
    remembered.find(call("/a"))
    remembered.keep(call("/c"), answer())
    assert [remembered.find(call(path)) is None for path in ("/a", "/b", "/c")] == [False, True, False]


def test_no_more_bytes_are_kept_than_were_said():
    remembered = Remembered(most_bytes=10)
    for path in ("/a", "/b", "/c"):
        remembered.keep(call(path), answer(b"12345"))
    remembered.keep(call("/large"), answer(b"12345678901"))
    assert [remembered.find(call(path)) is None for path in ("/a", "/b", "/c", "/large")] == [True, False, False, True]


def test_an_answer_is_not_in_a_repr():
    remembered = Remembered()
    remembered.keep(call(), answer(b"told in confidence"))
    assert "confidence" not in repr(remembered.find(call()))


def test_threads_share_it():
    remembered = Remembered(most_answers=5, most_bytes=1000)

    def use(number):
        for step in range(200):
            path = f"/{(number + step) % 9}"
            remembered.keep(call(path), answer(path.encode() * 20))
            kept = remembered.find(call(path))
            assert kept is None or kept.content == path.encode() * 20

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(use, range(8)))
    kept = [found for number in range(9) if (found := remembered.find(call(f"/{number}")))]
    assert 1 <= len(kept) <= 5
