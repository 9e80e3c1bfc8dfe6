"""Compressing an export while it streams. Pure."""

import zlib
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa

from labeling.formats.sink import Sink

# zlib's own header of gzip bears no time, so equal bytes stay equal.
GZIP = 31


def gzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=GZIP)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def zstd(pieces: Iterable[bytes]) -> Iterator[bytes]:
    sink = Sink()
    with pa.CompressedOutputStream(sink, "zstd") as packer:
        for piece in pieces:
            packer.write(piece)
            if packed := sink.drained():
                yield packed
    yield sink.drained()


COMPRESSIONS: dict[str, tuple[str, Callable[[Iterable[bytes]], Iterator[bytes]]]] = {
    "gzip": (".gz", gzip),
    "zstd": (".zst", zstd),
}
