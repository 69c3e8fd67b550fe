"""`python -m app` is `mia`."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.freeze_support()  # in the packaged application a worker starts as the program that it works for

    from app.cli import main

    main()
