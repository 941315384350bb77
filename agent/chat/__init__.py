"""The pages people talk to: in a browser (Gradio) and in a terminal. The only place that imports Gradio."""
