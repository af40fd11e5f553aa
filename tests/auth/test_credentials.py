"""A key is kept for its owner alone, and no error shows it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from journeyman.auth.credentials import FileCredentials, check_key, masked
from journeyman.auth.errors import AuthError
from journeyman.auth.keyring import KeyringCredentials
from journeyman.auth.provider_keys import ProviderKey

KEY = "sk-test-abcdefghijklmnop"


def test_file_keeps_the_key_for_its_owner_alone_when_an_open_file_was_there(tmp_path: Path):
    path = tmp_path / "home" / "auth.json"
    store = FileCredentials(path.parent)
    assert (store.load(), store.clear()) == (None, False)

    path.parent.mkdir()
    path.write_text('{"tokens": {"access_token": "of another program"}}')
    path.chmod(0o644)
    assert store.load() is None
    store.save(KEY)

    assert store.load() == KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["auth.json"]
    assert (store.clear(), path.exists()) == (True, False)


def test_file_replaces_a_link_instead_of_writing_where_it_points(tmp_path: Path):
    target = tmp_path / "elsewhere"
    target.write_text("untouched")
    (tmp_path / "auth.json").symlink_to(target)

    FileCredentials(tmp_path).save(KEY)

    assert target.read_text() == "untouched"
    assert FileCredentials(tmp_path).load() == KEY


@pytest.mark.parametrize("content", ['{"OPENAI_API_KEY": 7}', f'{{"OPENAI_API_KEY": "{KEY}'])
def test_load_tells_what_to_do_without_quoting_when_the_file_is_broken(
    tmp_path: Path, content: str
):
    (tmp_path / "auth.json").write_text(content)
    with pytest.raises(AuthError) as caught:
        FileCredentials(tmp_path).load()
    assert str(caught.value) == (
        f"not the JSON that is kept there, in {tmp_path}/auth.json: run jm logout, then jm login"
    )
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "text", ["", " \n", "two words", "sk-\x1b[31mred", "k" * 5000, "schlüssel"]
)
def test_check_key_refuses_what_cannot_be_a_key(text: str):
    with pytest.raises(AuthError) as caught:
        check_key(text)
    assert text.strip() == "" or text.strip() not in str(caught.value)


def test_masked_shows_ends_of_long_keys_only():
    assert (check_key(f" {KEY}\n"), masked(KEY)) == (KEY, "sk-test-***lmnop")
    assert masked("short-key") == "***"


class _Memory:
    """What the package keyring offers, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service_name: str, username: str) -> str | None:
        self._check("reading")
        return self.kept.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self._check(password)
        self.kept[service_name, username] = password

    def delete_password(self, service_name: str, username: str) -> None:
        del self.kept[service_name, username]

    def _check(self, text: str) -> None:
        if self.is_locked:
            raise RuntimeError(text)


def test_keyring_keeps_a_key_for_each_home_and_hides_it_when_it_fails(tmp_path: Path):
    keyring = _Memory()
    store = KeyringCredentials(tmp_path / "a", keyring)
    store.save(KEY)

    assert store.load() == KEY
    assert KeyringCredentials(tmp_path / "b", keyring).load() is None
    other = ProviderKey("mine", KeyringCredentials(tmp_path / "a", keyring, "mine"))
    other.save_for("https://Mine.example/v1", "key-of-mine")
    assert other.load_for("https://mine.example/other") == "key-of-mine"
    for elsewhere in (
        "http://mine.example/v1",
        "https://mine.example:8443/",
        "https://x@mine.example.evil/",
    ):
        with pytest.raises(AuthError, match=r"the key of mine is for https://mine\.example and"):
            other.load_for(elsewhere)
    assert (store.load(), other.clear(), other.kept()) == (KEY, True, None)
    keyring.is_locked = True
    with pytest.raises(
        AuthError, match=r"cannot write it \(RuntimeError\), in the system's keyring"
    ) as caught:
        store.save(KEY)
    assert KEY not in str(caught.value)
    keyring.is_locked = False
    assert (store.clear(), store.clear(), keyring.kept) == (True, False, {})
