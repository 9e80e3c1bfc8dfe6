"""HTTP to addresses that people enter: nothing inside this network can be reached by it (SSRF).

A name is resolved once, every address it has must be public, and the connection goes to the address that was looked
at: a name that resolves to something else a moment later changes nothing. Redirects are not followed.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx
from django.conf import settings

# RFC 6052: the last 32 bits are the IPv4 address that a gateway goes on to.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(httpx.TransportError):
    """The host has an address that is not public."""


def client(*, timeout: float | httpx.Timeout, inside: bool = False, connections: int = 20) -> httpx.Client:
    """A client that reaches public addresses.

    inside: any address, for what somebody who has this machine's shell has asked for there.
    """
    transport = httpx.HTTPTransport()
    # httpx has no public way to say how names are resolved; its transport is this pool and nothing else.
    transport._pool = httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(),
        network_backend=httpcore.SyncBackend() if inside else _PublicOnly(),
        max_connections=connections,
    )
    return httpx.Client(transport=transport, timeout=timeout, follow_redirects=False, trust_env=False)


def check_url(url: str) -> str:
    """The URL; raises `AddressRefused` for one that is none, has credentials, or leads where nothing may be sent."""
    try:
        parsed = httpx.URL(url)
        port = parsed.port or {"http": 80, "https": 443}[parsed.scheme]
    except (httpx.InvalidURL, KeyError):
        raise AddressRefused(f"expected an address that begins with https:// or http://; got {url!r}") from None
    if parsed.userinfo:
        raise AddressRefused("an address holds no user and password; nothing in it is secret")
    if not parsed.host:
        raise AddressRefused(f"{url!r} names no host")
    _public_address(parsed.host, port)
    return url


def _public_address(host: str, port: int) -> str:
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise AddressRefused(f"{host!r} has no address") from None
    inside = sorted(address for address in found if not _is_public(address))
    if inside and not settings.ALLOW_PRIVATE_ADDRESSES:
        raise AddressRefused(
            f"{host!r} leads to {inside[0]}, which is no public address; "
            "whoever runs this Podium may allow such ones with ALLOW_PRIVATE_ADDRESSES=1"
        )
    return sorted(found)[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        # An IPv4 address in the clothes of IPv6 is what it is underneath.
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if parsed in NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return parsed.is_global and not parsed.is_multicast


class _PublicOnly(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = _public_address(host, port)
        return super().connect_tcp(address, port, timeout, local_address, socket_options)
