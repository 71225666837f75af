"""Wrong values of the environment: each is one sentence that names the variable and gives an example."""

import os
import re
from pathlib import Path

import pytest

from config import environment

GOOD = {
    "SECRET_KEY": "0vXlqU7kT3mWd9Zr+Hq2/bYc5PnJfAe8",
    "ALLOWED_HOSTS": "consilium.hospital.example",
    "BASE_URL": "https://consilium.hospital.example",
    "MAIL_FROM": "Consilium <consilium@hospital.example>",
}
FOLDER = Path(environment.__file__).parent
DATABASE = "postgres://consilium:{}@db.hospital.example:5432/consilium"


def sentences(**values):
    return list(environment.wrong_values({**GOOD, **values}))


def sentences_of(environ):
    return list(environment.wrong_values(environ))


def test_what_a_hospital_sets_is_taken():
    assert sentences() == []


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL", "MAIL_FROM"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_what_is_missing_is_named(name, value):
    environ = {each: text for each, text in GOOD.items() if each != name} | ({} if value is None else {name: value})
    (sentence,) = environment.wrong_values(environ)
    assert sentence.startswith(f"{name} is missing.")
    assert "example" in sentence or "openssl" in sentence


def test_the_demo_needs_none_of_them():
    assert list(environment.wrong_values({"DEMO": "1"})) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HTTPS", value) for value in ("enabled", "", "2", "ja", "an", "fasle")),
        *((name, "maybe") for name in ("DEMO", "DEBUG", "BEHIND_PROXY")),
        *(("ALLOWED_HOSTS", value) for value in ("https://a.example", "a.example:8000", "a.example/b", ",", "a b")),
        *(("BASE_URL", value) for value in ("a.example", "//a.example", "ftp://a.example", "https://", "https://a:b",
                                            "https://a.example?x=1", "https://a .example", "https://[a",
                                            "https://a.example/consilium")),
        *(("MAIL_FROM", value) for value in ("nobody", "Board", "a@b@c", "a@b, c@d", "@b", "a@", "Board <a b@c>",
                                             "Board consilium@hospital.example", "a@b\nBcc: c@d")),
        *(("CENTRE_TIME_ZONE", value) for value in ("", "Europe", "Europe/Nowhere", "CEST+2", "../etc/passwd", "a\0")),
        *(("DATABASE_URL", value) for value in ("", "consilium", "mysql://a:b@c/d", "postgres:a", "POSTGRES://a@b/c",
                                                "postgres://db.example", "postgres://a@b:port/c", "postgres://a@b/")),
        *(("DATABASE_URL", DATABASE.format(word)) for word in ("p#ss", "p/ss", "p?ss", "12?ss", "12/ss", "p%ss", "[p", "p ss")),
        *(("EMAIL_URL", value) for value in ("", "relay:25", "http://relay", "smtp://", "smtp://a:p#s@relay:25", "smtp://r:x")),
        *(("BROKER_URL", value) for value in ("localhost:6379", "amqp://a", "redis://:p#s@a", "redis://a:port")),
        *(("RELAY_LOOKUP", value) for value in ("yes", "postfix:", "https://relay/api")),
        *((name, value) for name in ("REMINDER_TICK_SECONDS", "REMINDER_LANES", "DATABASE_POOL_SIZE")
          for value in ("", "0", "-1", "fast", "1.5", "1" * 5000, "１５")),
        *(("SECRET_KEY", value) for value in ("short", "$(openssl rand -base64 48)", "$(openssl rand -base64 48)" * 2,
                                              "`openssl rand -base64 48` and more of it", "abc" * 30, " " * 9 + "a" * 40)),
        *(("RELAY_LOOKUP_DAYS", value) for value in ("three", "", "0", "-1", "1.5")),
        ("CSRF_TRUSTED_ORIGINS", "other.example"),
        ("WEBHOOK_HOSTS", "https://registry.hospital.example/"),
        ("WEBHOOK_HOSTS", ""),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "verbose"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_an_example(name, value):
    (sentence,) = sentences(**{name: value})
    assert sentence.startswith(f"{name} is ")
    assert f"{name}={environment.VALUES[name][1]}" in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HTTPS", value) for value in ("on", "off", "1", "0", "True", "NO", " yes ")),
        *(("ALLOWED_HOSTS", value) for value in ("consilium.hospital.example, b.example", ".hospital.example", "*",
                                                 "10.0.0.1,[::1],CONSILIUM.hospital.example,x_y")),
        *(("BASE_URL", value) for value in ("https://consilium.hospital.example:8443", "https://consilium.hospital.example/")),
        *(("MAIL_FROM", value) for value in ("a@b", "Board <a@hospital.example>", '"Board, NET" <a@b.example>',
                                             "Tumorboard Köln <tümor@köln.example>", "<a@b.example>")),
        ("CENTRE_TIME_ZONE", "Europe/Berlin"),
        *(("DATABASE_URL", value) for value in (DATABASE.format("p%23ss"), "postgresql:///consilium", "sqlite:////srv/a.sqlite3",
                                                "postgres://a@db/consilium?sslmode=require", "postgres://a@h1,h2/consilium")),
        *(("EMAIL_URL", value) for value in ("smtp://localhost:25", "smtp+tls://a%40b:p@relay:587", "smtps://relay")),
        *(("BROKER_URL", value) for value in ("", "redis://localhost:6379/0", "redis+socket:///run/redis.sock")),
        *(("RELAY_LOOKUP", value) for value in ("", "postfix:/var/log/mail.log", "https://relay/{message_id}",
                                                "idempotency-key:")),
        ("CSRF_TRUSTED_ORIGINS", "https://other.example, https://third.example:8443"),
        ("WEBHOOK_HOSTS", "registry.hospital.example, 10.0.0.7"),
    ],
)  # fmt: skip
def test_a_right_value_is_taken(name, value):
    assert sentences(**{name: value}) == []


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"BASE_URL": "https://other.example"}, ("BASE_URL", "ALLOWED_HOSTS")),
        ({"ALLOWED_HOSTS": ".other.example"}, ("BASE_URL", "ALLOWED_HOSTS")),
        ({"BASE_URL": "http://consilium.hospital.example"}, ("BASE_URL", "HTTPS")),
        ({"BASE_URL": "http://consilium.hospital.example", "HTTPS": "on"}, ("BASE_URL", "HTTPS")),
        *(({"DEMO": "on", **more}, ("DEMO",)) for more in (
            {}, {"BASE_URL": "http://consilium.hospital.example"}, {"BASE_URL": "http://localhost:8000"},
            {"ALLOWED_HOSTS": "localhost"}, {"BASE_URL": "http://localhost", "ALLOWED_HOSTS": "localhost", "HTTPS": "on"},
        )),
    ],
)  # fmt: skip
def test_values_that_do_not_go_together_are_one_sentence(values, named):
    (sentence,) = sentences(**values)
    assert all(name in sentence for name in named)


def test_http_goes_together_with_https_off():
    assert sentences(BASE_URL="http://localhost:8000", ALLOWED_HOSTS="localhost", HTTPS="off") == []


@pytest.mark.parametrize("more", [{}, {"BASE_URL": "http://localhost:8010"}, {"ALLOWED_HOSTS": "localhost,127.0.0.1"},
                                  {"DATABASE_URL": DATABASE.format("word")}])  # fmt: skip
def test_the_demo_on_this_machine_is_let_start(more):
    assert sentences_of({"DEMO": "1", **more}) == []


def test_the_settings_read_no_number_or_switch_that_is_not_checked():
    """Text may be anything; what is parsed ends in a traceback where nobody looked before."""
    read = set()
    for path in (FOLDER / name for name in ("settings.py", "env.py")):
        read |= set(re.findall(r'env\.(?!str)\w+\(\s*"(\w+)"', path.read_text()))
    assert len(read) > 10
    assert read <= set(environment.VALUES)


def test_every_text_that_is_checked_or_free_is_known():
    """A new variable gets its check, or is named here as one that takes any text."""
    any_text = {"DATA_DIR", "STATIC_ROOT", "METRICS_TOKEN", "RELAY_LOOKUP_TOKEN"}
    read = set()
    for path in (FOLDER / name for name in ("settings.py", "env.py")):
        read |= set(re.findall(r'env\.\w+\(\s*"(\w+)"', path.read_text()))
    assert read - any_text == set(environment.VALUES)


def test_all_that_is_wrong_is_said_at_once():
    said = sentences(HTTPS="enabled", MAIL_FROM="nobody", LOG_LEVEL="loud")
    assert [sentence.split()[0] for sentence in said] == ["HTTPS", "MAIL_FROM", "LOG_LEVEL"]


@pytest.mark.parametrize("name", ["DATABASE_URL", "EMAIL_URL", "BROKER_URL"])
def test_a_password_is_never_repeated(name):
    scheme = {"DATABASE_URL": "postgres", "EMAIL_URL": "smtp", "BROKER_URL": "redis"}[name]
    (sentence,) = sentences(**{name: f"{scheme}://user:hush#hush@host/name"})
    assert "hush" not in sentence


def test_every_required_variable_and_every_checked_one_is_documented():
    from tests.test_scripts import variables_documented

    assert set(environment.VALUES) | set(environment.REQUIRED) <= variables_documented()


# The folder


def mode(path):
    return oct(path.stat().st_mode & 0o777)


def test_the_data_folder_is_made_for_its_owner_only(tmp_path):
    assert environment.own_folder(tmp_path / "a" / "data") is None
    assert mode(tmp_path / "a" / "data") == "0o700"


def test_an_empty_folder_that_was_made_by_hand_is_closed_to_others(tmp_path):
    (tmp_path / "data").mkdir(mode=0o755)
    environment.own_folder(tmp_path / "data")
    assert mode(tmp_path / "data") == "0o700"


def test_a_folder_with_somebody_s_files_keeps_its_mode(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "notes.txt").touch()
    environment.own_folder(tmp_path / "data")
    assert mode(tmp_path / "data") == "0o755"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    sentence = environment.own_folder(tmp_path / "file" / "data")
    assert "DATA_DIR" in sentence
    assert "DATA_DIR=/var/lib/consilium" in sentence


def test_a_folder_that_may_not_be_written_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "may not write" in environment.own_folder(tmp_path / "data")
