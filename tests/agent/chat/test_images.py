"""Pictures: only files of the workspace's folder, only pictures, and no way out of it."""

import pytest
from sommelier.agent.chat.images import Images
from sommelier.retrieval.catalogue import Item
from starlette.applications import Starlette
from starlette.testclient import TestClient

PIXEL = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    (folder / "posters").mkdir(parents=True)
    for name in ("heat.gif", "posters/ronin one.png", "page.html", "drawing.svg"):
        (folder / name).write_bytes(PIXEL)
    (tmp_path / "secret.png").write_bytes(PIXEL)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    return Images(folder)


def address(images, **attributes):
    return images.of(Item("id", "title", "", attributes))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("heat.gif", "images/heat.gif"),
        ("posters/ronin one.png", "images/posters/ronin%20one.png"),
        ("https://example.com/a/heat.gif?size=2", "images/heat.gif"),
        ("somewhere/else/heat.gif", "images/heat.gif"),
        ("missing.png", None),
        ("../secret.png", None),
        ("link.png", None),
        ("page.html", None),
        ("drawing.svg", None),
        ("/etc/passwd", None),
        ("javascript:window.pwned=1", None),
        ('" onerror="window.pwned=1.png', None),
        ("x" * 10_000 + ".png", None),
        ("heat.gif\0.png", None),
        ("", None),
        ("http://[", None),
    ],
)
def test_the_picture_of_an_item(images, value, expected):
    assert address(images, poster=value) == expected


def test_an_absolute_path_in_the_folder_does_not_tell_where_that_lies(images, tmp_path):
    (tmp_path / "other").symlink_to(images._folder)
    for folder in (images._folder, tmp_path / "other"):
        assert address(images, poster=str(folder / "posters/ronin one.png")) == "images/posters/ronin%20one.png"
    assert address(images, poster=str(images._folder / "missing.png")) is None
    client = TestClient(Starlette(routes=[images.route()]))
    assert client.get(f"/images/{images._folder}/heat.gif").status_code == 404


def test_pictures_behind_a_login_are_kept_by_the_browser_alone(images):
    for identify, kept in ((None, "max-age=3600"), (lambda _request: "ann", "private, max-age=3600")):
        client = TestClient(Starlette(routes=[images.route(identify)]))
        assert client.get("/images/heat.gif").headers["cache-control"] == kept


def test_the_first_field_that_names_a_picture_counts(images):
    assert address(images, image=7, poster="missing.png", cover="heat.gif") == "images/heat.gif"
    assert address(images, title="heat.gif") is None
    assert address(Images(images._folder / "nowhere"), poster="heat.gif") is None


def test_the_server_gives_pictures_and_nothing_else(images):
    client = TestClient(Starlette(routes=[images.route()]))
    answer = client.get("/images/heat.gif")
    assert (answer.status_code, answer.content) == (200, PIXEL)
    assert answer.headers["content-type"] == "image/gif"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for path in ("page.html", "drawing.svg", "link.png", "%2e%2e/secret.png", "..%2fsecret.png", "posters", ""):
        assert client.get(f"/images/{path}").status_code == 404
