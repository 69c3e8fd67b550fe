"""`python -m app` is `mia`."""

from app.cli import main

if __name__ == "__main__":
    main()
