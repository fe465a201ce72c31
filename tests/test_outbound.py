"""Which addresses of users the server calls, and that it calls the very address it has checked."""

import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from socket import create_server

import pytest
from hooks import hook

from elicit.errors import ForbiddenAddress, InvalidInput, Unreachable
from elicit.outbound import Outbound, check_plan, resolved
from elicit.services.plan import AgentSpec, Plan, ScorerSpec
from elicit.types import Task

PEM = Path(__file__).parent / "hook.test.pem"  # a key and a certificate for hook.test that protect nothing


def names(**addresses):
    """A resolver that knows these hosts ("_" stands for a dot) and counts who was asked for."""
    table = {name.replace("_", "."): known for name, known in addresses.items()}
    asked = []

    def resolve(host, port):
        asked.append(host)
        if host not in table:
            raise OSError("unknown")
        return table[host]

    resolve.asked = asked
    return resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",  # metadata of most clouds
        "100.100.100.200",  # metadata of Alibaba
        "168.63.129.16",  # the agent of Azure
        "192.0.0.192",  # metadata of Oracle
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",  # metadata of AWS
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_a_name_that_leads_inside_is_refused_also_beside_a_public_address(address):
    for addresses in ([address], ["93.184.216.34", address]):
        outbound = Outbound(resolve=names(hook_test=addresses))
        with pytest.raises(ForbiddenAddress, match=r"must be public, hook\.test is not$"):
            outbound.target("https://hook.test/")


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_a_name_that_leads_to_a_public_address_may_be_called(address):
    target = Outbound(resolve=names(hook_test=[address])).target("https://hook.test:8443/a?b=c")
    assert (target.host, target.port, target.path, target.addresses) == ("hook.test", 8443, "/a?b=c", (address,))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.0.1.",
        "0",
        "0x",
        "1.2.3.4.5",
        "999.1.1.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fe80::1%25eth0]",
        "[0:0:0:0:0:0:0:1]",
        "[::1",
        "hook.invalid",
        "x" * 64 + ".example",
        "",
        "user@hook.example",
        "hook.example:99999",
        "hook.example:-1",
        "hook.example\\@127.0.0.1",
        "hook.example#@127.0.0.1",
        "hook example",
        "hook.example\r\nX: y",
        "ⓛocalhost",
        "①②⑦.⓪.⓪.①",
    ],
)
def test_a_host_that_is_none_or_leads_inside_however_it_is_written_is_refused(host):
    def system(name, port):
        return ["93.184.216.34"] if name == "hook.example" else resolved(name, port)

    with pytest.raises(ForbiddenAddress):
        Outbound(resolve=system).target(f"https://{host}/")


@pytest.mark.parametrize(
    "url", ["http://hook.test/", "ftp://hook.test/", "file:///etc/passwd", "hook.test", "//hook.test/", ""]
)
def test_only_https_is_called_unless_the_operator_allows_private_addresses(url):
    outbound = Outbound(resolve=names(hook_test=["93.184.216.34"]))
    with pytest.raises(ForbiddenAddress, match="must begin with https://"):
        outbound.target(url)


def test_private_addresses_are_called_where_the_operator_allows_them():
    outbound = Outbound(allow_private=True, resolve=names(hook_test=["10.0.0.1"]))
    assert outbound.target("http://hook.test/").port == 80
    with pytest.raises(ForbiddenAddress, match="must begin with https or http"):
        outbound.target("ftp://hook.test/")


# Calls to real servers


def private(resolve, **more):
    return Outbound(allow_private=True, resolve=resolve, **more)


def post(outbound, url, timeout_s=10):
    return outbound.post(url, b'{"a": 1}', {"X-Sign": "v"}, timeout_s=timeout_s)


def test_a_post_goes_to_the_address_that_was_checked_with_the_name_as_host():
    resolve = names(hook_test=["127.0.0.1"])
    with hook() as server:
        port = server.port
        assert post(private(resolve), f"http://hook.test:{port}/x?y=1") == 204
    (posted,) = server.posted
    assert (posted.path, posted.headers["Host"], posted.headers["X-Sign"]) == ("/x?y=1", f"hook.test:{port}", "v")
    assert posted.body == b'{"a": 1}'
    assert resolve.asked == ["hook.test"]  # once: what was checked is what was called


def test_a_name_that_leads_inside_by_the_time_of_the_call_is_not_called():
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    with hook() as server:
        outbound = Outbound(resolve=lambda host, port: next(answers))
        url = f"https://hook.test:{server.port}/"
        outbound.target(url)
        with pytest.raises(ForbiddenAddress):
            post(outbound, url)
    assert server.posted == []


def test_a_redirect_is_not_followed():
    with hook(status=307) as server:
        url = f"http://hook.test:{server.port}/moved"
        assert post(private(names(hook_test=["127.0.0.1"])), url) == 307
    assert [posted.path for posted in server.posted] == ["/moved"]


def test_the_next_address_of_a_name_is_tried_where_one_takes_no_connection():
    with hook() as server:
        outbound = private(names(hook_test=["127.0.0.254", "127.0.0.1"]))
        assert post(outbound, f"http://hook.test:{server.port}/") == 204


@pytest.fixture
def certified():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(PEM)
    with hook(tls=tls) as server:
        yield server


def test_a_server_must_prove_the_name_it_was_called_by(certified):
    trusting = ssl.create_default_context(cafile=PEM)
    outbound = private(names(hook_test=["127.0.0.1"], other_test=["127.0.0.1"]), tls=trusting)
    port = certified.port
    assert post(outbound, f"https://hook.test:{port}/") == 204
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        post(outbound, f"https://other.test:{port}/")
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        post(private(names(hook_test=["127.0.0.1"])), f"https://hook.test:{port}/")


def test_a_server_that_does_not_listen_or_does_not_speak_http_is_an_error_without_its_words():
    with create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match=r"^hook\.test did not answer: ConnectionRefusedError$"):
        post(private(names(hook_test=["127.0.0.1"])), f"http://hook.test:{port}/")
    with talker(b"SSH-2.0-secret\r\n") as port, pytest.raises(Unreachable, match=r"BadStatusLine$"):
        post(private(names(hook_test=["127.0.0.1"])), f"http://hook.test:{port}/")


@contextmanager
def talker(*parts):
    """A server that says these bytes, then again and again the last of them, until it is hung up on."""
    listening = create_server(("127.0.0.1", 0))
    over = threading.Event()

    def talk():
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"".join(parts))
            while not over.wait(0.02):
                try:
                    connection.sendall(parts[-1])
                except OSError:
                    return

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listening.close()


def test_a_server_that_answers_a_byte_at_a_time_is_cut_off():
    with talker(b"HTTP/1.1 200 OK\r\n", b"X") as port, pytest.raises(Unreachable):
        post(private(names(hook_test=["127.0.0.1"])), f"http://hook.test:{port}/", timeout_s=0.3)


# What an evaluation may make the server call

PLAN = Plan("p", (Task("t", "Why?"),), (AgentSpec("a", model="m"),), ScorerSpec(model="m"))
PUBLIC = Outbound(resolve=names(llm_example=["93.184.216.34"], inside_example=["10.0.0.1"]))
OPERATORS = {"http://inside.example:8000/v1"}


def asking(**fields):
    return replace(PLAN, agents=(AgentSpec("a", model="m", **fields),))


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        asking(api_base="https://llm.example/v1"),
        asking(api_base="http://inside.example:8000/v1"),
        asking(params=(("max_tokens", 5), ("temperature", 0))),
        replace(
            PLAN, images={"t": ("https://llm.example/a.png", "https://llm.example/b.png", "data:image/png;base64,")}
        ),
    ],
)
def test_a_plan_may_call_what_is_public_and_what_the_operator_has_named(plan):
    check_plan(plan, OPERATORS, PUBLIC)


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        (asking(api_base="https://inside.example/v1"), "must be public"),
        (asking(api_base="http://inside.example:8000/v1/.."), "must begin with https"),
        (asking(api_base="http://llm.example/v1"), "must begin with https"),
        (replace(PLAN, scorer=ScorerSpec(model="m", api_base="https://inside.example")), "must be public"),
        (asking(params=(("aws_bedrock_runtime_endpoint", "https://inside.example"),)), "params may be"),
        (asking(params=(("extra_headers", {"x": "y"}),)), "params may be"),
        (replace(PLAN, images={"t": ("https://llm.example/a.png", "https://inside.example/b.png")}), "must be public"),
        (replace(PLAN, images={"t": ("https://llm.example/a.png", "http://llm.example/a.png")}), "begin with https"),
    ],
)
def test_a_plan_that_would_call_anything_else_is_refused(plan, rule):
    with pytest.raises(InvalidInput, match=rule):
        check_plan(plan, OPERATORS, PUBLIC)
