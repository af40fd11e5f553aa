"""Names stay held whatever others do to them, and are not locked for ever by processes forked meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from journeyman.sandbox.held_names import HeldNames

_CODE = """
import os, sys
from journeyman.sandbox.held_names import HeldNames
path, names = sys.argv[1], HeldNames()
names.hold([path])
keeps, gone = os.pipe()
if os.fork() == 0:  # as a tree that waits for its command
    os.close(gone)
    os.read(keeps, 1)
    os._exit(0)
os.chmod(path, 0o755)
open(path + "/file", "w").close()
names.release([path])
names.remove_unused()
again = HeldNames()
again.hold([path])
print("held again")
"""


def test_name_can_be_held_again_when_something_was_put_there(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _CODE, str(tmp_path / "name")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True)
    assert done.stdout == "held again\n"
    assert (tmp_path / "name/file").exists()


def test_name_is_made_again_when_somebody_removed_it_meanwhile(tmp_path: Path) -> None:
    name, names = tmp_path / "name", HeldNames()
    names.hold([str(name)])
    name.rmdir()

    names.hold([str(name)])

    assert name.exists()
    names.release([str(name), str(name)])
    names.remove_unused()
    assert not name.exists()
