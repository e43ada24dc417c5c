"""Office files are archives with clocks in them; the same report must give the same bytes."""

import re
import zipfile
from io import BytesIO

_EPOCH = (1980, 1, 1, 0, 0, 0)
_CLOCKS = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_MADE = rb"\g<1>2000-01-01T00:00:00Z\g<3>"


def repacked(data: bytes) -> bytes:
    """Return an Office file with every clock in it stopped."""
    place = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _CLOCKS.sub(_MADE, content)
            stopped = zipfile.ZipInfo(entry.filename, _EPOCH)
            stopped.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(stopped, content)
    return place.getvalue()
