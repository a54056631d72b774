"""Where a request comes from: its address behind believed proxies, and the network it stands for. Pure."""

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


def client_ip(meta: Mapping[str, Any], *, hops: int) -> str:
    """The address that a request with the CGI variables ``meta`` came from. ``hops`` proxies are believed."""
    direct = str(meta.get("REMOTE_ADDR", ""))
    if not hops:
        return direct
    forwarded = [part.strip() for part in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    return forwarded[-hops] if len(forwarded) >= hops and forwarded[-hops] else direct


# RFC 1918, RFC 4193, loopback and IPv6's link-local addresses. `ipaddress` calls others private too, such
# as those for documentation.
_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"),
    )
)


def is_private(address: str) -> bool:
    """Whether an IP address belongs to this machine or to a private network; False for what is none."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip in private for private in _PRIVATE)


@lru_cache(maxsize=4096)
def network(address: str) -> str:
    """The network that an IP address of an ordinary customer stands for: /24 of IPv4, /64 of IPv6."""
    return _network(address, 64)


@lru_cache(maxsize=4096)
def site(address: str) -> str:
    """The network that a whole site may own: /48 of IPv6 (RFC 6177), which is 65,536 of :func:`network`.

    Empty for IPv4, where nobody is given more than a few addresses.
    """
    return _network(address, 48) if ":" in address and "." not in address else ""


def _network(address: str, bits: int) -> str:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else bits}", strict=False))
