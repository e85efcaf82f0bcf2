# syntax=docker/dockerfile:1
# One image for every process of the application: web, sockets, worker, clock and keepers differ by their command.

# --- front end: Node is needed here only -------------------------------------------------------------------------------
FROM node:22-bookworm-slim AS frontend
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tools/build_frontend.mjs tools/
COPY frontend frontend
RUN mkdir -p config/static && node tools/build_frontend.mjs

# --- Python packages, every one checked against its hash ---------------------------------------------------------------
FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /opt/venv
COPY requirements.txt ./
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.txt

# --- the application ---------------------------------------------------------------------------------------------------
FROM python:3.11-slim-bookworm AS runtime
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 mingcai \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/mingcai --create-home --shell /usr/sbin/nologin mingcai
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MINGCAI_VAR=/var/lib/mingcai \
    STATIC_ROOT=/srv/static
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/mingcai
COPY . .
COPY --from=frontend /build/config/static/build config/static/build
# The secret key of the build is thrown away with its folder; a running container takes its own from the environment.
RUN python tools/compile_messages.py \
    && MINGCAI_VAR=/tmp/build python manage.py collectstatic --noinput -v 0 \
    && rm -rf /tmp/build
USER 10001:10001
VOLUME /var/lib/mingcai
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost', 'X-Forwarded-Proto': 'https'}), timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "config.wsgi:application"]
