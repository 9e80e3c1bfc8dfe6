"""Settings, all from the environment; every default is safe and serves one machine with nothing installed."""

import sys
import tomllib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import artifacts, described, env, schedule

# Lets annotations such as QuerySet[Prompt] be evaluated at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = env.BASE_DIR
STATE_DIR = env.state_dir()
ARTIFACTS_DIR = env.artifacts_dir()
ARTIFACT_STORE = artifacts.store_of(env.artifacts_url(), ARTIFACTS_DIR)

SECRET_KEY = env.secret_key()
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
DEBUG = env.flag("DEBUG")
# This machine itself is always among them: health checks come from there.
ALLOWED_HOSTS = [*env.words("ALLOWED_HOSTS"), *env.words("HOST"), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

INSTALLED_APPS = [
    "labeling",
    "rewardmodel",
    # The admin's looks; its templates come before the admin's own.
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]

MIDDLEWARE = [
    "config.middleware.TextCharset",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.AdminScripts",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.SamePerson",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

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
                "config.preferences.preferences",
            ]
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **dj_database_url.parse(
            env.text("DATABASE_URL") or f"sqlite:///{STATE_DIR / 'podium.sqlite3'}", conn_health_checks=True
        )
    }
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that will write takes the lock when it begins, so it waits for its turn instead of
    # failing half-way with "database is locked"; WAL lets readers go on meanwhile.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
    }
else:
    DATABASES["default"]["ENGINE"] = "config.postgresql"
    DATABASES["default"]["CONN_MAX_AGE"] = env.integer("CONN_MAX_AGE", 60)
    # What a connection has asked five times the server keeps planned: planning a ranking's questions takes it longer
    # than answering them.
    DATABASES["default"]["OPTIONS"] = {
        "server_side_binding": True,
        "prepare_threshold": 5,
        # What the URL says after its question mark comes first, sslmode above all.
        **DATABASES["default"].get("OPTIONS", {}),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.redis_url()}}

# Each in its own name: who looks for their language cannot read the others.
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_CODE = "en"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = env.flag("HTTPS")
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.text("STATIC_ROOT") or STATE_DIR / "static"
# uPlot, the curves of the run page, comes inside a Python package; its folder is found without importing it.
STATICFILES_DIRS = [("uplot", env.package_dir("youplot") / "vendor")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Source maps are for debuggers; compressing them takes longer than all the rest.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "jpg", "gif", "webp", "woff", "woff2", "gz", "zip")
MEDIA_ROOT = STATE_DIR / "media"

# Uploads are read as streams; a page's form fields stay small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# A guesser is stopped by name and address together, so nobody can lock a colleague out from elsewhere.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "429.html"

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("HTTPS")
SECURE_SSL_REDIRECT = env.flag("HTTPS")
# Asked from inside, where no proxy has ended TLS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("HTTPS") else None
SECURE_HSTS_SECONDS = 31_536_000 if env.flag("HTTPS") else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Nothing is loaded from elsewhere and no inline script runs: text that an LLM wrote can neither act nor phone home.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

UNFOLD = {
    "SITE_TITLE": "Podium",
    "SITE_HEADER": "Podium",
    "SITE_SUBHEADER": _("What is underneath"),
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_BACK_BUTTON": True,
    "SIDEBAR": {"show_search": True, "show_all_applications": False},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "labeling.api.authentication.TokenAuthentication",
        "labeling.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["labeling.api.parsers.StrictJson"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "labeling.api.schema.PodiumSchema",
    "DEFAULT_THROTTLE_CLASSES": ["labeling.api.throttling.CallerThrottle"],
    "EXCEPTION_HANDLER": "labeling.api.problems.problem_response",
    # `format` is the export's own parameter.
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = described.SETTINGS

CELERY_BROKER_URL = env.broker_url()
# A socket's database number; a redis:// URL carries its own.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A message that a dead worker held comes back after this long. Runs outlast it, so claiming a run is a
    # conditional UPDATE of its row and a second delivery finds it taken.
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    **({"virtual_host": 0} if urlsplit(env.broker_url()).scheme == "redis+socket" else {}),
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = schedule.ROUTES
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = schedule.BEAT

# Whether webhooks and LLM endpoints may lie inside this network; without it they cannot be used to look around in it.
ALLOW_PRIVATE_ADDRESSES = env.flag("ALLOW_PRIVATE_ADDRESSES", False)
# What loads an LLM to answer prompts with: a program of its own, for nothing here has torch.
GENERATE_COMMAND = (sys.executable, "-m", "rewardmodel.ml.generate")
# What turns pairs into the token ids of a named tokenizer: likewise.
TOKENIZE_COMMAND = (sys.executable, "-m", "rewardmodel.ml.tokenize_pairs")
# What reads a data set through `datasets`: likewise.
DATASET_COMMAND = (sys.executable, "-m", "rewardmodel.ml.fetch_dataset")
# What the addresses begin with that managers may import from: others would be read with this machine's credentials.
IMPORT_URLS = env.words("IMPORT_URLS", "https://,hf://")

# Without a host nothing is sent.
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.integer("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "podium@localhost")
# Where links in e-mails lead to.
PUBLIC_URL = env.text("PUBLIC_URL", "http://localhost:8000")

# An MLflow tracking server that shows what the registry holds; without it there is no mirror.
MLFLOW_TRACKING_URI = env.text("MLFLOW_TRACKING_URI")
MLFLOW_TRACKING_TOKEN = env.text("MLFLOW_TRACKING_TOKEN")
MLFLOW_TRACKING_USERNAME = env.text("MLFLOW_TRACKING_USERNAME")
MLFLOW_TRACKING_PASSWORD = env.text("MLFLOW_TRACKING_PASSWORD")

# The admin that `seed_demo` makes; "" = generated, and printed once.
ADMIN_PASSWORD = env.text("PODIUM_ADMIN_PASSWORD")

# "" = a training is one process; else the options of `accelerate launch` that starts several.
ACCELERATE_OPTIONS = env.text("ACCELERATE_OPTIONS")
# Without a role, trainings run here. Credentials and region are the AWS SDK's own variables.
SAGEMAKER: dict[str, Any] = {
    "role": env.text("SAGEMAKER_ROLE"),
    "image": env.text("SAGEMAKER_IMAGE"),
    "folder": env.text("SAGEMAKER_FOLDER"),
    "instance": env.text("SAGEMAKER_INSTANCE", "ml.g5.xlarge"),
    "seconds": env.integer("SAGEMAKER_SECONDS", 86_400),
}
# How long an ended run can be resumed from its checkpoints; then they make room.
CHECKPOINT_DAYS = env.integer("CHECKPOINT_DAYS", 14)
SCORER_URL = env.scorer_url()
SCORER_TOKEN = env.scorer_token()
SCORER_TIMEOUT_SECONDS = env.integer("SCORER_TIMEOUT_SECONDS", 30)
PODIUM_VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
# "" = the encoder that comes with the worker's requirements.
DEFAULT_BASE_MODEL = env.text("PODIUM_BASE_MODEL")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"django": {"level": "INFO"}, "axes": {"level": "WARNING"}, "httpx": {"level": "WARNING"}},
}
