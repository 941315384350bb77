"""A Chroma server on loopback, started by the package's own command and stopped when the tests are over."""

import socket
import subprocess
import sys
import time

import httpx
import pytest

RUN = "import sys; from chromadb.cli.cli import app; sys.argv[0] = 'chroma'; app()"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(url, server, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the Chroma server stopped: {log.read_text()}"
        try:
            return httpx.get(f"{url}/api/v2/heartbeat", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail(f"no Chroma server after a minute: {log.read_text()}")


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory):
    """Its address."""
    folder = tmp_path_factory.mktemp("chroma")
    url, log = f"http://127.0.0.1:{free_port()}", folder / "log"
    command = [sys.executable, "-c", RUN, "run", "--path", folder / "data", "--host", "127.0.0.1", "--port"]
    with log.open("w") as output:
        server = subprocess.Popen([*command, url.rpartition(":")[2]], stdout=output, stderr=subprocess.STDOUT)
    try:
        _answers(url, server, log)
        yield url
    finally:
        server.terminate()
        server.wait(30)
