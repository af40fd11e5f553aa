"""Which paths a listing of the kernel's sockets names."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from journeyman.sandbox.namespaces.host_sockets import listening_sockets, named_sockets


def test_named_sockets_are_found_by_their_real_paths_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    head = b"0000000000000000: 00000002 00000000 00010000 0001 01 17"
    paths = (tmp_path / "link/a b", tmp_path / "real/c", Path("/top.sock"))
    lines = [head, head + b" @abstract", *(head + b" " + os.fsencode(path) for path in paths)]
    real = os.path.realpath(tmp_path / "real")
    assert named_sockets(lines) == tuple(sorted(("/top.sock", f"{real}/a b", f"{real}/c")))


def test_socket_that_a_program_listens_on_is_found(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        assert os.path.realpath(tmp_path / "s") in listening_sockets()
