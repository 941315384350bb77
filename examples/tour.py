"""From a catalogue to a conversation in one file: `python examples/tour.py`. CPU only, under two minutes.

Exports a small tea shop to two files, loads them, records what a customer did, and talks with them.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from sommelier import Finished, Recommender, Sentence, Shelf, load_files

TEAS = [
    ("sencha", "Sencha", "green", "Japan", "grassy", "A bright green tea with a taste of cut grass and sea air."),
    ("gyokuro", "Gyokuro", "green", "Japan", "umami", "Shaded for three weeks; thick, sweet and savoury."),
    ("longjing", "Longjing", "green", "China", "nutty", "Pan-fired leaves that taste of chestnut and spring."),
    ("keemun", "Keemun", "black", "China", "malty", "A gentle black tea with cocoa, orchid and a little smoke."),
    ("assam", "Assam", "black", "India", "malty", "Strong and malty, made for milk and cold mornings."),
    ("darjeeling", "Darjeeling First Flush", "black", "India", "floral", "Light and brisk, from the first picking."),
    ("lapsang", "Lapsang Souchong", "black", "China", "smoky", "Dried over pine fires; it smells of camp and tar."),
    ("tieguanyin", "Tieguanyin", "oolong", "China", "floral", "A rolled oolong that opens into orchid and cream."),
    ("dahongpao", "Da Hong Pao", "oolong", "China", "smoky", "A roasted oolong with mineral depth and dark fruit."),
    ("houjicha", "Houjicha", "green", "Japan", "roasted", "Roasted green tea, low in caffeine, warm as toast."),
    ("shou", "Shou Pu'er", "dark", "China", "earthy", "Fermented and aged; forest floor, dates and calm."),
    ("mao-feng", "Huangshan Mao Feng", "green", "China", "floral", "Curled spring buds, soft as apricot blossom."),
]  # fmt: skip


def write_catalogue(folder: Path) -> tuple[Path, Path]:
    """Two files such as any shop could export."""
    items, events = folder / "teas.jsonl", folder / "events.csv"
    names = ("id", "title", "kind", "country", "flavour", "description")
    items.write_text("\n".join(json.dumps(dict(zip(names, tea, strict=True))) for tea in TEAS), encoding="utf-8")
    baskets = ["sencha gyokuro longjing mao-feng", "sencha longjing houjicha", "assam keemun lapsang",
               "keemun lapsang dahongpao", "lapsang dahongpao shou", "tieguanyin darjeeling mao-feng"]  # fmt: skip
    rows = [f"guest-{guest},{tea},purchase,2026-01-{day + 1:02}"
            for guest, basket in enumerate(baskets) for day, tea in enumerate(basket.split())]  # fmt: skip
    events.write_text("\n".join(["user,item,kind,at", *rows]), encoding="utf-8")
    return items, events


def main() -> None:
    """Ingest, observe, converse."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        items, events = write_catalogue(folder)
        report = load_files(folder / "shop", items=items, events=events)
        print(f"{report.items.new} teas and {report.events.new} events loaded, {report.rejected} rows rejected")

        with Recommender.open(folder / "shop") as recommender:
            recommender.observe("mina", "keemun", "purchase")
            recommender.observe("mina", "lapsang", "like")
            recommender.observe("mina", "sencha", "dislike")
            print("profile:", recommender.profile("mina").summary)
            for part in recommender.stream("mina", "something smoky for the evening, no green"):
                if isinstance(part, Shelf):
                    print("shelf:", ", ".join(each.item.title for each in part.recommendations))
                elif isinstance(part, Sentence):
                    print("reply:", part.text)
                elif isinstance(part, Finished):
                    best = part.turn.recommendations[0]
                    print(f"why {best.item.title}: {best.explanation.text}")
                    print("evidence:", [(link.title, round(link.strength, 2)) for link in best.evidence.history])


if __name__ == "__main__":
    main()
