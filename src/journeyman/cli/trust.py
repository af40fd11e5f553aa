"""`jm trust`: shows all that a repository brings for the agent, asks, and trusts exactly what was shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from journeyman.cli import exec_inputs
from journeyman.cli.confirm import confirm
from journeyman.cli.errors import CommandError
from journeyman.cli.process import read_process
from journeyman.cli.terminal import write_lines
from journeyman.cli.trusting import Found, find_content
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources
from journeyman.config.project import repository_layer
from journeyman.config.repository_content import Content, RefusedContentError, read_content
from journeyman.config.trust import TrustKind, TrustStore
from journeyman.visible_text import visible_line

_EXAMPLES = """\b
Examples:
  jm trust              show what this repository brings, and ask
  jm trust --list       what is trusted, and whether it is still the same
  jm trust --forget     trust nothing of this repository any more
"""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", required=False, metavar="[DIR]")
@click.option("--list", "listing", is_flag=True, help="List all that is trusted, of any folder.")
@click.option("--forget", is_flag=True, help="Trust nothing of it any more.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def command(directory: str | None, *, listing: bool, forget: bool, yes: bool) -> int:
    """Show all that the repository around DIR (default: this one) brings for the agent, and trust it.

    Its config, hooks and skills count only once they are trusted, and only as they were then: after any
    change they are left out until they are trusted again. Whether commands may write is another
    question: see -s, and --trust of jm exec.
    """
    if listing and (forget or yes or directory is not None):
        raise click.UsageError("--list stands alone: it lists every folder and changes nothing")
    process = read_process()
    sources = Sources(home=process.home)
    store = TrustStore.load(process.home)
    try:
        if listing:
            return _list(store)
        where = exec_inputs.working_directory(process.directory, directory, option="")
        found = find_content(sources, where)
        if forget:
            return _forget(store, found)
        return _show_and_trust(store, found, sources, yes=yes)
    except ConfigError as error:
        raise CommandError(str(error)) from error


def _list(store: TrustStore) -> int:
    lines: list[str] = [f"warning: {store.problem}"] if store.problem else []
    for root, project in sorted(store.projects.items()):
        lines.append(visible_line(root))
        if project.folder:
            lines.append("  commands may write here by default")
        lines += [
            f"  {visible_line(kind):<12} {visible_line(digest)}{_state(Path(root), kind, digest)}"
            for kind, digest in sorted(project.digests.items())
        ]
    write_lines(lines or ["Nothing is trusted."])
    return 0


def _state(root: Path, kind: str, digest: str) -> str:
    known: dict[str, TrustKind] = {"config": "config", "hooks": "hooks", "skills": "skills"}
    try:
        content = read_content(root, known[kind])
    except KeyError:
        return ""
    except RefusedContentError:
        return "  (now refused)"
    if content is None:
        return "  (gone)"
    return "" if content.digest == digest else "  (changed since)"


def _forget(store: TrustStore, found: Found) -> int:
    shown = visible_line(str(found.root))
    known = store.forget(found.root)
    write_lines([f"Nothing of {shown} is trusted{' any more' if known else ''}."])
    return 0


def _show_and_trust(store: TrustStore, found: Found, sources: Sources, *, yes: bool) -> int:
    shown = visible_line(str(found.root))
    lines = [f"warning: {text}" for text in (store.problem, *found.refused) if text]
    new = [content for content in found.contents if not _is_trusted(store, content)]
    if not new:
        what = "brings is trusted" if found.contents else "brings has to be trusted"
        write_lines([*lines, f"{'All' if found.contents else 'Nothing'} that {shown} {what}."])
        return 0
    for content in new:
        lines += _shown(store, content, sources)
    write_lines(lines)
    if not yes:
        question = f"Trust exactly this of {shown}?"
        confirm(question, instead="read what is above, then add --yes to trust it")
    store.trust(found.root, {content.kind: content.digest for content in new})
    write_lines([f"Trusted, as shown: {', '.join(content.kind for content in new)} of {shown}."])
    return 0


def _is_trusted(store: TrustStore, content: Content) -> bool:
    return store.trusts(content.root, content.kind, content.digest)


def _shown(store: TrustStore, content: Content, sources: Sources) -> Iterator[str]:
    changed = " (changed since it was trusted)" if _was_trusted(store, content) else ""
    yield f"{content.kind}{changed}: {content.digest}"
    for file in content.files:
        mark = " (executable)" if file.executable else ""
        yield f"  {visible_line(str(content.root / file.path))}{mark}"
        text = file.data.decode(errors="backslashreplace")
        for line in text.removesuffix("\n").split("\n"):
            yield f"  | {visible_line(line)}"
    if content.kind == "config":
        _, refused = repository_layer(content, sources)
        for key, why in refused:
            yield f"  left out even when trusted: {key}: {why}"


def _was_trusted(store: TrustStore, content: Content) -> bool:
    return content.kind in store.of_project(content.root).digests
