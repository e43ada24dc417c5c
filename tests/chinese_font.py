"""Skip what prints Chinese where no font of the machine has it."""

import pytest

from urbangis.publish.print.fonts import FontError, font_families


def has_chinese() -> bool:
    try:
        font_families(["北京市海淀区"])
    except FontError:
        return False
    return True


needs_chinese = pytest.mark.skipif(not has_chinese(), reason="no Chinese font is installed")
