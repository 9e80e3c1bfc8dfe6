"""Files from elsewhere: over HTTP, from S3, from whatever fsspec reads, and data sets through `datasets`.

Everything is written to a file first: an import reads its rows twice.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import fsspec
import httpx
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from labeling import outbound
from labeling.exceptions import InvalidInput
from labeling.sources.readers import SUFFIXES, UnreadableFile, format_of

Alive = Callable[[], None]

PIECE = 1024 * 1024
TIMEOUT = httpx.Timeout(60.0, connect=15.0)
MOST_REDIRECTS = 5
SIGN_SECONDS = 5.0
LISTED_STDERR = 1000
HUB_NAME = re.compile(r"([\w.-]+/)?[\w.-]+")


class NotFetched(Exception):
    """The address cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """An address, and the format of what lies there. dataset: it is a data set's name or folder, not a file's."""

    url: str
    format: str
    dataset: bool = False


def source_of(url: str, *, format: str = "", inside: bool = False) -> Source:
    """What an address is. format: where its name does not tell.

    inside: any address, also a folder of this machine, for whoever has its shell; else those that IMPORT_URLS allows.
    Raises `InvalidInput`.
    """
    allowed = settings.IMPORT_URLS
    # fsspec reads what follows "::" by another protocol.
    if not inside and ("::" in url or not url.startswith(tuple(allowed))):
        raise InvalidInput(
            f"addresses that begin with {', '.join(allowed)} can be imported from here; got {url!r}. "
            "Whoever runs this Podium may allow others with IMPORT_URLS, or import it with manage.py import_prompts"
        )
    parsed = urlsplit(url)
    if inside and not parsed.scheme and Path(url).is_dir():
        return Source(url, "parquet", dataset=True)
    if parsed.scheme == "hf" and Path(parsed.path).suffix.lower() not in SUFFIXES:
        return Source(url, "parquet", dataset=True)
    try:
        return Source(url, format or format_of(parsed.path))
    except UnreadableFile as error:
        raise InvalidInput(f"{error}; or say which format it is") from None


def fetch(source: Source, target: Path, *, inside: bool = False, alive: Alive = lambda: None) -> None:
    """Write what lies at the address to `target`, all of it or nothing. Raises `NotFetched`."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.fetching")
    try:
        if source.dataset:
            _fetch_dataset(source.url, draft, alive, anonymous=not inside)
        else:
            with draft.open("wb") as file:
                for piece in _pieces(source.url, inside=inside):
                    file.write(piece)
                    alive()
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _pieces(url: str, *, inside: bool) -> Iterator[bytes]:
    scheme = urlsplit(url).scheme
    if scheme in ("http", "https"):
        yield from _over_http(url, inside=inside)
    elif scheme == "s3":
        yield from _from_s3(url)
    else:
        yield from _by_fsspec(url, anonymous=not inside)


def _over_http(url: str, *, inside: bool) -> Iterator[bytes]:
    try:
        with outbound.client(timeout=TIMEOUT, inside=inside) as client:
            for _ in range(MOST_REDIRECTS):
                with client.stream("GET", url) as answer:
                    # Followed here, so that each address on the way is looked at.
                    if answer.is_redirect:
                        url = str(answer.url.join(answer.headers["location"]))
                        continue
                    answer.raise_for_status()
                    yield from answer.iter_bytes(PIECE)
                    return
        raise NotFetched(f"more than {MOST_REDIRECTS} redirects")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotFetched(f"{type(error).__name__}: {error}") from None


def _from_s3(url: str) -> Iterator[bytes]:
    """With the AWS SDK's own settings: credentials, region, AWS_ENDPOINT_URL for other stores that speak S3."""
    parsed = urlsplit(url)
    try:
        body = boto3.client("s3").get_object(Bucket=parsed.netloc, Key=parsed.path.removeprefix("/"))["Body"]
        yield from body.iter_chunks(PIECE)
    except (BotoCoreError, ClientError) as error:
        raise NotFetched(f"{url}: {error}") from None


def _by_fsspec(url: str, *, anonymous: bool) -> Iterator[bytes]:
    options: dict[str, Any] = {}
    if urlsplit(url).scheme == "hf":
        # Data sets are what is imported; the file system also knows models and spaces.
        url = f"hf://datasets/{url.removeprefix('hf://').removeprefix('datasets/')}"
        options = {"token": False} if anonymous else {}
    try:
        with fsspec.open(url, "rb", **options) as file:
            while piece := file.read(PIECE):
                yield piece
    # Every protocol brings exceptions of its own; a missing one is an ImportError that names its package.
    except Exception as error:
        raise NotFetched(f"{url}: {type(error).__name__}: {error}") from None


def _fetch_dataset(url: str, target: Path, alive: Alive, *, anonymous: bool) -> None:
    """`hf://[datasets/]owner/name[@revision][?config=…&split=…]`, or a folder. By a child: it may load `datasets`."""
    parsed = urlsplit(url)
    name = url
    options: dict[str, str] = {}
    if parsed.scheme == "hf":
        name, _, revision = (parsed.netloc + parsed.path).removeprefix("datasets/").partition("@")
        if not HUB_NAME.fullmatch(name):
            raise NotFetched(f"{url}: expected hf://owner/name, as the hub calls it; got the name {name!r}")
        options = {**dict(parse_qsl(parsed.query)), **({"revision": revision} if revision else {})}
    if unknown := set(options) - {"config", "split", "revision"}:
        raise NotFetched(f"{url}: unknown {', '.join(sorted(unknown))}; known are config, split and revision")
    command = [*settings.DATASET_COMMAND, "--dataset", name, "--output", str(target)]
    command += [word for option, value in options.items() for word in (f"--{option}", value)]
    if parsed.scheme == "hf":
        command.append("--hub")
    if anonymous:
        command.append("--anonymous")
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=os.environ)  # noqa: S603
        try:
            while True:
                try:
                    code = child.wait(timeout=SIGN_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    alive()
        finally:
            child.kill()
            child.wait()
        if code:
            said.seek(0)
            text = said.read().decode("utf-8", "replace").strip()
            raise NotFetched(text[-LISTED_STDERR:] or f"the program that reads data sets ended with {code}")
