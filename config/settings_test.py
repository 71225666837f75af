"""Settings of the tests: the real ones, with fast hashing and no wait for HTTPS."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-0123456789-0123456789-abc")
os.environ.setdefault("HTTPS", "0")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("BASE_URL", "http://localhost:8000")
os.environ.setdefault("MAIL_FROM", "Consilium <consilium@localhost>")

from config.settings import *  # noqa: F403  (the environment above has to come first)
from config.settings import DATA_DIR, DATABASES, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MAIL_TRANSPORT = "mailbox"
# A test makes in a second what a program makes in an hour. Those about the limit set one.
API_CALLS_PER_MINUTE = 0
# One lane: most tests look at one transport. Those about lanes ask for more.
REMINDER_LANES = 1
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # One test process, many short connections: the pool would hold the database open at the end.
    DATABASES["default"]["OPTIONS"].pop("pool", None)
    # Prepared the second time, as it is on a server that has been up for a minute; at once, Django's migrations fail, some of
    # whose statements are several.
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 1
else:
    # A file, not memory: threads and a live server must see the same rows, and the locks must be the real ones.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TEST_SQLITE", str(DATA_DIR / "test.sqlite3"))}
# Tests draw static files from their source; an empty folder keeps whitenoise from warning at every request.
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
