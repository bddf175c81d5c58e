"""Settings of the site: one file, driven by the environment, and strict about nonsense.

Every variable is listed in `reasoning_site/options.py`, in docs/running.md and in `manage.py help`.
"""

import datetime as dt
import os
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
import structlog
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from reasoning_site.embedded import postgres
from reasoning_site.logs import without_traceback_of_refusals
from reasoning_site.secret_key import load_or_create

# Django's classes take type arguments as their stubs do, for example forms.ModelForm[User].
django_stubs_ext.monkeypatch()

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

try:
    DEBUG = env.bool("DEBUG", False)
    DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / ".data").resolve()
    HOST = env.str("HOST", "127.0.0.1")
    PORT = env.int("PORT", 8000)
    DISK_FLOOR_MB = env.int("DISK_FLOOR_MB", 1024)
    WEB_WORKERS = env.int("WEB_WORKERS", 1)
    BODY_LIMIT_MB = env.int("BODY_LIMIT_MB", 3)
    FIRST_RUN = env.bool("FIRST_RUN", True)
    FIRST_RUN_LIMIT = env.int("FIRST_RUN_LIMIT", 0)
    METRICS_HOST = env.str("METRICS_HOST", "127.0.0.1")
    METRICS_PORT = env.int("METRICS_PORT", 0)
    LEASE_SECONDS = env.float("LEASE_SECONDS", 90.0)
    INFERENCE_BACKENDS: list[str] = env.list("INFERENCE_BACKENDS", [])
    INFERENCE_CAPACITY = env.int("INFERENCE_CAPACITY", 0)
    INFERENCE_DEVICE = env.str("INFERENCE_DEVICE", "")
    INFERENCE_DTYPE = env.str("INFERENCE_DTYPE", "")
    INFERENCE_THREADS = env.int("INFERENCE_THREADS", 0)
    INFERENCE_STATIC_SHAPES = env.bool("INFERENCE_STATIC_SHAPES", False)
    INFERENCE_IDLE_SECONDS = env.float("INFERENCE_IDLE_SECONDS", 300)
    INFERENCE_PRIVATE_ENDPOINTS = env.bool("INFERENCE_PRIVATE_ENDPOINTS", False)
    LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
    DATABASE_URL = env.str("DATABASE_URL", "")
    DATABASE_POOL = env.int("DATABASE_POOL", 10)
    CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "")
    # The loopback names stay: the runner and monitors ask /health/ from inside.
    ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", [HOST]), "localhost", "127.0.0.1", "[::1]"]
    CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
    TLS = env.bool("TLS", False)
    ACCESS = env.str("ACCESS", "public")
    GUEST_JUDGMENTS_A_DAY = env.int("GUEST_JUDGMENTS_A_DAY", 200)
    SIGN_UPS_A_DAY = env.int("SIGN_UPS_A_DAY", 20)
    EMAIL_HOST, EMAIL_PORT = env.str("EMAIL_HOST", ""), env.int("EMAIL_PORT", 25)
    EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "by-what-definition@localhost")
    BACKUP_DIR = env.str("BACKUP_DIR", "")
    BACKUP_KEEP = env.int("BACKUP_KEEP", 7)
    BACKUP_TIME = env.time("BACKUP_TIME", dt.time(3))
    RELEASE_DIR = env.str("RELEASE_DIR", "") or str(DATA_DIR / "releases")
    SITE_URL = (env.str("SITE_URL", "") or f"http://{HOST}:{PORT}").rstrip("/")
except (EnvError, ValueError) as error:
    raise ImproperlyConfigured(f"A setting in the environment makes no sense: {error}") from error

NONSENSE = (
    (not 0 < PORT < 65536, f"PORT is {PORT}; choose a number from 1 to 65535."),
    (DISK_FLOOR_MB < 0, "DISK_FLOOR_MB cannot be negative; 0 switches the check off."),
    (DATABASE_POOL < 1, "DATABASE_POOL must be at least 1 for each process."),
    (WEB_WORKERS < 1, "WEB_WORKERS must be at least 1."),
    (BODY_LIMIT_MB < 1, "BODY_LIMIT_MB must be at least 1."),
    (FIRST_RUN_LIMIT < 0, "FIRST_RUN_LIMIT cannot be negative; 0 takes every prompt."),
    (INFERENCE_CAPACITY < 0, "INFERENCE_CAPACITY cannot be negative; 0 leaves it to the device."),
    (INFERENCE_THREADS < 0, "INFERENCE_THREADS cannot be negative; 0 leaves it to torch."),
    (INFERENCE_IDLE_SECONDS < 0,
        "INFERENCE_IDLE_SECONDS cannot be negative; 0 keeps models loaded."),
    (not 0 <= METRICS_PORT < 65536,
        f"METRICS_PORT is {METRICS_PORT}; choose 1 to 65535, or 0 for none."),
    (LEASE_SECONDS <= 0, "LEASE_SECONDS must be above 0."),
    (BACKUP_KEEP < 1, "BACKUP_KEEP must be at least 1: the newest backup stays."),
    (not SITE_URL.startswith(("https://", "http://")),
        f"SITE_URL is {SITE_URL!r}; write the site's address as https://example.org."),
    (LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"},
        f"LOG_LEVEL is {LOG_LEVEL!r}; choose DEBUG, INFO, WARNING, ERROR or CRITICAL."),
    (ACCESS not in {"public", "members", "invited"},
        f"ACCESS is {ACCESS!r}; choose public, members or invited."),
    (SIGN_UPS_A_DAY < 0, "SIGN_UPS_A_DAY cannot be negative; 0 sets no limit."),
)  # fmt: skip
for is_nonsense, sentence in NONSENSE:
    if is_nonsense:
        raise ImproperlyConfigured(sentence)

EMBEDDED_DATABASE = not DATABASE_URL
EMBEDDED_BROKER = not CELERY_BROKER_URL
SECRET_KEY = env.str("SECRET_KEY", "") or load_or_create(DATA_DIR / "secret_key")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_linear_migrations",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "csp",
    "reasoning_site.embedded",
    "evaluations.common",
    "evaluations.accounts",
    "evaluations.definitions",
    "evaluations.prompts",
    "evaluations.runs",
    "evaluations.judgments",
    "evaluations.leaderboards",
    "evaluations.debates",
    "evaluations.curation",
    "evaluations.activity",
    "evaluations.exchange",
    "evaluations.pages",
    "evaluations.api",
]

# One limit for what a request may send: reasoning_site/body_limit.py says so in words.
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT_MB * 1_000_000

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "evaluations.common.throttle.SaysWhenAgain",
    "evaluations.api.doorway.Doorway",
    "allauth.account.middleware.AccountMiddleware",
    "evaluations.accounts.access.ClosedSite",
    "evaluations.accounts.access.SuspendedAccounts",
    "evaluations.common.not_allowed.NotAllowedPage",
]

ROOT_URLCONF = "reasoning_site.urls"
ASGI_APPLICATION = "reasoning_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "evaluations.common.context.site",
                "evaluations.activity.notices.context.notices",
            ],
        },
    },
]

# Database ----------------------------------------------------------------------------------

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        DATABASE_URL or postgres.database_url(DATA_DIR), conn_max_age=0
    )
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database (postgresql://...).")
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": DATABASE_POOL,
    "timeout": 10,
}
DATABASES["default"]["TEST"] = {"TEMPLATE": "template0"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits live here, so the cache must be one that all processes share.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "common_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Drawn again where they are lost, so each web process keeps its own.
    "pictures": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 24 * 60 * 60,
        "OPTIONS": {"MAX_ENTRIES": 100},
    },
}

# Accounts ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# One for names and addresses: with two, the wrong kind of sign-in would take a hash more.
AUTHENTICATION_BACKENDS = ["evaluations.accounts.backends.NameOrAddress"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_FORMS = {
    "signup": "evaluations.accounts.access.SignUpForm",
    "reset_password": "evaluations.accounts.reset.ResetForm",
}
ACCOUNT_ADAPTER = "evaluations.accounts.access.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional" if EMAIL_HOST else "none"
ACCOUNT_USERNAME_VALIDATORS = "evaluations.accounts.names.validators"
# Nobody learns here whether an e-mail address has an account, and none hears of the site unasked.
# So several accounts may name one address until its owner confirms it for one of them.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TLS else 0
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
LOGIN_URL = "account_login"

# A link that sets a new password is for one reader: it stands in no log, except while developing.
_without_server = "console" if DEBUG else "dummy"
EMAIL_BACKEND = (
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else _without_server}.EmailBackend"
)

# Background work ---------------------------------------------------------------------------

CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"runs.doorbell": {"queue": "inference"}}
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
_HOURLY = {"schedule": 3600.0, "options": {"expires": 3600}}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep": {"task": "runs.sweep", "schedule": 15.0, "options": {"expires": 15}},
    "sweep_items": {"task": "judgments.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "read_opinions": {
        "task": "judgments.read_opinions",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "imports": {"task": "exchange.work", "schedule": 15.0, "options": {"expires": 15}},
    "publish": {"task": "judgments.publish", "schedule": 600.0, "options": {"expires": 600}},
    "regrade": {"task": "runs.regrade", "schedule": 300.0, "options": {"expires": 300}},
    "send_digests": {"task": "activity.send_digests", **_HOURLY},
    "remind_moderators": {"task": "activity.remind", **_HOURLY},
    "release": {"task": "exchange.release", "schedule": crontab(hour="1", minute="30")},
    "forget_changes": {"task": "leaderboards.forget_old_changes", "schedule": 24 * 3600.0},
    "forget_drafts": {"task": "judgments.forget_drafts", "schedule": 24 * 3600.0},
}
if BACKUP_DIR:
    CELERY_BEAT_SCHEDULE["back_up"] = {
        "task": "pages.back_up",
        "schedule": crontab(hour=str(BACKUP_TIME.hour), minute=str(BACKUP_TIME.minute)),
        "options": {"expires": 12 * 3600},
    }
if EMBEDDED_BROKER:
    _messages = DATA_DIR / "broker"
    for _folder in (_messages / "queue", _messages / "control"):
        _folder.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        **dict.fromkeys(("data_folder_in", "data_folder_out"), str(_messages / "queue")),
        "control_folder": str(_messages / "control"),
        "polling_interval": 0.1,
    }

# Files -------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "evaluations.common.bundling.BundleFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "evaluations.common.bundling.BundledStaticFilesStorage"},
}

# Security ----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_SAMESITE = "Lax"
if TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # asked from inside, before any proxy
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30

# Language, time, logs ----------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": structlog.stdlib.ProcessorFormatter,
            # Plain tracebacks: the rich ones print local variables, secrets among them.
            "processor": structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
            "foreign_pre_chain": [
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
            ],
        }
    },
    "filters": {
        "refusals": {
            "()": "django.utils.log.CallbackFilter",
            "callback": without_traceback_of_refusals,
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["refusals"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Doorbells and sweeps ring all day; only what goes wrong with them is news.
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        **{name: {"level": "WARNING"} for name in ("httpx", "httpx2", "celery.redirected")},
        "kombu.connection": {"level": "ERROR"},
    },
}
# Read by the libraries that the inference worker loads later. Threads that wait by spinning make
# inference ten times slower as soon as anything else, such as the web server, needs a core.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
