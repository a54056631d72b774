# One image for web, worker and beat; docker-compose.yml says which of them a container is.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/app/.venv/bin:$PATH
WORKDIR /app

COPY requirements.lock ./
RUN python -m venv .venv && pip install --no-cache-dir --require-hashes -r requirements.lock

COPY . .
RUN DEBUG=1 VAR_DIR=/tmp/build python manage.py collectstatic --no-input \
    && chmod -R a+rX staticfiles \
    && useradd --system --home-dir /app paperpost \
    && mkdir -m 700 var && chown paperpost var
USER paperpost

ENV PORT=8000
EXPOSE 8000
CMD ["gunicorn", "config.wsgi"]
