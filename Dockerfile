# One image for web, worker and beat; the Compose files say which of them a container is.
# The base is pinned by its version; deploy/digests.sh pins it, and what Compose pulls, by digest.

FROM python:3.13.14-slim-bookworm AS build
WORKDIR /app
RUN apt-get update && apt-get install --yes --no-install-recommends binutils
COPY requirements.lock ./
RUN python -m venv --without-pip .venv \
    && pip --python .venv install --no-cache-dir --no-compile --require-hashes --requirement requirements.lock
ENV PATH=/app/.venv/bin:$PATH
COPY . .
RUN python -m services.slimming packages .venv/lib/python3.*/site-packages
# Production's settings: with DEBUG there would be no manifest of the static files, and no page without it.
RUN export VAR_DIR=/tmp/build SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    && python manage.py collectstatic --no-input --verbosity 0 \
    && python -m services.slimming load
RUN python -m compileall -q config lib newsletter operations services subscriptions \
    && chmod --recursive u=rwX,go=rX .

FROM python:3.13.14-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
WORKDIR /app
COPY --from=build /app ./
# All that is kept lies in /app/var; besides, only /tmp is written to. No account: the number is enough.
RUN install --directory --mode=700 --owner=10001 --group=10001 var
VOLUME /app/var
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=15s --start-period=60s --retries=4 \
    CMD ["python", "-m", "services.healthcheck", "web"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "config.wsgi"]
