"""Addresses at the desk: in full only for those who may see them."""

from django.http import HttpRequest


def masked(address: str) -> str:
    """``r…@example.org``: enough to recognise, too little to write to."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def shown(address: str, request: HttpRequest) -> str:
    """``address`` as the user of ``request`` may see it."""
    return address if request.user.has_perm("subscriptions.see_addresses") else masked(address)
