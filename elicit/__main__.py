"""`python -m elicit` is the command line."""

from elicit.cli import main

main()
