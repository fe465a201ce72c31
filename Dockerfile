# One image for every part of the service; what a container does is its command.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY locks/dev.txt locks/
COPY pyproject.toml README.md LICENSE ./
COPY elicit elicit
COPY workers workers
COPY dashboard dashboard
COPY migrations migrations
# The lock is a constraint here: its versions, without what only developers need.
RUN sed -E -e '/^ +--hash/d' -e 's/ \\$//' locks/dev.txt > /tmp/versions.txt \
    && pip wheel --no-deps --constraint /tmp/versions.txt --wheel-dir /tmp/dist . \
    && pip install --constraint /tmp/versions.txt "elicit[all] @ file://$(ls /tmp/dist/elicit-*.whl)" \
    && rm -rf /tmp/dist /tmp/versions.txt \
    && useradd --create-home --uid 10001 elicit
USER elicit
EXPOSE 8000 8501
CMD ["elicit", "api", "--host", "0.0.0.0", "--port", "8000"]
