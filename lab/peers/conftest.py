"""What several checks share."""

from __future__ import annotations

import pytest
from lab import Lab


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest):
    """The Go side, one for the checks of a file, whose seed is printed."""
    print(f"SEED={request.module.SEED} COUNT={request.module.COUNT}")
    lab = Lab()
    yield lab
    lab.close()
