"""`python -m sommelier.cli`, so that a launcher (torchrun, `accelerate launch`) can start several processes of it."""

from . import main

main()
