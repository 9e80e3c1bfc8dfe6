"""A store that speaks S3 on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import httpx
from moto.server import ThreadedMotoServer

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3(monkeypatch: Any, bucket: str) -> Iterator[Any]:
    """A client of an empty bucket; the AWS SDK finds its server by the environment meanwhile."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    # Its buckets belong to the process, not to the server.
    httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
    client = boto3.client("s3")
    client.create_bucket(Bucket=bucket)
    yield client
    server.stop()
