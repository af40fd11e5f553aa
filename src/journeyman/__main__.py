"""`python -m journeyman`: the same program as `jm`."""

from journeyman.cli.entry import main

if __name__ == "__main__":
    main()
