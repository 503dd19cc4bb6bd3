# The panel's image: one for web, worker and beat (docker-compose.yml). Build arguments can name mirrors of the two bases.
ARG NODE_IMAGE=node:22-bookworm-slim
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${NODE_IMAGE} AS ui
WORKDIR /ui
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.lock requirements-dev.lock /tmp/
RUN /opt/venv/bin/pip install -q --require-hashes -r /tmp/requirements.lock
# Babel turns .po into .mo and stays in this stage.
RUN awk '/^[^ ]/ {wanted = 0} /^babel==/ {wanted = 1} wanted' /tmp/requirements-dev.lock > /tmp/babel.lock \
    && pip install -q --require-hashes --target /opt/babel -r /tmp/babel.lock
WORKDIR /app
COPY . .
COPY --from=ui /ui/node_modules node_modules
RUN PYTHONPATH=/opt/babel python cloudpanel/local/translations.py \
    && python cloudpanel/local/assets.py node_modules static/vendor && rm -r node_modules \
    # Nothing but the static files comes of these values: the real ones arrive when the container starts.
    && SECRET_KEY=build FIELD_ENCRYPTION_KEYS=build DATABASE_URL=postgresql://build@build/build \
       MAIL_DIRECTORY_URL=postgresql://build@build/build REDIS_URL=redis://build \
       /opt/venv/bin/python manage.py collectstatic --noinput -v 0 \
    && /opt/venv/bin/python -m compileall -q .

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Cloud control panel"
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=cloudpanel.settings
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin panel \
    && install -d -o panel -g panel /var/lib/panel
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV LOCAL_DIR=/var/lib/panel
USER panel
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["python", "docker/healthcheck.py"]
CMD ["gunicorn", "--config", "docker/gunicorn.conf.py", "cloudpanel.wsgi"]
