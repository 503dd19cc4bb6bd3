"""All settings, from the environment only. A missing or senseless value stops the start with its name."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from cloudpanel.core import env
from cloudpanel.core.clabe import is_clabe
from domains.registries import ImproperRegistries, read_registries

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
PANEL_NAME = env.text("PANEL_NAME", "Panel Cloud")

# --- Where and how it runs ----------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
LOCAL_MODE = env.flag("LOCAL_MODE")  # `make run`: readable e-mail, no TLS
LOCAL_DIR = Path(env.text("LOCAL_DIR", str(BASE_DIR / ".local")))
SECRET_KEY = env.text("SECRET_KEY")
# Fernet keys for secrets at rest (JobSecret, drafts), newest first; the first one encrypts.
FIELD_ENCRYPTION_KEYS = env.listed("FIELD_ENCRYPTION_KEYS")
if not FIELD_ENCRYPTION_KEYS:
    raise env.ImproperEnvironment("Set FIELD_ENCRYPTION_KEYS (Fernet keys, comma-separated).")
# What proves the lines of the action log, newest first; old ones must stay, or old lines cannot be verified.
ACTION_LOG_KEYS = env.listed("ACTION_LOG_KEYS") or FIELD_ENCRYPTION_KEYS
# The newest seal of the log, kept outside the database: whoever cuts off the log's end cannot change it there.
ACTION_LOG_ANCHOR = Path(env.text("ACTION_LOG_ANCHOR", str(LOCAL_DIR / "action-log.anchor")))
ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS", "127.0.0.1,localhost")
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
ROOT_URLCONF = "cloudpanel.urls"
WSGI_APPLICATION = "cloudpanel.wsgi.application"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "djmoney",
    "import_export",
    "hijack",
    "cloudpanel.core",
    "cloudpanel.provisioning",
    "cloudpanel.local",
    "accounts",
    "notices",
    "billing",
    "marketplace",
    "users",
    "domains",
    "exchange",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cloudpanel.core.security_headers.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.CurrentAccountMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "accounts.stash.FormOwnerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hijack.middleware.HijackUserMiddleware",
    "accounts.second_factor.SecondFactorMiddleware",
    "users.preview.PreviewMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.activity.LastSeenMiddleware",
    "cloudpanel.refused_methods.RefusedMethodMiddleware",
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
                "accounts.context_processors.shell",
                "cloudpanel.context_processors.navigation",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "cloudpanel.core.templatetags.panel",
                "cloudpanel.core.templatetags.components",
            ],
        },
    },
    {
        # Row-heavy tables only: 6.8 ms instead of 28 ms for fifty rows (docs/architecture.md).
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "jinja2"],
        "OPTIONS": {"environment": "cloudpanel.core.jinja.environment"},
    },
]
FORM_RENDERER = "cloudpanel.core.forms.PanelRenderer"

# --- Data ---------------------------------------------------------------------------------------------------
DATABASES = {"default": {**env.database("DATABASE_URL"), "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")
SESSION_CACHE_TIMEOUT = 0.3  # seconds; PostgreSQL has the sessions too
CACHES = {
    # Rate limits live in PostgreSQL: they must not vanish with Redis.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"},
    # Sessions are read from Redis and kept in PostgreSQL; without Redis they only get slower.
    "sessions": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "sessions",
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "REDIS_CLIENT_CLASS": "cloudpanel.core.session_cache.RestingRedis",
            "SOCKET_CONNECT_TIMEOUT": SESSION_CACHE_TIMEOUT,
            "SOCKET_TIMEOUT": SESSION_CACHE_TIMEOUT,
        },
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Queue: the Job row is the truth, Celery only rings the bell --------------------------------------------
CELERY_BROKER_URL = env.celery_broker(REDIS_URL)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_DB_REUSE_MAX = 1000  # Celery 5.7 closes the connection around every task otherwise
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for Redis as long as it takes
# The last resort against a call that cannot be interrupted: the process is killed and the job goes to another one.
# Above every Operation.time_limit.
CELERY_TASK_TIME_LIMIT = env.integer("WORKER_TIME_LIMIT", 900)
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 1}
CELERY_TASK_PUBLISH_RETRY = False  # a broker that is away must not hold a request; the sweep rings again
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "dispatch-due-jobs": {
        "task": "provisioning.dispatch_due_jobs",
        "schedule": 3.0,
        "options": {"expires": 30.0, "ignore_result": True},  # busy workers need no heap of stale calls
    },
}

# What the panel does by itself: dotted path -> seconds between two runs (cloudpanel.provisioning.periodic).
PERIODIC = {
    "cloudpanel.provisioning.retention.prune_attempts": 3600,
    "accounts.log_seals.seal_new_lines": 10,
    "notices.services.send_waiting_emails": 5,
    "notices.services.forget_old_emails": 24 * 3600,
    "billing.services.charges.ask_about_quiet_charges": 300,
    "billing.services.methods.tell_of_expiring_cards": 24 * 3600,
    "billing.services.sending.send_new_invoices": 15,
    "billing.services.overdue.announce_overdue": 600,
    "billing.services.stamping.stamp_new_documents": 60,
    "marketplace.services.suspension.align": 60,
    "marketplace.services.renewal_run.roll_periods": 600,
    "marketplace.services.renewal_run.invoice_due_periods": 600,
    "marketplace.services.dunning.ask_for_overdue": 900,
    "users.services.activation.remind": 300,
    "users.services.uploads.forget_expired_uploads": 3600,
    "domains.services.doctor.examine_due": 300,
    "domains.services.looking_up.refresh_facts": 300,
    "domains.services.reproving.reprove_due": 600,
    "domains.services.zone_publishing.compare_all": 600,
    "domains.services.zone_publishing.withdraw_orphans": 3600,
    "domains.services.searching.forget_old_searches": 3600,
    "domains.services.listening.listen_to_all": 300,
    "domains.services.renewing.catch_up": 60,
    "domains.services.findings.compare_all": 3600,
    "domains.services.expiry.watch_expiry": 3600,
    "exchange.services.usage.refresh_usage": 900,
    "exchange.services.deletion.purge_expired": 3600,
    "exchange.services.drafts.forget_expired_drafts": 3600,
    "exchange.services.reconcile.compare_all": 24 * 3600,
    "exchange.services.imports.files.forget_expired_imports": 3600,
    "exchange.services.imports.retention.prune_imports": 3600,
}

# Upward talk (design, section 4): dotted paths, read by cloudpanel.core.drivers.
SERVICE_LIFECYCLES = {
    "exchange": "exchange.lifecycle.ExchangeLifecycle",
    "domain": "domains.lifecycle.DomainLifecycle",
}
DOMAIN_USES = ("exchange.domain_uses.mail_domains",)  # who tells what uses a domain (domains.uses)
MAIL_DRIVER = env.text("MAIL_DRIVER", "exchange.drivers.directory.DirectoryMailDriver")
EXCHANGE_DRIVER = "exchange.drivers.powershell.PowerShellMailDriver"
EXCHANGE = {  # docs/drivers.md, "Microsoft Exchange"
    "server": env.text("EXCHANGE_SERVER", ""),
    "organizational_unit": env.text("EXCHANGE_OU", ""),
    "username": env.text("EXCHANGE_USERNAME", ""),
    "password": env.text("EXCHANGE_PASSWORD", ""),
    "ssl": env.flag("EXCHANGE_SSL"),
    "port": env.integer("EXCHANGE_PORT", 0),
    "path": env.text("EXCHANGE_PATH", "PowerShell"),
    "auth": env.text("EXCHANGE_AUTH", "kerberos"),
    "ca_file": env.text("EXCHANGE_CA_FILE", ""),
    "database": env.text("EXCHANGE_DATABASE", ""),
    "domain_controller": env.text("EXCHANGE_DC", ""),
    "purge": env.text("EXCHANGE_PURGE", "remove"),
    "connections": env.integer("EXCHANGE_CONNECTIONS", 4),
    "command_timeout": env.integer("EXCHANGE_COMMAND_TIMEOUT", 60),
}
DRIVERS = {
    "mail": {
        "class": MAIL_DRIVER,
        "options": {"config": EXCHANGE if MAIL_DRIVER == EXCHANGE_DRIVER else {"dsn": env.text("MAIL_DIRECTORY_URL")}},
        "concurrency": env.integer("MAIL_DRIVER_CONCURRENCY", 8),
    },
}
# Domains held elsewhere: what their DNS says, asked at the zone's own servers and at these public resolvers.
DOMAIN_RESOLVERS = env.listed("DOMAIN_RESOLVERS", "1.1.1.1,8.8.8.8,9.9.9.9")
DOMAIN_PROOF_TARGET = env.text("DOMAIN_PROOF_TARGET", "comprobacion.panel.example").lower()  # of the proving CNAME
DRIVERS["dns_observer"] = {
    "class": "domains.drivers.observer.DnsObserver",
    "options": {
        "resolvers": DOMAIN_RESOLVERS,
        "authority_port": env.integer("DOMAIN_AUTHORITY_PORT", 53),
        "allow_private": LOCAL_MODE,
        "local": env.text("DOMAIN_LOCAL_SERVER", ""),
    },
    "concurrency": env.integer("DOMAIN_CHECKS", 4),
}
DRIVERS["lookup"] = {  # RDAP and WHOIS; servers as "mx=https://…,com.mx=https://…" (docs/drivers.md)
    "class": "domains.drivers.lookup.DomainLookup",
    "options": {
        "settings": {
            "rdap": env.pairs("RDAP_SERVERS"),
            "whois": env.pairs("WHOIS_SERVERS"),
            "rdap_file": env.text("RDAP_BOOTSTRAP_FILE", ""),
            "has_defaults": env.flag("LOOKUP_DEFAULTS", not LOCAL_MODE),
            "seconds": 8.0,
        }
    },
    "concurrency": env.integer("LOOKUP_CONCURRENCY", 2),
}
# DNS hosting: the primary server that zones are published to. Without it the panel says that it hosts no DNS.
ZONE_NAMESERVERS = tuple(env.listed("ZONE_NAMESERVERS", ""))  # what customers enter at their registrar
ZONE_DEFAULT_RECORDS = env.text("ZONE_DEFAULT_RECORDS", "").split("|")  # lines of a zone file, for new zones
_PRIMARY = {"host": env.text("ZONE_PRIMARY_HOST", ""), "key_secret": env.text("ZONE_KEY_SECRET", "")}
if _PRIMARY["host"] or ZONE_NAMESERVERS:
    if not all((*_PRIMARY.values(), ZONE_NAMESERVERS)):
        raise env.ImproperEnvironment(
            "Set ZONE_PRIMARY_HOST, ZONE_KEY_SECRET and ZONE_NAMESERVERS together, or none of them."
        )
    DRIVERS["zones"] = {
        "class": "domains.drivers.dns.ZonePublisher",
        "options": {
            "settings": {
                **_PRIMARY,
                "port": env.integer("ZONE_PRIMARY_PORT", 53),
                "key_name": env.text("ZONE_KEY_NAME", "panel."),
                "key_algorithm": env.text("ZONE_KEY_ALGORITHM", "hmac-sha256"),
                "catalog": env.text("ZONE_CATALOG", "catalog.panel."),
                "timeout": env.integer("ZONE_TIMEOUT", 5),
            }
        },
        "concurrency": env.integer("ZONE_CONCURRENCY", 8),
    }
# Registries of domains, by ending: docs/drivers.md, "Domain registries". Without any, domains are not sold.
try:
    REGISTRIES = read_registries(env.text("REGISTRIES", ""))
except ImproperRegistries as error:
    raise env.ImproperEnvironment(str(error)) from None
DRIVERS.update({registry.driver_name: dict(registry.driver) for registry in REGISTRIES.values()})
# Cards (Stripe). Without keys customers pay by transfer only; half a set of keys is a mistake.
STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY", "")
STRIPE_API_URL = env.text("STRIPE_API_URL", "https://api.stripe.com")
STRIPE_JS_URL = env.text("STRIPE_JS_URL", "https://js.stripe.com/v3/")
_STRIPE = {"secret_key": env.text("STRIPE_SECRET_KEY", ""), "webhook_secret": env.text("STRIPE_WEBHOOK_SECRET", "")}
if any((STRIPE_PUBLISHABLE_KEY, *_STRIPE.values())):
    if not all((STRIPE_PUBLISHABLE_KEY, *_STRIPE.values())):
        raise env.ImproperEnvironment(
            "Set STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRET together, or none of them."
        )
    if (STRIPE_PUBLISHABLE_KEY[:3], _STRIPE["secret_key"][:3]) not in {("pk_", "sk_"), ("pk_", "rk_")}:
        raise env.ImproperEnvironment("STRIPE_PUBLISHABLE_KEY begins with pk_, STRIPE_SECRET_KEY with sk_ or rk_.")
    DRIVERS["stripe"] = {
        "class": "billing.gateways.stripe_gateway.StripeGateway",
        "options": {**_STRIPE, "api_url": STRIPE_API_URL},
        "concurrency": env.integer("STRIPE_CONCURRENCY", 8),
    }
if PAC_DRIVER := env.text("PAC_DRIVER", ""):  # a class of your PAC's (docs/drivers.md, "Stamping"); none is shipped
    DRIVERS["pac"] = {"class": PAC_DRIVER, "options": json.loads(env.text("PAC_OPTIONS", "{}")), "concurrency": 4}
MAIL_DEFAULT_DOMAIN = env.text("MAIL_DEFAULT_DOMAIN", "correo.panel.example")
MAIL_HOST = env.text("MAIL_HOST", "127.0.0.1" if LOCAL_MODE else "mail.panel.example")
MAIL_DNS = {  # what the DNS of a customer's domain should say for its mail to work here (the domain doctor)
    "mx": env.listed("MAIL_MX", "10 mail.panel.example" if LOCAL_MODE else f"10 {MAIL_HOST}"),
    "spf": env.text("MAIL_SPF", "mx"),  # the mechanism that names our servers, such as include:_spf.example.com
    "dmarc": env.text("MAIL_DMARC", "v=DMARC1; p=none"),
    "dkim": env.pairs(
        "MAIL_DKIM", "panel=panel._domainkey.panel.example" if LOCAL_MODE else ""
    ),  # selector=CNAME target
    "autodiscover": env.text("MAIL_AUTODISCOVER", "autodiscover.panel.example" if LOCAL_MODE else ""),
}
MAIL_IMAP_PORT = env.integer("MAIL_IMAP_PORT", 11143 if LOCAL_MODE else 993)
LOCAL_SMTP_PORT = env.integer("MAIL_SMTP_PORT", 11025)  # the post office of `make run`

# --- Language -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "es-mx"
LANGUAGES = [("es-mx", _("Español")), ("en", _("Inglés"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "America/Mexico_City"
USE_THOUSAND_SEPARATOR = True

# --- Static files -------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(LOCAL_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL_MODE
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL_MODE
WHITENOISE_AUTOREFRESH = DEBUG

# --- E-mail -------------------------------------------------------------------------------------------------
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    "cloudpanel.local.mail.LocalEmailBackend" if LOCAL_MODE else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Panel de control <no-responder@panel.example>")

# --- Sign-in ------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.validators.StrengthValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "users.adapters.PanelAccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.sign_in.LoginForm",
    "change_password": "accounts.forms.sign_in.ChangePasswordForm",
    "set_password": "accounts.forms.sign_in.SetPasswordForm",
    "reset_password": "users.recovery.RecoveryForm",
    "reset_password_from_key": "accounts.forms.sign_in.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.sign_in.ReauthenticateForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever activates by the e-mailed link has proved the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=2).total_seconds())
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = PUBLIC_URL.split(":", 1)[0]
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,20/10m/ip", "reset_password": "20/m/ip,5/h/key"}
MFA_ADAPTER = "accounts.adapters.FactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.sign_in.FactorForm",
    "reauthenticate": "accounts.forms.sign_in.FactorAgainForm",
    "activate_totp": "accounts.forms.sign_in.ActivateTOTPForm",
    "add_webauthn": "accounts.forms.sign_in.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.sign_in.RenamePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = PANEL_NAME
MFA_TOTP_TOLERANCE = 1  # telephones' clocks are half a minute off at times
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL_MODE
USERSESSIONS_ADAPTER = "accounts.adapters.SessionAdapter"
USERSESSIONS_TRACK_ACTIVITY = False  # three statements at every page; accounts.activity does it now and then
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", not LOCAL_MODE)  # of support, before they reach /admin/
HIJACK_PERMISSION_CHECK = "accounts.access.may_enter_as"
HIJACK_INSERT_BEFORE = None  # the shell shows its own banner

# --- Security -----------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    },
}
# The admin library is built on Alpine, which compiles the expressions in its attributes, and writes its theme's colours
# into the page. Scripts still come from this site only, and none stands in a page.
ADMIN_CONTENT_SECURITY_POLICY = {
    **CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20  # above what any form takes, so that the form itself says what is too long
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # 500 people in one form, each with some fields
SECURE_REFERRER_POLICY = "same-origin"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cloudpanel.views.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not LOCAL_MODE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if LOCAL_MODE else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not LOCAL_MODE

# --- The business -------------------------------------------------------------------------------------------
CURRENCY = "MXN"
VAT_RATE = env.text("VAT_RATE", "0.16")  # IVA, as a Decimal string
TRANSFER_CLABE = env.text("TRANSFER_CLABE", "646180000000000009")  # where SPEI transfers go
if not is_clabe(TRANSFER_CLABE):
    raise env.ImproperEnvironment(f"TRANSFER_CLABE={TRANSFER_CLABE!r} is not a CLABE: 18 digits, the last one checks.")
TRANSFER_BANK = env.text("TRANSFER_BANK", "STP")
TRANSFER_DUE_DAYS = env.integer("TRANSFER_DUE_DAYS", 10)
ISSUER = {  # who invoices: printed on every invoice as it was on that day
    "legal_name": env.text("ISSUER_LEGAL_NAME", "Servicios Cloud de Ejemplo"),
    "tax_id": env.text("ISSUER_TAX_ID", "EKU9003173C9"),  # the SAT's own test taxpayer
    "tax_regime": env.text("ISSUER_TAX_REGIME", "601"),
    "street": env.text("ISSUER_STREET", "Av. Paseo de la Reforma 100"),
    "city": env.text("ISSUER_CITY", "Ciudad de México"),
    "state": env.text("ISSUER_STATE", "Ciudad de México"),
    "postal_code": env.text("ISSUER_POSTAL_CODE", "06600"),
    "country": "MX",
}
SAT_PRODUCT_CODE = env.text("SAT_PRODUCT_CODE", "81112100")  # SAT c_ClaveProdServ: servicios de internet
SAT_UNIT_CODE = env.text("SAT_UNIT_CODE", "E48")  # SAT c_ClaveUnidad: unidad de servicio
RENEWAL_LEAD_DAYS = env.integer(
    "RENEWAL_LEAD_DAYS", 10
)  # the next period is invoiced so many days ahead, due on its first
RENEWAL_LEAST_NOTICE_DAYS = 3  # an invoice that comes later than this is due TRANSFER_DUE_DAYS after it was issued
CANCELLATION_GRACE_DAYS = env.integer("CANCELLATION_GRACE_DAYS", 30)  # what was cancelled can be reactivated so long
SUPPORT_EMAIL = env.text("SUPPORT_EMAIL", "soporte@panel.example")

# --- Support staff's admin -------------------------------------------------------------------------------------
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
UNFOLD = {
    "SITE_TITLE": _("Soporte"),
    "SITE_HEADER": PANEL_NAME,
    "SITE_SUBHEADER": _("Personal de soporte"),
    "SITE_SYMBOL": "cloud",
    "STYLES": [lambda request: static("css/admin.css")],
    "SCRIPTS": [lambda request: static("js/admin.js")],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/logo.svg")}],
    "COLORS": {  # the panel's petrol, from light to dark
        "primary": {
            "50": "#ecf7f7",
            "100": "#d3ebea",
            "200": "#a7d8d6",
            "300": "#6fc0bf",
            "400": "#3aa3a5",
            "500": "#1b878c",
            "600": "#0b6e74",
            "700": "#085a60",
            "800": "#07474c",
            "900": "#063a3e",
            "950": "#03262a",
        }
    },
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_BACK_BUTTON": True,
    "SIDEBAR": {"show_search": True, "show_all_applications": True},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {  # a line for each ring of the bell, every three seconds, would hide the rest
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},  # sixty lines for every PDF
        "fpdf": {"level": "ERROR"},  # a name with an emoji is no news
        "stripe": {"level": "WARNING"},  # two lines for each call
        "pypsrp": {"level": "WARNING"},  # three lines for each cmdlet; at DEBUG every message, so never that
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
# accounts.User.email is unique by a constraint on Lower(email), which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
