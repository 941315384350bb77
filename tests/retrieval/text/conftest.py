"""Text encoders to try."""

from tiny_encoder import encoder_maker  # noqa: F401 - a fixture
