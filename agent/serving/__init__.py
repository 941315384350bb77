"""Everything between a door and the engine: sessions, who is answered next, who is asking, the gate.

Knows the engine by its `ChatEngine` protocol. Must not know Gradio or HTML pages: every door passes through here, the
page, the terminal and the HTTP API alike.
"""
