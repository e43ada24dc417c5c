"""Pictures of classes: cells warped to Web Mercator, as PNG with a palette."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

MOST_CLASSES = 15


def class_png(numbers: NDArray[np.int8], colors: list[str]) -> bytes:
    """Write classes as PNG with four bits a cell; -1 is clear.

    Parameters
    ----------
    numbers
        Number of the class of each cell, shape (rows, columns).
    colors
        Colour of each class, ``#rrggbb``, at most 15.

    Raises
    ------
    ValueError
        If there are more classes than a palette of 16 holds beside the clear one.
    """
    if len(colors) > MOST_CLASSES:
        raise ValueError(f"{len(colors)} classes are more than {MOST_CLASSES}")
    rows, columns = numbers.shape
    index = (numbers.astype(np.int16) + 1).astype(np.uint8)
    even = np.pad(index, ((0, 0), (0, columns % 2)))
    packed = (even[:, 0::2] << 4) | even[:, 1::2]
    # Each line begins with the number of its filter: none.
    lines = np.pad(packed, ((0, 0), (1, 0))).tobytes()
    palette = b"\0\0\0" + b"".join(bytes.fromhex(color[1:]) for color in colors)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 4, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette),
            _chunk(b"tRNS", b"\0"),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )
