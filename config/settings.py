"""Settings, all from the environment; with no variable set the embedded default runs (SQLite, memory, files).

Production needs at least SECRET_KEY, ALLOWED_HOSTS, PUBLIC_URL and OPEN_DATA_LICENCE; `check --deploy` says what is missing.
"""

from __future__ import annotations

import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
import structlog

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR = Path(env.str("MINGCAI_VAR", str(BASE_DIR / "var"))).resolve()
VAR.mkdir(parents=True, exist_ok=True, mode=0o700)
if VAR == BASE_DIR / "var" and VAR.stat().st_mode & 0o077:
    VAR.chmod(0o700)  # database, keys, mail and stores: its owner's alone

DEBUG = env.bool("DEBUG", False)
SANDBOX = env.bool("SANDBOX", False)
DEMONSTRATION = env.bool("DEMONSTRATION", SANDBOX)
TESTING = "pytest" in sys.modules


def _kept_secret(path: Path) -> str:
    """Give the secret in `path`, made at first use and readable by the owner alone."""
    try:
        return path.read_text()
    except FileNotFoundError:
        secret = secrets.token_urlsafe(48)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secret)
        return secret


SECRET_KEY = env.str("SECRET_KEY", "") or _kept_secret(VAR / "secret-key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# An origin of its own for files that come from bidders, best on another domain; empty: from this one, as attachments.
FILES_URL = env.str("FILES_URL", "").rstrip("/")
if FILES_URL:
    ALLOWED_HOSTS += [urlsplit(FILES_URL).hostname or ""]
# ClamAV: "127.0.0.1:3310" or "unix:/run/clamav/clamd.ctl"; empty: opened files are shown as not scanned.
CLAMD = env.str("CLAMD", "")
PORT = env.int("PORT", 8000)
PUBLIC_URL = env.str("PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
# Where `manage.py clock` asks whether the site answers; empty: it measures only itself, the store and the keepers.
UPTIME_SITE_URL = env.str("UPTIME_SITE_URL", "").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list(
    "CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL, f"http://127.0.0.1:{PORT}", f"http://localhost:{PORT}"]
)
HTTPS = urlsplit(PUBLIC_URL).scheme == "https"

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "django_prometheus",
    "ninja",  # the page for developers loads its script and style from here, not from elsewhere
    "config",
    "core",
    "core.audit",
    "core.enacted",
    "core.ledger",
    "core.timers",
    "core.uptime",
    "realtime",
    "storage",
    "parties",
    "disclosure",
    "planning",
    "contracting",
    "tendering",
    "bidding",
    "evaluation",
    "mall",
    "oversight",
]

MIDDLEWARE = [
    "config.metrics.Before",
    "core.http.RequestIdMiddleware",
    "storage.middleware.FilesOrigin",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.http.PermissionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.http.SpareSlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "parties.middleware.ActorMiddleware",
    "evaluation.assisted_session.AssistedSession",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "core.http.RefusalMiddleware",
    "config.metrics.After",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.http.page_facts",
                "config.navigation.work_areas",
                "config.display.display",
            ],
            "builtins": ["core.templatetags.ui", "django.templatetags.i18n"],
        },
    }
]

# --- data -------------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{VAR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: an acknowledged bid is on disk.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / f"test-{os.getpid()}.sqlite3")}
else:
    # Persistent connections exhaust PostgreSQL under ASGI; the pool does not.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"] = (
        {} if TESTING else {"pool": {"min_size": 1, "max_size": env.int("DB_POOL", 16)}}
    ) | {"prepare_threshold": 5}  # of `core.reads` alone: Django's own cursors bind at the client
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "parties.User"

REDIS_URL = env.str("REDIS_URL", "")
CHANNEL_LAYERS = {
    "default": (
        {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": env.str("REDIS_PREFIX", "mingcai")},
        }
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "")
S3_BUCKET = env.str("S3_BUCKET", "")


def _store(folder: str) -> dict[str, object]:
    """Describe one private store: a folder under var/, or a prefix of the S3 bucket."""
    if S3_BUCKET:
        return {
            "BACKEND": "storage.buckets.Bucket",
            "OPTIONS": {
                "bucket_name": S3_BUCKET,
                "endpoint_url": S3_ENDPOINT_URL or None,
                "location": folder,
                "file_overwrite": False,
                "default_acl": None,
                "querystring_auth": True,
                "region_name": env.str("AWS_REGION", "us-east-1"),
            },
        }
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(VAR / "store" / folder),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


STORAGES = {
    "default": _store("documents"),
    "sealed": _store("sealed"),
    "opened": _store("opened"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
UPLOADS_DIR = VAR / "uploads"
UPLOAD_CHUNK_BYTES = 8 * 1024 * 1024
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 10 * 1024**3)
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_CHUNK_BYTES + 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000  # a guiding catalogue has up to 400 entries of six fields

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR / "static")))
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- people -----------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "parties.adapters.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "parties.forms.SignUpForm"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_CHANGE_EMAIL = ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_ADAPTER = "parties.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_TOTP_ISSUER = "Mingcai"
MFA_TOTP_TOLERANCE = 1  # a code that changed while it was typed still counts, once (RFC 6238, 5.2)
USERSESSIONS_TRACK_ACTIVITY = False
# How long somebody who lost the last passkey waits when no administrator of their desk approves.
KEY_RECOVERY_WAIT = timedelta(hours=env.int("KEY_RECOVERY_WAIT_HOURS", 72))
LOGIN_REDIRECT_URL = "/desk"
LOGIN_URL = "account_login"
RP_ID = env.str("RP_ID", urlsplit(PUBLIC_URL).hostname or "localhost")
# Where passkey ceremonies may come from: the public address, and in the embedded default the same port by name.
PASSKEY_ORIGINS = env.list("PASSKEY_ORIGINS", default=[PUBLIC_URL])

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = HTTPS and env.bool("SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "media-src": ["'self'", "blob:"],
        "font-src": ["'self'"],
        "worker-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- background work --------------------------------------------------------------------------------------------------
TASKS = {
    "default": {
        "BACKEND": "django_tasks.backends.immediate.ImmediateBackend"
        if TESTING
        else "django_tasks_db.DatabaseBackend"
    }
}
EMAIL_URL = env.str("EMAIL_URL", "")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
    EMAIL_TIMEOUT = 30  # seconds; a mail server that does not answer would else hold a worker for ever
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR / "mail")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "mingcai@localhost")

# --- video of evaluation rooms ----------------------------------------------------------------------------------------
MEDIA_BACKEND = env.str("MEDIA_BACKEND", "evaluation.video.backend.Mesh")
# STUN and TURN servers (`stun:turn.example.cn:3478`). None: browsers connect within networks that reach each other.
VIDEO_ICE_URLS = env.list("VIDEO_ICE_URLS", default=[])
VIDEO_HEIGHT, VIDEO_FPS, VIDEO_KBPS = (
    env.int("VIDEO_HEIGHT", 360),
    env.int("VIDEO_FPS", 15),
    env.int("VIDEO_KBPS", 250),
)
# For how many members and watchers a trial of somebody's line is reckoned.
VIDEO_MEMBERS, VIDEO_WATCHERS = env.int("VIDEO_MEMBERS", 7), env.int("VIDEO_WATCHERS", 2)
VIDEO_MAX_BYTES_PER_SECOND = env.int("VIDEO_MAX_BYTES_PER_SECOND", 250_000)
VIDEO_GAP_SECONDS = env.int("VIDEO_GAP_SECONDS", 10)

# --- keepers, log, law ------------------------------------------------------------------------------------------------
# [{"id": "K1", "url": "http://127.0.0.1:8011", "dir": "…"}]; `manage.py serve` starts those of the demonstration.
KEEPERS_FILE = Path(env.str("KEEPERS_FILE", str(VAR / "keepers.json")))
# {"vkey": …, "recipient": …} of the supervising authority (`python -m bidding.authority card`); none: no recovery kits.
SUPERVISOR_FILE = Path(env.str("SUPERVISOR_FILE", str(VAR / "supervisor.json")))
KEEPERS_NEEDED = env.int("KEEPERS_NEEDED", 2)
KEEPERS_CA_FILE = env.str("KEEPERS_CA_FILE", "")
KEEPERS_CLIENT_CERT_FILE = env.str("KEEPERS_CLIENT_CERT_FILE", "")
KEEPERS_CLIENT_KEY_FILE = env.str("KEEPERS_CLIENT_KEY_FILE", "")
INDEPENDENT_KEEPERS = env.bool("INDEPENDENT_KEEPERS", False)
TSA_URL = env.str("TSA_URL", "")
TSA_CERTIFICATES_FILE = env.str("TSA_CERTIFICATES_FILE", "")
LEDGER_KEY_FILE = Path(env.str("LEDGER_KEY_FILE", str(VAR / "ledger-key")))
# The name that the log got with its key stays its name, at whatever address the site is reached.
_named = LEDGER_KEY_FILE.with_name(f"{LEDGER_KEY_FILE.name}.origin")
LEDGER_ORIGIN = env.str(
    "LEDGER_ORIGIN", _named.read_text().strip() if _named.exists() else f"{urlsplit(PUBLIC_URL).netloc}/log"
)
# Certificates (PEM) of the authorities that vouch for bidders' own certificates; none: bids are signed by passkeys alone.
BIDDER_CA_FILE = env.str("BIDDER_CA_FILE", "")
# Revocation lists (PEM, or one in DER) of those authorities; without it whether a certificate was revoked is not asked.
BIDDER_CRL_FILE = env.str("BIDDER_CRL_FILE", "")
# Who answers for the public credit registers (parties.credit); none: queries are made and entered by hand.
CREDIT_SOURCE = env.str(
    "CREDIT_SOURCE", "parties.credit.RecordedAnswers" if SANDBOX or DEMONSTRATION or TESTING else ""
)
CREDIT_ANSWERS_FILE = Path(
    env.str("CREDIT_ANSWERS_FILE", str(BASE_DIR / "config" / "demo" / "credit_answers.json"))
)
# Lines over which drawn experts are called beside inbox and mail (evaluation.lines); none: inbox and mail alone.
CALL_LINES = env.list(
    "CALL_LINES",
    default=["evaluation.lines.RecordedText", "evaluation.lines.RecordedVoice"]
    if SANDBOX or DEMONSTRATION
    else [],
)
CALLS_FOLDER = Path(env.str("CALLS_FOLDER", str(VAR / "calls")))
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", "")
SMS_GATEWAY_TOKEN = env.str("SMS_GATEWAY_TOKEN", "")
# Credit codes of the organisations whose supervisors change national values and days in the web; none: releases do.
NATIONAL_REGULATORS = env.list("NATIONAL_REGULATORS", default=[])
LAW_PACKS = env.list("LAW_PACKS", default=["national", "yubei"] + (["sandbox"] if SANDBOX else []))
OCID_PREFIX = env.str("OCID_PREFIX", "ocds-213czf")
# Who runs this platform and how it is reached: shown on the contact page.
OPERATOR = {
    "name": env.str("OPERATOR_NAME", ""),
    "address": env.str("OPERATOR_ADDRESS", ""),
    "phone": env.str("OPERATOR_PHONE", ""),
    "email": env.str("OPERATOR_EMAIL", ""),
    "hours": env.str("OPERATOR_HOURS", ""),
}
OPEN_DATA_LICENCE = env.str("OPEN_DATA_LICENCE", "https://creativecommons.org/licenses/by/4.0/")

# --- logs -------------------------------------------------------------------------------------------------------------
_shared: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*_shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(ensure_ascii=False),
            "foreign_pre_chain": _shared,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "daphne": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
        "django_tasks_db": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
