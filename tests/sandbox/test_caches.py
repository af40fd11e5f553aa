"""Which caches a command keeps where, by its environment."""

from __future__ import annotations

from journeyman.sandbox.caches import with_caches

TMP = "/private"


def test_caches_that_programs_must_write_go_where_a_command_may() -> None:
    env = {"HOME": "/home/u", "CCACHE_DIR": "/work/ccache", "GOCACHE": "/elsewhere/go"}
    there = {
        "/home/u/.cache",
        "/home/u/.cache/pip",
        "/home/u/.cache/yarn",
        "/home/u/.cargo",
        "/home/u/go/pkg/mod",
    }
    roots = ("/work", "/home/u/.cache/uv")
    assert with_caches(env, roots, TMP, is_there=there.__contains__) == {
        "HOME": "/home/u",
        # There is nothing that could be read instead.
        "npm_config_cache": f"{TMP}/cache/npm",
        "CCACHE_DIR": "/work/ccache",
        "GOCACHE": f"{TMP}/cache/go-build",
        "JUPYTER_RUNTIME_DIR": f"{TMP}/cache/jupyter",
        "DOTNET_CLI_HOME": f"{TMP}/cache/dotnet",
    }


def test_what_a_command_may_fetch_is_kept_as_well_when_it_can() -> None:
    env = {"HOME": "/home/u", "XDG_CACHE_HOME": "/workspace/cache"}
    found = with_caches(env, ("/work",), TMP, downloads=True, is_there=lambda _: True)
    moved = {name: value for name, value in found.items() if name != "HOME"}
    assert moved.keys() > {"npm_config_cache", "CARGO_HOME", "GOMODCACHE", "PIP_CACHE_DIR"}
    assert found["XDG_CACHE_HOME"] == f"{TMP}/cache"
    assert all(value.startswith(f"{TMP}/cache") for value in moved.values())
