"""gunicorn behind the reverse proxy. Two sync workers beat threads on these pages; more of them, or more containers, scale."""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
preload_app = True
timeout = 30
limit_request_line = 0  # the proxy has its own; ten thousand letters in a search get the form's words, not a bare 414
graceful_timeout = 20
worker_tmp_dir = "/dev/shm"  # noqa: S108 (a heartbeat file must not wait for a disk)
forwarded_allow_ips = "*"  # only the proxy reaches this port
accesslog = "-"
access_log_format = '%({x-forwarded-for}i)s "%(r)s" %(s)s %(b)s %(M)sms'
