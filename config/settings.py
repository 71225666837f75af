"""The one settings file; everything that differs between installations is read from the environment."""

import os
from datetime import timedelta
from pathlib import Path

from careplans.api.openapi.document import COMPONENTS, ENUM_NAMES
from config.env import BASE_DIR, checked_folder, database, env, secret_key
from config.environment import listed
from config.oauth import oauth2_provider
from config.ticks import beat_schedule

# First of all: a wrong value ends the process here, with one sentence.
DATA_DIR = checked_folder()
DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret_key(demo=DEMO, data_dir=DATA_DIR)
ALLOWED_HOSTS = listed(env.str("ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]"))
CSRF_TRUSTED_ORIGINS = listed(env.str("CSRF_TRUSTED_ORIGINS", default=""))
# Where links in e-mails point; e-mails are written by jobs that see no request.
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "csp",
    "rest_framework",
    "knox",
    "oauth2_provider",
    "django_filters",
    "drf_spectacular",
    "drf_standardized_errors",
    "accounts",
    "modalities",
    "careplans",
]

MIDDLEWARE = [
    "config.middleware.ProbesMiddleware",
    "config.middleware.ProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "common.arriving.ArrivingMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Within whitenoise, whose files are compressed already.
    "config.middleware.CompressingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.trail.TrailMiddleware",
    "accounts.middleware.ActMiddleware",
    "accounts.middleware.SignInFirstMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.BoardTimeMiddleware",
    "accounts.middleware.NoStoreMiddleware",
    "accounts.middleware.ConflictMiddleware",
    "accounts.sending.OnceMiddleware",
    "common.asked.AskedMiddleware",
    "accounts.putting_back.PuttingBackMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["common.csrf_tag", "common.components", "common.quick_url"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.page",
            ],
        },
    }
]
FORM_RENDERER = "common.forms.Renderer"

DATABASES = {"default": database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
# Counts every try before the password is looked at: accounts/services/signin.py.
AUTHENTICATION_BACKENDS = ["accounts.backends.LimitedBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.password_rules.GuessableValidator"},
]
# A message may name a patient: it waits in the session, not in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "careplans:my_work"
# What accounts has to know of the pages above it, which it does not import: the home of a board, and a person's calendar.
BOARD_HOME_URL = "careplans:board_home"
BOARD_INSTITUTION_URL = "careplans:board_institution"
NOTICES_URL = "careplans:notices"
API_DOCS_URL = "api:docs"
# Where it is asked who takes over what somebody had to do, and what is open on a board: pages above the accounts.
LEAVING_URLS = {
    "end": "careplans:membership_end",
    "change": "careplans:membership_change",
    "deactivate": "careplans:person_deactivate",
    "close": "careplans:board_close",
    "reopen": "careplans:board_reopen",
}
CALENDAR_FEED_URL = "careplans:calendar"
LOGOUT_REDIRECT_URL = "accounts:login"
# An invitation or a password link stays good over a weekend.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
# Signed in until nobody has done anything for so long, and never longer than this: accounts/session_store.py.
SESSION_ENGINE = "accounts.session_store"
SESSION_IDLE_SECONDS = 60 * env.int("SESSION_IDLE_MINUTES", default=15)
SESSION_LONGEST_SECONDS = 12 * 3600
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS
SESSION_COOKIE_NAME = "consilium_session"

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# Of what belongs to no board: reminders about reviews of the reference pages.
CENTRE_TIME_ZONE = env.str("CENTRE_TIME_ZONE", default="UTC")
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y"]

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Hosts to which webhooks may go although they are inside, over HTTP too: else only HTTPS, and only the open internet.
WEBHOOK_HOSTS = frozenset(host.lower() for host in listed(env.str("WEBHOOK_HOSTS", default="")))
# A name server that is silent is asked twice, for two seconds each (resolv.conf(5)): Python itself gives a look-up no time limit.
# What the site says in this variable stands.
os.environ.setdefault("RES_OPTIONS", "timeout:2 attempts:2")
# How long what a program was told, and has taken, can be looked at and sent again.
WEBHOOK_DAYS = env.int("WEBHOOK_DAYS", default=30)

# Images and PDFs beside the reference pages.
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=5 * 2**20)
ATTACHMENT_MAX_PIXELS = env.int("ATTACHMENT_MAX_PIXELS", default=25_000_000)

# Files that people take out: how long each is kept, and how much of them there may be of one person.
EXPORT_DAYS = env.int("EXPORT_DAYS", default=7)
EXPORT_QUOTA_MB = env.int("EXPORT_QUOTA_MB", default=2000)

# From how many plans on reports are worked out beforehand, 0 being never; how often; and how many ends of months are kept.
SUMMARIES_FROM_PLANS = env.int("SUMMARIES_FROM_PLANS", default=10_000)
SUMMARY_MINUTES = env.int("SUMMARY_MINUTES", default=15)
SUMMARY_MONTHS = env.int("SUMMARY_MONTHS", default=3)

# HTTPS is the rule; only the demo and DEBUG speak plain HTTP.
HTTPS = env.bool("HTTPS", default=not (DEMO or DEBUG))
SECURE_SSL_REDIRECT = HTTPS
# The container's own health probe speaks plain HTTP to the process beside it.
SECURE_REDIRECT_EXEMPT = [r"^health/(live/|ready/)?$", r"^metrics/$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
# How many proxies stand in front, one behind the other: whose word about a caller's address counts.
PROXIES = env.int("PROXIES", default=1)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "accounts.views.errors.csrf_failed"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# Mail: EMAIL_URL such as smtp+tls://user:password@relay:587. In the demo it goes to the mailbox page.
EMAIL = env.email_url("EMAIL_URL", default="smtp://localhost:25")
EMAIL_HOST, EMAIL_PORT = EMAIL["EMAIL_HOST"], EMAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_USER"] or "", EMAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_TLS", False), EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = "accounts.mailbox.MailboxBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend"
MAIL_TRANSPORT = "mailbox" if DEMO else "smtp"
# How the relay is asked whether it accepted a mail that may have gone out: see careplans/outbox/relays.py.
RELAY_LOOKUP = env.str("RELAY_LOOKUP", default="")
RELAY_LOOKUP_TOKEN = env.str("RELAY_LOOKUP_TOKEN", default="")
# So long a relay that is asked over HTTP, or by Idempotency-Key, knows what it took; a log says so by itself.
RELAY_LOOKUP_DAYS = env.int("RELAY_LOOKUP_DAYS", default=3)
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Consilium <consilium@localhost>")

# Jobs. Beat only ticks; the row decides.
CELERY_BROKER_URL = env.str("BROKER_URL", default="")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# SIGTERM waits for the batch in hand, which ends soon (careplans/outbox/shutdown.py); so does a second one, or SIGQUIT, so long.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Standard error is written to as it is: redirected, each character of a traceback became a log entry.
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Every schedule is a plain interval, so there is nothing to remember, and no file that a full disk could break.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
# How long a worker may hold what it is sending before another takes it up.
REMINDER_LEASE_SECONDS = env.int("REMINDER_LEASE_SECONDS", default=120)
# How many mails one worker has under way at once on PostgreSQL.
REMINDER_LANES = env.int("REMINDER_LANES", default=4)
REMINDER_TICK_SECONDS = env.int("REMINDER_TICK_SECONDS", default=15)
CELERY_BEAT_SCHEDULE = beat_schedule(REMINDER_TICK_SECONDS)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "careplans.api.openapi.schema.ConsiliumSchema",
    "EXCEPTION_HANDLER": "careplans.api.http.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Of one person, on all processes and with all tokens together; 0: as many as they like.
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=1200)
REST_KNOX = {"TOKEN_TTL": timedelta(days=30), "AUTH_HEADER_PREFIX": "Token"}
# Asked for by name where a table of ours points at one of theirs.
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105  (a table)
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER = oauth2_provider()
SPECTACULAR_SETTINGS = {
    "TITLE": "Consilium API",
    "DESCRIPTION": "Plans of neuroendocrine-tumour boards: cases, plans with steps, follow-ups and reference pages.",
    "VERSION": "1",
    "SERVERS": [{"url": "/", "description": "Where this document was read: its paths begin at the host."}],
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
    "APPEND_COMPONENTS": COMPONENTS,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "careplans.api.openapi.document.name_value_sets",
        "careplans.api.openapi.document.close_shapes",
        "careplans.api.openapi.describe.describe_fields",
    ],
}

# Whoever sends this token as a bearer reads /metrics/; empty: there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.formatter", "kind": env.str("LOG_FORMAT", default="line")}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # It has brought a handler of its own, which would write a traceback with the words of the exception.
    "loggers": {"gunicorn.error": {"handlers": ["console"], "propagate": False}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
