"""Addresses that users give the server to call: which of them it may call, and how it does.

One rule: every address that a name resolves to is checked, and the connection goes to an address that was checked. So a
name that answers differently the second time gains nothing, and neither does a redirect, since none is followed.
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from elicit.errors import ForbiddenAddress, InvalidInput, UnknownHost, Unreachable
from elicit.services.plan import AgentSpec, Plan, ScorerSpec

Address: TypeAlias = IPv4Address | IPv6Address
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]

# Reached from inside a cloud only, though they look public: metadata of Oracle, the virtual machine's agent of Azure.
INSIDE_ONLY = (IPv4Network("192.0.0.0/24"), IPv4Network("168.63.129.16/32"))
CARRIES_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))  # in its last 32 bits
UNICAST = IPv6Network("2000::/3")
TUNNELS = IPv6Network("2002::/16")  # 6to4: what is at the other end depends on who carries it
PORTS = {"https": 443, "http": 80}
TRIED = 3  # addresses of a name, until one takes the connection
# What a user may hand on to a model's client: settings of the model, and nothing that says whom to call.
SAFE_PARAMS = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "min_p",
        "presence_penalty",
        "reasoning_effort",
        "repetition_penalty",
        "response_format",
        "seed",
        "stop",
        "temperature",
        "thinking",
        "top_k",
        "top_logprobs",
        "top_p",
        "verbosity",
    }
)


@dataclass(frozen=True)
class Target:
    """An address that may be called: where to connect to, and what to ask for there."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system knows them; raises `OSError` or `UnicodeError` where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True)
class Outbound:
    """How the server calls addresses of users: https to public addresses only, unless `allow_private`."""

    allow_private: bool = False
    resolve: Resolver = resolved
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def target(self, url: str) -> Target:
        """The address, checked; raises `ForbiddenAddress` where it must not be called, and `UnknownHost` where its
        name leads nowhere.

        >>> Outbound(resolve=lambda host, port: ["10.0.0.7"]).target("https://intranet.example/hook")
        Traceback (most recent call last):
        elicit.errors.ForbiddenAddress: an address must be public, intranet.example is not
        """
        parts, port = self._split(url)
        host = host_of(parts)
        addresses = self._addresses(host, port)
        if not self.allow_private and not all(is_public(ip_address(address)) for address in addresses):
            raise ForbiddenAddress(f"an address must be public, {host} is not")
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        return Target(parts.scheme, host, port, path, addresses)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> int:
        """The status that a POST is answered with; the answer's body is not read, and a redirect is an answer.

        Raises `ForbiddenAddress` where it must not be called, `Unreachable` where it is not answered in time.
        """
        connection = PinnedConnection(self.target(url), self.tls, timeout_s)
        # Each wait for the network is bounded by itself; a server that sends a byte at a time is cut off here.
        cut_off = threading.Timer(timeout_s, connection.cut_off)
        cut_off.daemon = True
        cut_off.start()
        try:
            with closing(connection):
                connection.request("POST", connection.target.path, body, dict(headers))
                with connection.getresponse() as answer:
                    connection.check_time()  # the parser takes an answer that was cut off for one without headers
                    return answer.status
        except (OSError, HTTPException) as error:
            raise Unreachable(f"{connection.target.host} did not answer: {type(error).__name__}") from error
        finally:
            cut_off.cancel()

    def _split(self, url: str) -> tuple[SplitResult, int]:
        if re.search(r"[^!-~]|\\", url):
            raise ForbiddenAddress("an address must be printable ASCII without spaces; encode other letters")
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise ForbiddenAddress(f"an address must be a URL: {error}") from None
        schemes = ("https", "http") if self.allow_private else ("https",)
        if parts.scheme not in schemes:
            raise ForbiddenAddress(f"an address must begin with {' or '.join(schemes)}://, got {parts.scheme[:20]!r}")
        if "@" in parts.netloc or parts.fragment:
            raise ForbiddenAddress("an address must have no user name, password or fragment")
        return parts, port

    def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        try:
            addresses = tuple(dict.fromkeys(self.resolve(host, port)))
        except (OSError, UnicodeError):
            addresses = ()
        if not addresses:
            raise UnknownHost(f"the host of an address must be known, {host[:100]} is not")
        return addresses


def host_of(parts: SplitResult) -> str:
    """The host of an address, a name or an IP address written in the usual way.

    Raises `ForbiddenAddress` for numbers that some programs read as one (127.1, 0x7f.1, 017700000001).
    """
    host = (parts.hostname or "").rstrip(".")
    if not host or "%" in host:
        raise ForbiddenAddress("an address must have a host, without a network interface")
    if ":" in host or re.fullmatch(r"0x[0-9a-f]*|[0-9]+", host.rpartition(".")[2]):
        try:
            return str(ip_address(host))
        except ValueError:
            raise ForbiddenAddress(f"an IP address must be written like 192.0.2.7, got {host[:50]}") from None
    return host


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could reach this address.

    >>> [is_public(ip_address(text)) for text in ("1.1.1.1", "169.254.169.254", "::ffff:10.0.0.1")]
    [True, False, False]
    """
    if isinstance(address, IPv4Address):
        inside = address.is_multicast or address.is_reserved or any(address in network for network in INSIDE_ONLY)
        return address.is_global and not inside
    if any(address in network for network in CARRIES_IPV4):
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and address in UNICAST and address not in TUNNELS


class PinnedConnection(HTTPConnection):
    """A connection to a checked address, whatever its name resolves to by now; TLS asks for the name."""

    def __init__(self, target: Target, tls: ssl.SSLContext, timeout_s: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self.target = target
        self.default_port = PORTS[target.scheme]
        self._tls = tls
        self._timeout_s = timeout_s
        self._over = False

    def connect(self) -> None:
        """Connect to the first address that takes the connection."""
        *others, last = self.target.addresses[:TRIED]
        for address in others:
            with suppress(OSError):
                return self._connect_to(address)
        return self._connect_to(last)

    def _connect_to(self, address: str) -> None:
        self.sock = socket.create_connection((address, self.target.port), self._timeout_s)
        if self.target.scheme == "https":
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.target.host)
        self.check_time()  # there may have been nothing yet that could be cut off

    def check_time(self) -> None:
        """Raise `TimeoutError` where the connection was cut off."""
        if self._over:
            raise TimeoutError

    def cut_off(self) -> None:
        """End what is going on, from another thread."""
        self._over = True
        with suppress(OSError, AttributeError):  # there may be no socket yet, or none any more
            self.sock.shutdown(socket.SHUT_RDWR)


# What an evaluation may make the server call


def check_plan(plan: Plan, endpoints: Iterable[str], outbound: Outbound) -> None:
    """Raise `InvalidInput` where a plan of a user would make the server call what it must not.

    `endpoints` are addresses of model servers that the operator has named. Any other must be one that `outbound` may
    call, and so must those of pictures, which some providers' clients fetch here. To be called when a plan is handed
    in, and again before it is worked on: a name may point elsewhere by then.
    """
    known = set(endpoints)
    parts: list[AgentSpec | ScorerSpec] = [*plan.agents, plan.scorer]
    for part in parts:
        if unsafe := sorted({name for name, _ in part.params} - SAFE_PARAMS):
            raise InvalidInput(f"params may be {', '.join(sorted(SAFE_PARAMS))} on this server, got {unsafe[0][:50]!r}")
    bases = {part.api_base for part in parts if part.api_base is not None} - known
    pictures = {image for images in plan.images.values() for image in images if not image.startswith("data:")}
    by_host = {tuple(url.split("/", 3)[:3]): url for url in pictures}  # a set may have thousands
    for url in sorted(bases | set(by_host.values())):
        outbound.target(url)
