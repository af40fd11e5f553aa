"""The README of each package is its map: every module stands in it, and whatever stands in it is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "journeyman"
READMES = sorted(SOURCE.rglob("README.md"))
# Not part of a longer name, nor the end of a pattern such as `*_events.py`.
MODULE = re.compile(r"(?<![\w*/.])([\w/]+\.py)\b")


def home_of(module: Path) -> Path:
    """The nearest folder above that has a README."""
    return next(folder for folder in module.parents if folder / "README.md" in READMES)


def test_every_module_stands_in_the_readme_of_its_package() -> None:
    unlisted: list[str] = []
    for module in sorted(SOURCE.glob("*/**/*.py")):
        home = home_of(module)
        place, text = module.relative_to(home), (home / "README.md").read_text()
        # A folder without a README of its own may stand for what is in it.
        names = [place.name, *(f"{folder}/" for folder in place.parents if folder.name)]
        if not place.name.startswith("__") and not any(
            re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text) for name in names
        ):
            unlisted.append(str(module.relative_to(SOURCE)))
    assert unlisted == []


def test_no_readme_names_a_module_that_is_not_there() -> None:
    there = [f"/{module.relative_to(SOURCE.parent)}" for module in SOURCE.rglob("*.py")]
    gone = [
        f"{readme.relative_to(SOURCE)}: {name}"
        for readme in READMES
        for name in MODULE.findall(readme.read_text())
        if not any(path.endswith(f"/{name}") for path in there)
    ]
    assert gone == []
