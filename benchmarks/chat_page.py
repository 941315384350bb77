"""The chat page in browsers: what it weighs, when it can be used, and how twenty people at once are served.

    python benchmarks/chat_page.py [--visitors 20] [--json]

The built-in films and the bundled model, served as `sommelier chat` does, and one headless Chromium (found on the path)
with a profile for each visitor, on the same machine. First one visitor comes with an empty cache, then again with a
full one: bytes over the wire, requests, and seconds until the message can be typed and the profile stands (time to
interactive). Then everybody asks at the same moment, each something else: seconds to the line's first notice, to the
shelf and to the end of the answer, with the largest number that anybody was told are ahead.

Reads nothing from outside and writes to a temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from markdown_tables import table
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright
from sommelier.agent.chat.server import serving

from sommelier import Recommender

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
WISHES = ("something quiet", "a clever heist", "a warm film about food", "a space adventure", "a film from the 1950s",
          "funny, nothing violent", "a ghost story", "two sisters", "something French", "a road trip")  # fmt: skip
PATIENCE = 300_000
"""Milliseconds that a visitor waits for an answer."""


@dataclass
class Coming:
    """A visit: kilobytes over the wire by kind, requests, and seconds until the page can be used."""

    kilobytes: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    requests: int = 0
    interactive: float = 0.0


@dataclass(frozen=True)
class Asked:
    """What a visitor saw: the most people ahead, and the seconds to the shelf and to the end of the answer."""

    ahead: int
    shelf: float
    done: float


async def come(context: BrowserContext, url: str) -> tuple[Page, Coming]:
    """Open the page, as far as it can be used."""
    page, coming = await context.new_page(), Coming()
    page.set_default_timeout(PATIENCE)
    await weigh(await context.new_cdp_session(page), coming)
    began = time.perf_counter()
    await page.goto(url, wait_until="commit")
    await page.wait_for_selector("#som-message textarea:enabled")
    await page.wait_for_selector(".som-profile")
    coming.interactive = time.perf_counter() - began
    await page.wait_for_load_state("load")
    return page, coming


async def weigh(session: CDPSession, coming: Coming) -> None:
    """Count what comes over the wire from now on; what the browser had already takes nothing."""
    kinds: dict[str, str] = {}

    def begun(event: dict[str, Any]) -> None:
        coming.requests += 1
        kinds[event["requestId"]] = event["type"]

    def ended(event: dict[str, Any]) -> None:
        coming.kilobytes[kinds.get(event["requestId"], "other")] += event["encodedDataLength"] / 1000

    session.on("Network.requestWillBeSent", begun)
    session.on("Network.loadingFinished", ended)
    await session.send("Network.enable")


async def ask(page: Page, wish: str) -> Asked:
    """Ask, and watch what the page says until the answer is whole."""
    await page.fill("#som-message textarea", wish)
    await page.evaluate(WATCH)
    began = time.perf_counter()
    await page.click("#som-send")
    await page.wait_for_selector(".som-card h3")
    shelf = time.perf_counter() - began
    await page.wait_for_selector("#som-stop", state="hidden")
    done = time.perf_counter() - began
    return Asked(int(await page.evaluate("window.mostAhead")), shelf, done)


WATCH = """() => {
  window.mostAhead = 0;
  const look = () => {
    const told = document.querySelector('#som-chat')?.innerText.match(/(One|\\d+) (?:person|people)/);
    if (told) window.mostAhead = Math.max(window.mostAhead, Number(told[1]) || 1);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


async def visits(browser: Browser, url: str) -> dict[str, Coming]:
    """One visitor, with nothing kept and then with what was."""
    context = await browser.new_context()
    found = {}
    for which in ("first visit", "second visit"):
        page, found[which] = await come(context, url)
        await page.close()
    await context.close()
    return found


async def together(browser: Browser, url: str, count: int) -> list[Asked]:
    """Everybody has the page open, and asks at once."""
    contexts = [await browser.new_context() for _ in range(count)]
    pages = [(await come(context, url))[0] for context in contexts]
    asking = [ask(page, WISHES[at % len(WISHES)]) for at, page in enumerate(pages)]
    answers = await asyncio.gather(*asking)
    for context in contexts:
        await context.close()
    return list(answers)


async def measured(url: str, count: int) -> tuple[dict[str, Coming], list[Asked], Asked]:
    """All of it: visits, the crowd, and one alone for comparison."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        raise SystemExit(f"No Chromium found (looked for {', '.join(CHROMIUM)}): install one to measure the page.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET)
        came = await visits(browser, url)
        await together(browser, url, 1)  # the model warms up
        (alone,) = await together(browser, url, 1)
        crowd = await together(browser, url, count)
        await browser.close()
    return came, crowd, alone


def weight_table(came: dict[str, Coming]) -> str:
    """Kilobytes by kind, and seconds."""
    kinds = sorted({kind for each in came.values() for kind in each.kilobytes})
    rows = [
        [which, *(f"{each.kilobytes[kind]:,.0f}" for kind in kinds), f"{sum(each.kilobytes.values()):,.0f}",
         str(each.requests), f"{each.interactive:.2f}"]
        for which, each in came.items()
    ]  # fmt: skip
    return table(["", *(f"{kind}, kB" for kind in kinds), "all, kB", "requests", "interactive, s"], rows)


def crowd_table(crowd: Sequence[Asked], alone: Asked) -> str:
    """Seconds of one alone and of the crowd."""
    rows = [["one alone", f"{alone.shelf:.1f}", "", "", f"{alone.done:.1f}", "", "", str(alone.ahead)]]
    shelf, done = ([getattr(each, name) for each in crowd] for name in ("shelf", "done"))
    rows.append([
        f"{len(crowd)} at once", *(f"{each:.1f}" for each in (*three(shelf), *three(done))),
        str(max(each.ahead for each in crowd)),
    ])  # fmt: skip
    names = [f"{what} {which}, s" for what in ("shelf", "answer") for which in ("p50", "p95", "last")]
    return table(["", *names, "most ahead"], rows)


def three(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Median, 95th percentile and largest."""
    cuts = statistics.quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else [seconds[0]] * 19
    return statistics.median(seconds), cuts[18], max(seconds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print figures as JSON instead of tables")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Recommender.open(folder, builtin=True) as pipeline,
        serving(pipeline) as url,
    ):
        came, crowd, alone = asyncio.run(measured(url, chosen.visitors))
    if chosen.json:
        figures = {"visits": {which: asdict(each) for which, each in came.items()},
                   "alone": asdict(alone), "crowd": [asdict(each) for each in crowd]}  # fmt: skip
        print(json.dumps(figures, indent=1))
        return
    print(weight_table(came), crowd_table(crowd, alone), sep="\n\n")


if __name__ == "__main__":
    main()
