"""The formats of an export, each as a stream of text: Markdown, one HTML page, the lines of the rollout."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable, Iterator
from typing import cast

import msgspec

from journeyman.cli.threads.blocks import Block, Exporter
from journeyman.protocol.threads import Thread
from journeyman.protocol.turns import Turn
from journeyman.store.lines import Line
from journeyman.visible_text import folded

_STYLE = """
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif;
  color: #1c1e21; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.45 ui-monospace, monospace; margin: 0; }
section { margin: 1rem 0; padding: .6rem .9rem; border-left: .25rem solid #c9ced6; }
section h2 { font-size: .85rem; margin: 0 0 .3rem; color: #4a5160; overflow-wrap: anywhere; }
.user { border-color: #2f6fde; background: #f1f6ff; }
.agent { border-color: #2b8a4b; }
.reasoning, .note { color: #4a5160; }
.tool { background: #f6f7f9; }
@media (prefers-color-scheme: dark) {
  body { color: #e4e6eb; background: #16181c; }
  section h2, .reasoning, .note { color: #a7adb8; }
  .user { background: #1a2438; }
  .tool { background: #1e2126; }
}
"""
_FENCE = re.compile(r"`{3,}")


def markdown(thread: Thread, turns: Iterator[Turn], exporter: Exporter) -> Iterator[str]:
    """The thread as Markdown; what tools said is in fences that it cannot end."""
    yield f"# {_escaped(exporter.line(folded(thread.name or thread.preview) or thread.id))}\n\n"
    for name, value in facts(thread):
        yield f"- {name}: {_escaped(exporter.line(value))}\n"
    for turn in turns:
        for block in exporter.blocks(turn):
            yield f"\n## {_escaped(block.title)}\n"
            if block.prose:
                yield f"\n{block.prose}\n"
            if block.verbatim:
                fence = max(_FENCE.findall(block.verbatim), key=len, default="``") + "`"
                yield f"\n{fence}\n{block.verbatim.rstrip()}\n{fence}\n"


def page(thread: Thread, turns: Iterator[Turn], exporter: Exporter) -> Iterator[str]:
    """The thread as one HTML page that loads nothing and runs nothing."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    title = html.escape(exporter.line(folded(thread.name or thread.preview) or thread.id))
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<ul>\n"
    )
    for name, value in facts(thread):
        yield f"<li>{name}: <code>{html.escape(exporter.line(value))}</code></li>\n"
    yield "</ul>\n"
    for turn in turns:
        for block in exporter.blocks(turn):
            yield _section(block)
    yield "</body>\n</html>\n"


def rollout_lines(lines: Iterator[Line], clean: Callable[[str], str]) -> Iterator[str]:
    """The lines of the rollout as they are, but for secrets; nothing outside of ASCII is left unescaped."""
    for line in lines:
        try:
            payload = msgspec.json.decode(line.payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        whole = {
            "timestamp": line.timestamp,
            "type": line.type,
            "payload": _cleaned(payload, clean),
        }
        yield json.dumps(whole, separators=(",", ":")) + "\n"


def facts(thread: Thread) -> list[tuple[str, str]]:
    """What is said about the thread at the top."""
    return [
        ("thread", thread.id),
        ("directory", thread.cwd),
        ("provider", thread.model_provider),
        ("program", f"{thread.originator or 'unknown'} {thread.cli_version}"),
    ]


def _section(block: Block) -> str:
    texts = [text.rstrip() for text in (block.prose, block.verbatim) if text]
    inner = "".join(f"<pre>{html.escape(text)}</pre>\n" for text in texts)
    return (
        f'<section class="{block.kind}">\n<h2>{html.escape(block.title)}</h2>\n{inner}</section>\n'
    )


def _escaped(title: str) -> str:
    """A heading in Markdown, without any markup of its own."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", title)


def _cleaned(value: object, clean: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(part, clean) for part in cast("list[object]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {clean(name): _cleaned(part, clean) for name, part in members.items()}
    return value
