"""The glossary's links: each leads to a file that defines the named thing."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_glossary_links_lead_to_the_definition() -> None:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    links = re.findall(r"\[(\w+)\]\((\S+\.py)\)", text)
    broken = [
        (symbol, path)
        for symbol, path in links
        if not (DOCS / path).is_file()
        or not re.search(
            rf"^(class|def|async def|type) {symbol}\b|^{symbol}\b.* = ",
            (DOCS / path).read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
    ]
    assert (len(links) > 20, broken) == (True, [])
