"""Settings hold JSON."""


def test_settings_hold_json(memory):
    assert memory.settings.get("fusion", {"a": 0}) == {"a": 0}
    memory.settings.put("fusion", {"a": 0.5})
    memory.settings.put("fusion", {"a": 0.25, "b": [1, 2]})
    assert memory.settings.get("fusion") == {"a": 0.25, "b": [1, 2]}
