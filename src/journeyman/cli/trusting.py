"""What of a project can be trusted now, and trusting it: for `jm trust` and `jm exec --trust`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from journeyman.cli.terminal import write_error
from journeyman.config.load import Sources, load_settings
from journeyman.config.project import is_home
from journeyman.config.repository_content import (
    PLACES,
    Content,
    RefusedContentError,
    read_content,
)
from journeyman.config.trust import TrustKind, TrustStore
from journeyman.visible_text import visible_line
from journeyman.workspace.repository import find_root


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a project brings; `refused` says of the rest why nobody can trust it."""

    root: Path
    contents: tuple[Content, ...]
    refused: tuple[str, ...]


def find_content(sources: Sources, directory: Path) -> Found:
    """Everything that the project around `directory` brings; raises `ConfigError` for the user's own config."""
    root = find_root(directory, load_settings(sources).settings.project_root_markers) or directory
    contents: list[Content] = []
    refused: list[str] = []
    for kind, place in PLACES.items():
        if is_home(root / Path(place).parts[0], sources.home):
            continue
        try:
            content = read_content(root, kind)
        except RefusedContentError as error:
            refused.append(f"{visible_line(str(error))}: it cannot be trusted")
            continue
        if content is not None:
            contents.append(content)
    return Found(root=root, contents=tuple(contents), refused=tuple(refused))


def trust_project(sources: Sources, directory: Path) -> None:
    """Trust the project around `directory` with all that it brings now, and say so on stderr.

    A project that the user's config calls untrusted stays so.

    Raises:
        ConfigError: it cannot be kept.
    """
    found = find_content(sources, directory)
    projects = load_settings(sources).settings.projects
    levels = [
        projects[str(path)].trust_level for path in (directory, found.root) if str(path) in projects
    ]
    if "untrusted" in levels:
        shown = visible_line(str(found.root))
        write_error(f"warning: nothing was trusted: your config says that {shown} is untrusted\n")
        return
    digests: dict[TrustKind, str] = {content.kind: content.digest for content in found.contents}
    TrustStore.load(sources.home).trust(found.root, digests, folder=True)
    lines = [f"trusted: {visible_line(str(found.root))}"]
    lines += [
        f"trusted: {visible_line(str(content.place))} {content.digest}"
        for content in found.contents
    ]
    lines += [f"warning: {text}" for text in found.refused]
    write_error("".join(f"{line}\n" for line in lines))
