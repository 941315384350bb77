"""A folder in ReDial's format, small enough to know by heart."""

import json


def write_redial(folder, films, dialogues, turns):
    """`films`: id -> name; `dialogues` and `turns` are rows of the two files. Returns the folder."""
    described = {
        id: {"name": name, "genre": ["drama"], "plot": f"About {name}.", "director": ["Ann"], "writer": [],
             "star": [], "imdb_id": ""}
        for id, name in films.items()
    }  # fmt: skip
    (folder / "movies.json").write_text(json.dumps(described))
    (folder / "valid_dialogues.jsonl").write_text("".join(json.dumps(each) + "\n" for each in dialogues))
    (folder / "valid_turns.jsonl").write_text("".join(json.dumps(each) + "\n" for each in turns))
    return folder


def dialogue(id, *texts):
    """A row of dialogues: what was said, films as @codes, by the seeker every second time."""
    messages = [{"turn_id": at, "text": text, "senderWorkerId": at % 2} for at, text in enumerate(texts)]
    return {"conversationId": id, "initiatorWorkerId": 1, "messages": messages}
