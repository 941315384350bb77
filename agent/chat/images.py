"""Pictures of items: files that the team puts into the workspace's folder `images/`, and nothing from elsewhere.

An item names its picture in an attribute (image, poster, cover, ...), as a path in that folder or as an address whose
last part is a file there. Whatever is not there, or is no picture by its name, is not shown.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ...retrieval.catalogue import Item
from ..serving.identity import Identify, known
from .facts import PICTURE_FIELDS

ADDRESS = "images"
KINDS = frozenset({".avif", ".gif", ".jpeg", ".jpg", ".png", ".webp"})
"""File endings that are served. SVG is none of them: opened by itself it could run a script here."""
_LONGEST_NAME = 300


class Images:
    """The pictures in `folder`, which need not exist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def of(self, item: Item) -> str | None:
        """The address of the item's picture below the page, e.g. "images/heat.jpg"; None when it has none here."""
        for name in PICTURE_FIELDS:
            value = item.attributes.get(name)
            if isinstance(value, str) and (found := self._named(value)):
                return f"{ADDRESS}/{quote(found)}"
        return None

    def route(self, identify: Identify | None = None) -> Route:
        """Where the page's server answers for the pictures: to everybody, or to those whom `identify` knows."""

        async def answer(request: Request) -> Response:
            if identify and not await known(identify, request):
                return Response(status_code=401)
            return self._answer(request.path_params["name"], "private, " if identify else "")

        return Route(f"/{ADDRESS}/{{name:path}}", answer)

    def _answer(self, name: str, kept_by: str) -> Response:
        file = self._file(name)
        if file is None:
            return Response(status_code=404)
        kept = f"{kept_by}max-age=3600"
        return FileResponse(file, headers={"X-Content-Type-Options": "nosniff", "Cache-Control": kept})

    def _named(self, value: str) -> str | None:
        if len(value) > _LONGEST_NAME:
            return None
        path = unquote(value.split("?")[0].split("#")[0]) if "://" in value else value
        names = (self._below(path), PurePosixPath(path).name)
        return next((name for name in names if self._file(name)), None)

    def _below(self, path: str) -> str:
        """An absolute path as one in the folder, so that no page tells where that lies; "" when it leads elsewhere."""
        if not Path(path).is_absolute():
            return path
        try:
            return (Path(path).parent.resolve() / Path(path).name).relative_to(self._folder).as_posix()
        except (OSError, ValueError, RuntimeError):
            return ""

    def _file(self, name: str) -> Path | None:
        """The file of that name, if it is a picture and lies in the folder, links followed."""
        if not name or "\0" in name or Path(name).is_absolute() or PurePosixPath(name).suffix.lower() not in KINDS:
            return None
        try:
            file = (self._folder / name).resolve()
            return file if file.is_relative_to(self._folder) and file.is_file() else None
        except (OSError, ValueError, RuntimeError):
            return None
