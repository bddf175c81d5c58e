"""The environment variables that the site understands, for `manage.py help` and docs/running.md."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    name: str
    default: str
    meaning: str


OPTIONS = (
    Option("HOST", "127.0.0.1", "Address on which the web server listens."),
    Option("PORT", "8000", "Port on which the web server listens."),
    Option("DATA_DIR", ".data", "Folder of everything that must be kept: database, key, logs."),
    Option(
        "EMBEDDED_POSTGRES_FOLDER", "/var/lib/...", "Root's database, where DATA_DIR is closed."
    ),
    Option("DATABASE_URL", "(embedded)", "PostgreSQL 15 or newer, postgresql://user:pw@host/name."),
    Option("DATABASE_POOL", "10", "Most database connections of one process."),
    Option("CELERY_BROKER_URL", "(files)", "RabbitMQ or Redis for background work."),
    Option("SECRET_KEY", "(made once)", "Django's secret key; the same on every machine."),
    Option("DEBUG", "0", "1 shows error pages with code; never in public."),
    Option("ALLOWED_HOSTS", "localhost,...", "Host names that are answered, with commas between."),
    Option("CSRF_TRUSTED_ORIGINS", "", "Addresses whose forms are accepted, https://example.org."),
    Option("TLS", "0", "1 when a proxy in front speaks HTTPS: secure cookies and redirects."),
    Option("ACCESS", "public", "members: nothing without an account; invited: sign-up by link."),
    Option("WEB_WORKERS", "1", "Processes of the web server."),
    Option(
        "BODY_LIMIT_MB",
        "3",
        "Most megabytes that one request may send; 413 beyond. Importing prompts takes up to 2. "
        "Files of outputs may have 200, from staff and researchers.",
    ),
    Option("FIRST_RUN", "1", "0 starts no run by itself on an empty site."),
    Option("FIRST_RUN_LIMIT", "0", "Most prompts of a set in the first run; 0: all, and a mix."),
    Option("INFERENCE_DEVICE", "(found)", "cpu, cuda or cuda:1."),
    Option("INFERENCE_DTYPE", "(by device)", "bfloat16 is faster on a CPU; seeds repeat less."),
    Option("INFERENCE_CAPACITY", "(by device)", "Outputs that are written at the same time."),
    Option("INFERENCE_THREADS", "(by torch)", "On a busy machine of two cores 1 is faster."),
    Option("INFERENCE_STATIC_SHAPES", "0", "1: few shapes, on CUDA a graph each; not measured."),
    Option("INFERENCE_BACKENDS", "", "Engines besides the site's, as dotted paths with commas."),
    Option("INFERENCE_PRIVATE_ENDPOINTS", "0", "1: endpoints on private networks may be called."),
    Option(
        "INFERENCE_IDLE_SECONDS",
        "300",
        "After so long without work a worker gives its model's memory back; 0: never.",
    ),
    Option("METRICS_PORT", "0", "Port of an inference worker for Prometheus; 0: none."),
    Option("METRICS_HOST", "127.0.0.1", "Address on which that port listens."),
    Option("LEASE_SECONDS", "90", "After so long a silent worker's outputs go to another."),
    Option("GUEST_JUDGMENTS_A_DAY", "200", "Judgments that one address may send unsigned."),
    Option("SIGN_UPS_A_DAY", "20", "Accounts that one address may make; 0 sets no limit."),
    Option("EMAIL_HOST", "", "Mail server; without one no mail is sent (DEBUG prints it)."),
    Option("EMAIL_PORT", "25", "Its port; EMAIL_USE_TLS=1 for STARTTLS."),
    Option("EMAIL_HOST_USER", "", "Its user; EMAIL_HOST_PASSWORD for the password."),
    Option("DEFAULT_FROM_EMAIL", "by-what-definition@localhost", "Sender of mails."),
    Option("BACKUP_DIR", "", "Folder of nightly backups; without one none is made."),
    Option("BACKUP_KEEP", "7", "Nightly backups that are kept, the newest."),
    Option("BACKUP_TIME", "03:00", "When the nightly backup is made, in UTC."),
    Option("SITE_URL", "(HOST and PORT)", "The site's address, for links in data releases."),
    Option("RELEASE_DIR", "(in DATA_DIR)", "Folder of data releases, for web and light workers."),
    Option("DISK_FLOOR_MB", "1024", "Less free disk space stops the start; 0: no check."),
    Option("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING, ERROR or CRITICAL."),
)


def table() -> str:
    """The options as aligned text, one a line."""
    names = max(len(option.name) for option in OPTIONS)
    defaults = max(len(option.default) for option in OPTIONS)
    return "\n".join(
        f"  {option.name:{names}}  {option.default:{defaults}}  {option.meaning}"
        for option in OPTIONS
    )
