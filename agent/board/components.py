"""The components of the board: one template each, in `templates/`."""

from __future__ import annotations

from pathlib import Path

from ..rendering import Templates

show = Templates(Path(__file__).with_name("templates")).show
