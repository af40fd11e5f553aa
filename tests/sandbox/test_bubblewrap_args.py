from __future__ import annotations

from journeyman.sandbox.bubblewrap_args import PRIVATE_TMP, bubblewrap_args
from journeyman.sandbox.layout import Layout

NAMESPACES = (
    "--die-with-parent --json-status-fd 3 --seccomp 5 --unshare-user --unshare-pid --unshare-ipc --unshare-uts"
    " --unshare-cgroup-try"
)
BASE = "--cap-drop ALL --ro-bind / / --dev /dev --proc /proc"


def _words(
    layout: Layout, *reserved: str, network: bool = False, scratch: str | None = None
) -> str:
    words = bubblewrap_args(
        layout,
        reserved=reserved,
        scratch=scratch,
        network_access=network,
        cwd="/w",
        argv=("/bin/echo", "-n"),
    )
    return " ".join(words)


def test_args_of_read_only_with_network() -> None:
    layout = Layout(hidden=(), shown=(), writable=(), protected=())
    assert _words(layout, network=True) == f"{NAMESPACES} {BASE} --chdir /w -- /bin/echo -n"


def test_args_open_roots_after_hiding_and_protect_last() -> None:
    layout = Layout(
        hidden=("/t",),
        shown=("/t/tools",),
        writable=("/t/w", "/w"),
        protected=("/w/.git", "/w/.idea"),
    )
    assert _words(layout, "/w/.idea") == (
        f"{NAMESPACES} --unshare-net {BASE} --perms 1777 --tmpfs /t"
        " --ro-bind /t/tools /t/tools --bind /t/w /t/w --bind /w /w"
        " --ro-bind /w/.git /w/.git --perms 0555 --tmpfs /w/.idea --chdir /w -- /bin/echo -n"
    )


def test_args_bind_the_scratch_directory_over_tmp() -> None:
    layout = Layout(hidden=(PRIVATE_TMP, "/run"), shown=(), writable=(), protected=())
    words = _words(layout, scratch="/scratch")
    assert f"--bind /scratch {PRIVATE_TMP} --perms 1777 --tmpfs /run --chdir" in words
