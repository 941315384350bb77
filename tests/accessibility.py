"""What axe-core finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe


def serious(page):
    """What axe-core calls serious or critical, with where it is."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
