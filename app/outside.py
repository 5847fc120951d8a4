"""Speaking to other systems: what is sent, where it may go, and how long it may take.

An address is looked up once, looked at, and spoken to as it was looked at, so that no name can
lead to the house's own network (unless PASSAGE_OUTBOUND_PRIVATE allows it); no redirect is
followed. Call from jobs, outside transactions.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import SplitResult, urlsplit

import urllib3
from flask_babel import gettext as _

from app import plugins

CONNECTING, ANSWERING = 10.0, 30.0
"""Seconds within which somebody must pick up, and say something."""

READ = 65_536
"""Bytes of an answer that are read."""

_NOBODY_THERE = (
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NewConnectionError,
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Unreachable(Exception):
    """Nobody answered; the message says why, in words for administrators and logs."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str


def fault(url: str) -> str | None:
    """What is wrong with an address that is to be spoken to, as a translated sentence."""
    try:
        told = urlsplit(url)
        host, _port = told.hostname, told.port
    except ValueError:
        return _("This is no address.")
    private = bool(plugins.setting("OUTBOUND_PRIVATE"))
    if told.scheme not in (("https", "http") if private else ("https",)) or not host:
        return _("Give an address that begins with https://")
    if told.username or told.password or told.query or told.fragment or not url.isprintable():
        return _("Give the address alone, without user, ? or #.")
    if not private and (host == "localhost" or _is_literally_inside(host)):
        return _("This address lies within the network of this house.")
    return None


def _is_literally_inside(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also where it wraps another one.
    Raises ValueError where it is none."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in _NAT64:
            found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        elif inner := found.ipv4_mapped or found.sixtofour:
            found = inner
        elif found.teredo:
            return False
    return found.is_global and not found.is_multicast


class Line:
    """A line to one address of another system, kept open for a few requests."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._to = urlsplit(url)
        self._headers = {"Host": self._to.netloc, **headers}
        self._pool: urllib3.HTTPConnectionPool | None = None

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.close()

    def post(self, body: bytes | Iterator[bytes], **more: str) -> Answer:
        """Send this and hear what is said; `more` are further headers (Content_Type="…"), and
        pieces need their Content_Length. Raises Unreachable."""
        headers = self._headers | {name.replace("_", "-"): said for name, said in more.items()}
        if self._pool is not None:
            return self._post(self._pool, body, headers)
        wrong: Exception = Unreachable("no address")
        for pool in _pools(self._to):
            try:
                answer = self._post(pool, body, headers)
            except Unreachable as failed:
                wrong = failed
                pool.close()
                if not isinstance(failed.__cause__, _NOBODY_THERE):
                    break
            else:
                self._pool = pool
                return answer
        raise wrong

    def _post(
        self,
        pool: urllib3.HTTPConnectionPool,
        body: bytes | Iterator[bytes],
        headers: Mapping[str, str],
    ) -> Answer:
        try:
            heard = pool.urlopen(
                "POST",
                self._to.path or "/",
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
            )
            return Answer(heard.status, _read(heard))
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as wrong:
            raise Unreachable(_in_short(wrong)) from wrong


def _read(heard: urllib3.BaseHTTPResponse) -> str:
    """The beginning of an answer, as far as it comes in time; the line is used again only where
    the answer came to its end."""
    read, until = b"", time.monotonic() + ANSWERING
    while len(read) < READ and time.monotonic() < until:
        piece = heard.read1(READ)
        if not piece:
            heard.release_conn()
            break
        read += piece
    else:
        heard.close()
    return read[:READ].decode(errors="replace").replace("\0", "\ufffd")


def _in_short(wrong: Exception) -> str:
    """What went wrong, without the library's own objects in it."""
    said = str(wrong).rpartition(": ")[2] or str(wrong)
    return f"{type(wrong).__name__}: {said}"[:300]


def _pools(to: SplitResult) -> Iterator[urllib3.HTTPConnectionPool]:
    """A line to each address of the host, tried in turn. Raises Unreachable."""
    port = to.port or (443 if to.scheme == "https" else 80)
    timeout = urllib3.Timeout(connect=CONNECTING, read=ANSWERING)
    for address in _addresses(str(to.hostname), port):
        where = f"[{address}]" if ":" in address else address
        if to.scheme == "https":
            named: dict[str, Any] = {
                "server_hostname": to.hostname,
                "assert_hostname": to.hostname,
                "cert_reqs": "CERT_REQUIRED",
            }
            yield urllib3.HTTPSConnectionPool(where, port, timeout=timeout, **named)
        else:
            yield urllib3.HTTPConnectionPool(where, port, timeout=timeout)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as wrong:
        raise Unreachable(f"{host} is not known: {wrong}") from wrong
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not plugins.setting("OUTBOUND_PRIVATE") and not all(map(is_public, addresses)):
        raise Unreachable(f"{host} lies within the network of this house")
    return addresses
