"""`python -m app` is `passage`."""

from app.cli import main

main()
