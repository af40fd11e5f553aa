"""Lets a copied thread have the blobs that its lines refer to, as links: each goes with the last thread that needs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from journeyman.store.blobs import HASH, PART
from journeyman.store.errors import cannot
from journeyman.store.files import blobs_of
from journeyman.store.lines import BlobRef, item_line_of
from journeyman.store.replay import lines_in
from journeyman.store.spans import Span


def references_in(spans: Iterable[Span]) -> Iterator[BlobRef]:
    """What these lines refer to; raises `StoreError`."""
    for line in lines_in(spans, holding=b'"sha256":"'):
        told = item_line_of(line)
        if told is not None:
            yield from (ref for ref in (told.blob, told.output) if ref is not None)


def share_blobs(spans: Sequence[Span], target: Path) -> None:
    """Let the rollout `target` have what these lines refer to; what is missing already is passed over.

    Raises:
        StoreError: a blob is there, but cannot be linked or copied.
    """
    own = blobs_of(target)
    for folder in dict.fromkeys(blobs_of(span.path) for span in spans):
        if not folder.is_dir():
            continue
        theirs = [span for span in spans if blobs_of(span.path) == folder]
        for name in {ref.sha256 for ref in references_in(theirs)}:
            if HASH.fullmatch(name) and (folder / name).is_file() and not (own / name).exists():
                _share(folder / name, own / name)


def _share(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            # Another file system, or one without links.
            part = target.with_name(f"{target.name}.{os.getpid()}{PART}")
            shutil.copyfile(source, part)
            part.chmod(0o600)
            part.rename(target)
    except OSError as error:
        raise cannot("create", target, error) from error
