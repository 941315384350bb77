"""An adapter's model card, written from its metadata, and what the check of its training is worth. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

CARD = "README.md"
"""In an adapter's folder, in the place of PEFT's empty template."""
FEW = 30
"""A mean over fewer rankings says nothing."""
WORSE = {"ndcg": ("NDCG@10", -1), "loss": ("the loss", 1)}
"""What these figures are called, and the sign of a change for the worse."""
LIMITS = """\
It was trained for this base model and these prompts, on the log of one workspace up to the time above; nothing here
says what it is worth with others. It judges the candidates that retrieval draws and cannot find what retrieval misses.
It knows no facts that are not in front of it, and follows what the people in this log did, their habits included. What
it writes is checked before anyone sees it. The check of the training is on people of the same log, and no test of
whether it serves better than what serves now: that is the gate."""

Metadata: TypeAlias = Mapping[str, Any]


def model_card(name: str, metadata: Metadata) -> str:
    """The card as Markdown; what the metadata does not tell is said to be unknown, or left out."""
    sections = [
        ("", _head(name, metadata)),
        ("What it learned", _learned(metadata)),
        ("Its own check", _measured(metadata)),
        ("The gate", _gate(name, metadata)),
        ("Prompts", _prompts(metadata)),
        ("Limits", [LIMITS]),
    ]
    return "\n\n".join("\n".join([f"## {title}\n"] * bool(title) + list(lines)) for title, lines in sections) + "\n"


def ranked_in(metadata: Metadata) -> int | None:
    """On how many rankings the training was checked; None where the metadata does not tell."""
    ranked: int | None = part(metadata, "data").get("ranked")
    return ranked


def part(metadata: Metadata, key: str) -> Metadata:
    """A part of the metadata; nothing where it is not of the form that training writes."""
    part = metadata.get(key)
    return part if isinstance(part, dict) else {}


def remarks(before: Mapping[str, float], after: Mapping[str, float], ranked: int | None) -> Iterator[str]:
    """What is to be known of a check's figures before they are believed."""
    if ranked is not None and ranked < FEW and "ndcg" in after:
        yield f"NDCG@10 on {ranked:,} {'ranking' if ranked == 1 else 'rankings'}: says nothing, it takes {FEW}"
    if worse := [_change(key, before, after) for key in WORSE if _is_worse(key, before, after)]:
        yield f"the check got worse: {', '.join(worse)}"


def _is_worse(key: str, before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    return key in before and key in after and WORSE[key][1] * (after[key] - before[key]) > 0


def _change(key: str, before: Mapping[str, float], after: Mapping[str, float]) -> str:
    return f"{WORSE[key][0]} {before[key]:.4f} to {after[key]:.4f}"


def _head(name: str, metadata: Metadata) -> Iterator[str]:
    base, training = part(metadata, "base"), part(metadata, "training")
    sha = f", sha256 {base['sha256'][:12]}" if base.get("sha256") else ""
    made = f", {base.get('quantization')} in {base.get('dtype')}" if base.get("quantization") else ""
    yield f"# Adapter {name}\n"
    yield "A LoRA adapter that `sommelier tune` made for the ranking and the writing of one workspace.\n"
    yield f"- Base model: {base.get('name', 'unknown')}{made}{sha}"
    yield f"- Parent: {metadata.get('parent') or 'none'}"
    if training:
        named = {"rank": "rank", "learning_rate": "learning rate", "epochs": "epochs"}
        settings = (f", {label} {training[key]:g}" for key, label in named.items() if key in training)
        yield f"- Training: {training.get('method', 'lora')}{''.join(settings)}"


def _learned(metadata: Metadata) -> Iterator[str]:
    data = part(metadata, "data")
    if not data:
        yield "Its metadata does not tell."
        return
    first, last = (str(data[end])[:10] if data.get(end) else None for end in ("first", "last"))
    tasks = ", ".join(f"{count:,} {task}" for task, count in part(data, "tasks").items())
    learned = data.get("examples", 0) - data.get("checked", 0)
    yield f"- {learned:,} examples to learn from and {data.get('checked', 0):,} to check on; by task: {tasks}"
    yield f"- People: {data.get('users', 0):,}. Events that they are about: {data.get('choices', 0):,}"
    yield f"- Time: {f'{first} to {last}' if first else 'the log has none'}"
    yield f"- Kept out of it for tests: {data.get('withheld', 0):,} people's choices"


def _measured(metadata: Metadata) -> Iterator[str]:
    before, after, ranked = part(metadata, "before"), part(metadata, "after"), ranked_in(metadata)
    checked = part(metadata, "data").get("checked", 0)
    if not after:
        yield "Its metadata has no figures."
        return
    yield f"On {checked:,} examples of people that it did not learn from" + (
        f", {ranked:,} of them rankings, which NDCG@10 is of:\n" if ranked is not None else ":\n"
    )
    yield "| | before | after |\n|---|---|---|"
    for key in after:
        yield (
            f"| {key} | {before[key]:.4f} | {after[key]:.4f} |" if key in before else f"| {key} | | {after[key]:.4f} |"
        )
    for remark in remarks(before, after, ranked):
        yield f"\n{remark[0].upper()}{remark[1:]}."


def _gate(name: str, metadata: Metadata) -> Iterator[str]:
    gate = part(metadata, "gate")
    if not gate:
        yield f"It has not been compared with what serves: `sommelier adapters promote {name}` does that."
        return
    yield f"Compared with {gate['against']} on {str(gate['at'])[:10]}: {gate['verdict']}.\n"
    for finding in gate["findings"]:
        yield f"- {finding['what']}: {finding['verdict']}, {finding['why']}"


def _prompts(metadata: Metadata) -> Iterator[str]:
    prompts = part(metadata, "prompts")
    named = [f"{name} `{hash[:12]}`" for name, hash in prompts.items()]
    yield ", ".join(named) if named else "Its metadata does not tell."
