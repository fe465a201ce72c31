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
# The lock is a constraint here: its versions and hashes, without what only developers need.
RUN grep -v '^-e' locks/dev.txt > /tmp/lock.txt \
    && pip install hatchling \
    && pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/dist . \
    && python -c "import re; print(*re.findall(r'^(\S+==\S+)', open('/tmp/lock.txt').read(), re.M), sep='\n')" > /tmp/versions.txt \
    && pip install --constraint /tmp/versions.txt "elicit[all] @ file://$(ls /tmp/dist/elicit-*.whl)" \
    && rm -rf /tmp/dist /tmp/lock.txt /tmp/versions.txt \
    && useradd --create-home --uid 10001 elicit
USER elicit
EXPOSE 8000 8501
CMD ["elicit", "api", "--host", "0.0.0.0", "--port", "8000"]
