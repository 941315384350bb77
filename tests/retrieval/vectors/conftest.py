"""The server that the second implementation of the vector store needs."""

from chroma_server import chroma_server  # noqa: F401 - a fixture
