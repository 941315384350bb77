"""A headless Chromium for the chat page's tests."""

import io
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def chromium():
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        missing = f"No Chromium found (looked for {', '.join(_NAMES)}): install one to test the chat page"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield browser
        browser.close()


class Visit:
    """One browser with a profile of its own, recording what a page must not do."""

    def __init__(self, chromium, url, width=1280, height=800, scheme="light", headers=None):
        self.context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, extra_http_headers=headers
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(90_000)
        self.complaints = []
        self.outside = []
        self.page.on("console", self._note_complaint)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note_outside(url.split("?")[0]))
        self.page.goto(url)
        self.page.wait_for_selector(".som-profile")

    def _note_complaint(self, message):
        # Inside a team's own app, the icon of its tabs is the team's.
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            self.complaints.append(f"{message.text} {message.location['url']}")

    def _note_outside(self, url):
        return lambda request: request.url.startswith((url, "data:", "blob:")) or self.outside.append(request.url)

    def say(self, message):
        self.page.fill("#som-message textarea", message)
        self.page.click("#som-send")

    def press(self, kind, rank):
        self.page.click(f'button[data-kind="{kind}"][data-rank="{rank}"]')
        self.page.wait_for_selector(f'button[data-kind="undo"][data-rank="{rank}"]')  # the server's answer

    def cards(self):
        return self.page.locator(".som-card h3").all_inner_texts()

    def wait_for(self, text):
        self.page.get_by_text(text).first.wait_for()

    def reload(self):
        before = len(self.complaints)
        self.page.reload()
        self.page.wait_for_selector(".som-profile")
        # Leaving in the middle of a turn makes Gradio's client report the stream that the browser cut.
        cut = ("AbortError", "Unexpected error Connection errored out")
        self.complaints[before:] = [each for each in self.complaints[before:] if not each.startswith(cut)]

    def leave(self):
        """Close the browser while the server still stands: a page that follows a turn reports a lost server."""
        self.context.close()

    def width_of_document(self):
        return self.page.evaluate("document.documentElement.scrollWidth")


@pytest.fixture
def take_picture(tmp_path):
    """Takes a picture of a page: into the folder that SOMMELIER_PICTURES names, which is how those of the documentation
    are made, else into a temporary one."""
    folder = Path(os.environ.get("SOMMELIER_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def taking(page, name):
        page.wait_for_timeout(400)  # what slides or fades has arrived
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        few = shot.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(folder / f"{name}.png", optimize=True)

    return taking


@pytest.fixture
def visit(chromium):
    """Opens pages, each in a browser of its own; afterwards checks that none complained or called out."""
    opened = []

    def visiting(url, **size):
        opened.append(Visit(chromium, url, **size))
        return opened[-1]

    yield visiting
    for each in opened:
        each.leave()
    # A page may outlive its server by a moment, and looks for it.
    heard = [[each for each in page.complaints if "ERR_CONNECTION_REFUSED" not in each] for page in opened]
    assert [each for each in heard if each] == []
    assert [each.outside for each in opened if each.outside] == []
