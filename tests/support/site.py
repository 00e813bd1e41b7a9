"""The built documents, and the windows in which tests look at them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

BUILT: Final = Path(__file__).parents[2] / "build" / "site"

WINDOWS: Final[dict[str, dict[str, Any]]] = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light", "is_mobile": True},
}

Opened = tuple[Any, list[str]]  # a page of Playwright's, and all that it complained of
Open = Callable[..., Opened]  # by the fixture `open_at`
