"""Databases for the memory: a file, and a PostgreSQL server that the test session starts and stops itself."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from browser import chromium, take_picture, visit  # noqa: F401 - fixtures of the pages' tests
from chroma_server import chroma_server  # noqa: F401 - a fixture
from tiny_encoder import encoder_maker  # noqa: F401 - a fixture

_DEBIAN = "/usr/lib/postgresql"
_SETTINGS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off"


def _programs():
    """The folder with initdb and pg_ctl; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    packaged = sorted(Path(_DEBIAN).glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    candidates = ([Path(found).resolve()] if found else []) + packaged[::-1]
    return candidates[0].parent if candidates else None


def _run(program, *arguments):
    # The server refuses to run as root, and its client as somebody without a home.
    someone = {"user": "nobody"} if os.geteuid() == 0 else {}
    done = subprocess.run([program, *arguments], cwd="/", capture_output=True, text=True, timeout=120, **someone)
    assert done.returncode == 0, f"{program} said: {done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def postgresql():
    """A fresh server as an engine; it listens on a socket in its own folder alone."""
    programs = _programs()
    if programs is None:
        missing = f"No PostgreSQL found (looked for initdb on the path and in {_DEBIAN}): install one to test on it"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tempfile.mkdtemp(prefix="sommelier-")  # pytest's own paths are too long for a socket
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    data = f"{folder}/data"
    try:
        _run(programs / "initdb", "--auth=trust", "--username=sommelier", "--encoding=UTF8", "--no-sync", data)
        _run(programs / "pg_ctl", "start", "-w", "-D", data, "-l", f"{folder}/log", "-o", f"{_SETTINGS} -k {folder}")
        url = sa.URL.create("postgresql+psycopg", "sommelier", database="postgres", query={"host": folder})
        server = sa.create_engine(url)
        yield server
        server.dispose()
        _run(programs / "pg_ctl", "stop", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty database of each kind that a workspace can have."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'sommelier.db'}"
        return
    server = request.getfixturevalue("postgresql")
    with server.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    yield server.url.render_as_string(hide_password=False)
