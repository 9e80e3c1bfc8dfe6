"""Where finished files are kept: on this machine's disk, or in a bucket that all machines share.

With a bucket the folder on disk is a cache: what is finished goes up, what is asked for and is not here comes down.
This module imports no Django, so that the scorer finds the same files.
"""

import shutil
import uuid
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
from boto3.s3.transfer import TransferConfig

# One after the other: a thread pool for each of thousands of small files costs more than it brings.
TRANSFER = TransferConfig(use_threads=False)


class Store(Protocol):
    def keep(self, path: Path) -> None:
        """Have a finished file, or a folder of them, where every machine finds it."""

    def bring(self, path: Path) -> Path:
        """The path, with what lies there fetched if it is not here; it may be nowhere."""

    def forget(self, path: Path) -> None:
        """Remove the shared copy, if any; the one on this disk is whoever's who calls."""


class Disk:
    """The folder is all there is; several machines share it as a network file system, if at all."""

    def keep(self, path: Path) -> None:
        pass

    def bring(self, path: Path) -> Path:
        return path

    def forget(self, path: Path) -> None:
        pass


class Bucket:
    """s3://bucket/prefix, by the AWS SDK's own settings: AWS_ACCESS_KEY_ID, …, AWS_ENDPOINT_URL for other stores."""

    def __init__(self, url: str, root: Path) -> None:
        parsed = urlsplit(url)
        self._bucket, self._prefix = parsed.netloc, parsed.path.strip("/")
        self._root = root
        self._made: Any = None

    def keep(self, path: Path) -> None:
        files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
        for file in files:
            self._client.upload_file(str(file), self._bucket, self._key(file), Config=TRANSFER)

    def bring(self, path: Path) -> Path:
        if path.exists() or not path.is_relative_to(self._root):
            return path
        key = self._key(path)
        keys = self._under(key)
        if not keys:
            return path
        draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}.fetching")
        draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            for name in keys:
                target = draft if name == key else draft / name.removeprefix(f"{key}/")
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._client.download_file(self._bucket, name, str(target), Config=TRANSFER)
            # Of two that fetch at once, the first one's copy stands.
            if not path.exists():
                draft.rename(path)
        finally:
            if draft.is_dir():
                shutil.rmtree(draft)
            else:
                draft.unlink(missing_ok=True)
        return path

    def forget(self, path: Path) -> None:
        for name in self._under(self._key(path)):
            self._client.delete_object(Bucket=self._bucket, Key=name)

    @property
    def _client(self) -> Any:
        # When it is first needed: processes that never touch a file need no credentials.
        if self._made is None:
            self._made = boto3.session.Session().client("s3")
        return self._made

    def _key(self, path: Path) -> str:
        return "/".join(filter(None, (self._prefix, *path.relative_to(self._root).parts)))

    def _under(self, key: str) -> list[str]:
        """The object of this key, or those of the folder."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=key)
        found = [one["Key"] for page in pages for one in page.get("Contents", ())]
        return [name for name in found if name == key or name.startswith(f"{key}/")]


def store_of(url: str, root: Path) -> Store:
    """url: s3://…, or empty for the disk alone."""
    return Bucket(url, root) if url else Disk()
