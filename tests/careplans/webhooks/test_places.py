"""No webhook leads inside, whatever its address looks like."""

import socket

import pytest

from careplans.webhooks.places import Forbidden, Unreachable, addresses_of, is_open, read_place


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001:0:7f00:1::", "::7f00:1", "2001:db8::1", "fec0::1", "192.88.99.1", "", "x",
    ],
)  # fmt: skip
def test_what_is_inside_is_not_open(address):
    assert not is_open(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"]
)
def test_the_open_internet_is(address):
    assert is_open(address)


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "http://93.184.215.14/", "ftp://93.184.215.14/", "file:///etc/passwd", "https://", "https:///x", "//x.example/",
        "https://user:password@x.example/", "https://x.example/#part", "https://x.example:99999/", "https://x.example:x/",
        "https://x .example/", "https://x.example/\r\nX: y", "https://x.example\\@inside/", "javascript:alert(1)",
        "https://x.example/\x00", "https://[::1", "https://é.example/", "https://x.example/" + "a" * 500, "https://x%2fy/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_webhook_is_refused(url):
    with pytest.raises(Forbidden):
        read_place(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://2130706433/", "https://0x7f000001/", "https://127.1/",
        "https://0177.0.0.1/", "https://[::ffff:169.254.169.254]/latest/",
    ],
)  # fmt: skip
def test_it_leads_to_nothing_inside_however_it_is_written(url):
    with pytest.raises((Forbidden, Unreachable)):
        addresses_of(read_place(url))


def test_a_name_with_one_address_inside_is_refused(monkeypatch):
    found = [(0, 0, 0, "", ("93.184.215.14", 443)), (0, 0, 0, "", ("10.0.0.5", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(Forbidden, match="inside"):
        addresses_of(read_place("https://two-faced.example/"))


def test_a_host_that_the_environment_names_may_be_inside_and_without_tls(settings):
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    assert addresses_of(read_place("http://127.0.0.1:8080/hook?a=1")) == ["127.0.0.1"]
    with pytest.raises(Forbidden):
        addresses_of(read_place("https://127.0.0.2/"))


def test_the_demonstration_reaches_nobody_outside(settings):
    settings.DEMO = True
    with pytest.raises(Forbidden, match="demonstration"):
        addresses_of(read_place("https://93.184.215.14/"))


def test_the_parts_of_an_address():
    place = read_place("https://hook.example:8443/a/b?c=d")
    assert (place.host, place.port, place.path, place.header) == ("hook.example", 8443, "/a/b?c=d", "hook.example:8443")
    assert read_place("https://hook.example").path == "/"
    assert read_place("https://[2606:2800::1]/").header == "[2606:2800::1]"
