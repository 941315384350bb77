"""Labelled messages and conversations, and how what a reader made of one compares with its labels.

A slot is (operation, attribute, value); the operations are those of `agent/dialogue/utterances/README.md`.
"""

import json
import re
from collections import Counter
from pathlib import Path

from sommelier.agent.dialogue_state import Constrain, Constraint, DialogueState, Exclude, Recommend, Relax
from sommelier.retrieval.attribute_roles import find_roles
from sommelier.retrieval.catalogue import Item

FOLDER = Path(__file__).with_name("agent") / "dialogue"
FILMS = Path(__file__).parents[1] / "retrieval" / "builtin" / "films.jsonl"
_PERSONS = {"director", "cast", "designer"}


def rows(name):
    """The labelled lines of a file."""
    return [json.loads(line) for line in (FOLDER / "utterances" / name).read_text(encoding="utf-8").splitlines()]


def catalogue(name):
    """The items of "films", "games" or "office"."""
    path = FILMS if name == "films" else FOLDER / "catalogues" / f"{name}.jsonl"
    return [_item(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _item(row):
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
              if name not in ("id", "title", "description")}  # fmt: skip
    return Item(row["id"], row["title"], row.get("description", ""), fields)


def roles(items):
    """The roles of a catalogue's attributes."""
    return find_roles(items)


def found_slots(acts, items):
    """What a reader's acts say, as slots; bounds as (min|max|beside, attribute, number)."""
    slots = []
    for act in acts:
        if isinstance(act, Recommend):
            slots += [("example", "title", items[each].title) for each in act.alike]
            slots += [("count", "", act.count)] if act.count else []
        elif isinstance(act, Exclude) and not act.spare:
            slots += [("out", "title", items[each].title) for each in act.items]
        elif isinstance(act, Relax):
            names = act.attributes or ("",)
            slots.append(("drop", names, act.values))
        elif isinstance(act, Constrain):
            slots += constraint_slots(act.constraint)
    return slots


def constraint_slots(constraint: Constraint):
    """One constraint as slots."""
    if constraint.standing and constraint.attributes[0] in ("age_rating", "min_age"):
        return [("age", constraint.attributes, _age(constraint.words))]
    if constraint.kind == "range":
        sides = {"$gte": "min", "$gt": "min", "$lte": "max", "$lt": "max"}
        bounds = {sides[side]: _number(bound) for side, bound in constraint.bounds.items()}
        if len(bounds) == 2:
            return [("between", constraint.attributes, (bounds["min"], bounds["max"]))]
        return [(side, constraint.attributes, bound) for side, bound in bounds.items()]
    if constraint.kind == "not both":
        return [("out", (name,), value) for name, value in zip(constraint.attributes, constraint.values, strict=True)]
    kind = "any" if constraint.kind == "any" and " or " in constraint.words else constraint.kind
    return [(kind, constraint.attributes, constraint.values)]


def _age(words):
    """What is said of who looks on, in whatever language, as it is said in English."""
    age = re.search(r"\d+", words)
    return f"for age {age[0]}" if age else "for all ages"


def _number(bound):
    return float(bound[:4]) if isinstance(bound, str) else float(bound)


def compare(labelled, found, items):
    """Counter of right, wrong and missed slots."""
    labelled = _joined(labelled, items)
    left = _between(found)
    right = 0
    for label in labelled:
        match = next((each for each in left if _agrees(label, each)), None)
        if match is not None:
            right += 1
            if not (label[0] in ("in", "out", "any") and isinstance(match[2], tuple) and len(match[2]) > 1):
                left.remove(match)
            else:
                left[left.index(match)] = (*match[:2], match[2], "met")
    wrong = sum(len(each) == 3 for each in left)
    return Counter(right=right, wrong=wrong, missed=len(labelled) - right)


def _between(found):
    """Both bounds of one attribute as one slot."""
    slots = list(found)
    for low in [each for each in slots if each[0] == "min"]:
        high = next((each for each in slots if each[0] == "max" and each[1] == low[1]), None)
        if high:
            slots.remove(low)
            slots[slots.index(high)] = ("between", low[1], (low[2], high[2]))
    return slots


def _joined(labelled, items):
    """Both bounds of one attribute as one slot; what compares with a title as the bound that its value is."""
    by_title = {item.title: item for item in items.values()}
    slots, low, high = [], {}, {}
    for op, attribute, *value in labelled:
        if op in ("min", "max") and attribute not in ("age_rating", "min_age"):
            (low if op == "min" else high)[attribute] = value[0]
        elif op == "than" and value[1] in by_title:
            slots.append(("bound", attribute, by_title[value[1]].attributes[attribute]))
        elif op != "than":
            slots.append((op, attribute, value[0] if value else None))
    for attribute in {**low, **high}:
        if attribute in low and attribute in high:
            slots.append(("between", attribute, (low[attribute], high[attribute])))
        else:
            side = "min" if attribute in low else "max"
            slots.append((side, attribute, low.get(attribute, high.get(attribute))))
    return slots


def _agrees(label, found):
    op, attribute, value = label
    kind, names, said = found[:3]
    if op in ("example", "count") or attribute == "title":
        return (op, attribute, value) == (kind, names, said)
    if not isinstance(names, tuple) or not (attribute in names or (attribute == "person" and set(names) & _PERSONS)):
        return False
    if op == "drop":
        return kind == "drop" and (value is None or not said or value in said)
    if attribute in ("age_rating", "min_age") and op == "max":
        return kind == "age" and said in (f"for age {value}", "for all ages" if value == 0 else "")
    return _numbers_agree(op, value, kind, said)


def _numbers_agree(op, value, kind, said):
    if op in ("min", "max", "bound"):
        return kind in (("min", "max") if op == "bound" else (op,)) and _near(value, said)
    if op == "between":
        return kind == "between" and _near(value[0], said[0]) and _near(value[1], said[1])
    if op == "vague":
        return kind in ("min", "max", "between")
    if op == "about" or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return kind == "between" and said[0] <= value <= said[1]
    return _kinds_agree(op, kind) and str(value).casefold() in {str(each).casefold() for each in _several(said)}


def _kinds_agree(op, kind):
    return op == kind or (op == "in" and kind == "any")


def _several(said):
    return said if isinstance(said, tuple) else (said,)


def _near(one, other):
    return abs(one - other) <= max(1.0, 0.02 * abs(one))


def acts_of(acts):
    """The labels of a reader's acts, the main one first."""
    names = {"recommend": "recommend", "constrain": "recommend", "exclude": "recommend"}
    talk = {"off topic": "off_topic", "itself": "off_topic", "chosen": "feedback"}
    found = []
    for act in acts:
        name = talk.get(act.about, act.about) if act.kind == "talk" else names.get(act.kind, act.kind)
        found += [name] if name not in found else []
    return found


def state_with_shelf(items, language="en"):
    """The state of a conversation that has shown five items."""
    return DialogueState(turns=1, shown=(tuple(item.id for item in items[40:45]),), language=language)
