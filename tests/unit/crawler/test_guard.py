"""Which addresses may be dialled."""

from __future__ import annotations

import ipaddress

import pytest

from crawler.guard import Guard, Refused, check_url

PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.3", "169.254.169.254",
    "172.16.0.1", "172.31.9.9", "192.0.0.1", "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1",
    "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.216.34", "192.0.1.1", "2a00:1450:4001::1", "2606:4700::6810:1", "::ffff:93.184.216.34",
          "64:ff9b::5db8:d822"]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_the_public_internet_is_not_dialled(address: str) -> None:
    with pytest.raises(Refused) as refused:
        Guard.of().check_dial(address, 80)
    assert refused.value.address == address


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is(address: str) -> None:
    Guard.of().check_dial(address, 443)


def test_the_rest_of_the_private_nets_agrees_with_the_standard_library() -> None:
    guard = Guard.of()
    for number in range(0, 2**32, 7_654_321):
        address = ipaddress.IPv4Address(number)
        if not address.is_global or address.is_multicast:
            assert not guard.allows(address), address


@pytest.mark.parametrize("name", ["localhost", "127.1", "0177.0.0.1", "2130706433", "0x7f.1", "example.org", ""])
def test_nothing_is_dialled_by_name_or_by_an_odd_spelling(name: str) -> None:
    with pytest.raises(Refused, match="not an IP address"):
        Guard.of(allow_private=["0.0.0.0/0"]).check_dial(name, 80)


def test_only_the_ports_of_the_web_and_of_the_site_are_dialled() -> None:
    guard = Guard.of(ports=[8080])
    for port in (80, 443, 8080):
        guard.check_dial("93.184.216.34", port)
    for port in (22, 25, 6379, 8081):
        with pytest.raises(Refused, match="port"):
            guard.check_dial("93.184.216.34", port)


def test_a_private_address_can_be_let_through_by_name() -> None:
    guard = Guard.of(allow_private=["127.0.0.1", "10.1.0.0/16", "fd00::/8"], ports=[8000])
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "fd00::7"):
        guard.check_dial(address, 8000)
    for address in ("127.0.0.2", "10.2.0.1", "::1"):
        with pytest.raises(Refused):
            guard.check_dial(address, 8000)


def test_what_is_neither_an_address_nor_a_network_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="localhost"):
        Guard.of(allow_private=["localhost"])


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "file:/etc/passwd", "file:x", "FILE:///x", "ftp://example.org/", "data:text/html,x",
        "javascript:alert(1)", "gopher://example.org/", "view-source:http://example.org/", "jar:http://example.org/!x",
        "//example.org/", "http:/x", "http://", "http://user@example.org/", "http://a:b@example.org/",
        r"http://example.org\@127.0.0.1/", "http://[::1/", "http://example.org:99999/",
    ],
)  # fmt: skip
def test_only_plain_addresses_of_the_web_are_asked(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


@pytest.mark.parametrize("url", ["http://example.org", "https://example.org:8443/a?b=@c", "http://[2606:4700::1]/"])
def test_plain_addresses_are(url: str) -> None:
    check_url(url)
