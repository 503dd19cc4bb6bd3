# Everything goes through cloudpanel.local; see docs/operation.md. PYTHON names another interpreter, PORT another port.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
BOOTSTRAP := $(or $(PYTHON),python3) cloudpanel/local/bootstrap.py
LOCAL := .venv/bin/python -m cloudpanel.local

.PHONY: run test lint bench reset dovecot

run: ## The panel with everything it needs on http://127.0.0.1:8000
	@$(BOOTSTRAP) && exec $(LOCAL) run

test: ## The whole suite; ARGS="tests/local -k port" narrows it
	@$(BOOTSTRAP) && exec $(LOCAL) test -- $(ARGS)

lint: ## Style, types, layers, templates, migrations, deployment checks, translations
	@$(BOOTSTRAP) && exec $(LOCAL) lint

bench: ## The benchmarks, as ratios
	@$(BOOTSTRAP) && exec $(LOCAL) bench -- $(ARGS)

dovecot: ## Debian 12, as root: the mail server that makes mailboxes readable
	apt-get update -q && apt-get install -qy --no-install-recommends dovecot-imapd dovecot-lmtpd dovecot-pgsql dovecot-sieve

reset: ## Throws the local data away; asks first
	@$(BOOTSTRAP) && exec $(LOCAL) reset
