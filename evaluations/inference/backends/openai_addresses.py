"""Which addresses an endpoint may be reached at, decided for the very address that is called.

A name may point anywhere, and elsewhere a moment later. So it is looked up here, each address is
checked, and the connection goes to one that was checked, while TLS goes on naming the host.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """The endpoint may not be called at its address; the message says why, for a reader."""


def _meant(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address that is reached: an IPv4 address also where IPv6 wraps it."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in _TRANSLATED:
            return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        return found.ipv4_mapped or found.sixtofour or found
    return found


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether an IP address may be called; with `private` also those of one's own network.

    Addresses of the link alone, where clouds keep their secrets, are never called.
    """
    meant = _meant(address)
    if meant.is_multicast or meant.is_link_local or meant.is_unspecified:
        return False
    return private or meant.is_global


async def checked_addresses(host: str, port: int, *, private: bool) -> list[str]:
    """The addresses of a host that may be called, in the order of the resolver.

    Raises OSError where the name is not known, and AddressRefused where all are refused.
    """
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    addresses = list(dict.fromkeys(str(place[4][0]) for place in found))
    allowed = [one for one in addresses if may_be_called(one, private=private)]
    if not allowed:
        raise AddressRefused(
            "The endpoint's address is within a private network, which this site does not call "
            "unless its operator sets INFERENCE_PRIVATE_ENDPOINTS=1."
            if not private
            else "The endpoint's address is one that no site calls."
        )
    return allowed
