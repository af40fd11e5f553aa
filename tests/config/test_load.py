"""Layers, their order, and the errors that name key and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources, load_settings


def _load(home: Path, *overrides: str, strict: bool = False, config_profile: str | None = None):
    sources = Sources(home=home, overrides=overrides, strict=strict, config_profile=config_profile)
    return load_settings(sources)


def test_load_settings_takes_the_last_layer_and_tells_it_when_many_set_a_key(tmp_path: Path):
    (tmp_path / "config.toml").write_text(
        'model = "a"\nmodel_verbosity = "low"\nmodel_reasoning_effort = "low"\n'
        "[sandbox_workspace_write]\nnetwork_access = true\n"
    )
    (tmp_path / "fast.config.toml").write_text('model = "b"\nmodel_reasoning_effort = "high"\n')
    sources = Sources(
        home=tmp_path,
        config_profile="fast",
        overrides=["model=c", 'sandbox_workspace_write.writable_roots=["/x"]'],
    )

    loaded = load_settings(sources, {"model": "d", "sandbox_mode": None})

    settings = loaded.settings
    assert (settings.model, settings.model_reasoning_effort, settings.model_verbosity) == (
        "d",
        "high",
        "low",
    )
    assert settings.sandbox_workspace_write.network_access
    assert settings.sandbox_workspace_write.writable_roots == ["/x"]
    assert loaded.provenance == {
        ("model",): "the command line",
        ("model_verbosity",): str(tmp_path / "config.toml"),
        ("model_reasoning_effort",): str(tmp_path / "fast.config.toml"),
        ("sandbox_workspace_write", "network_access"): str(tmp_path / "config.toml"),
        ("sandbox_workspace_write", "writable_roots"): "-c",
    }


def test_load_settings_ignores_the_file_but_not_overrides_when_told_to(tmp_path: Path):
    (tmp_path / "config.toml").write_text("this is = = not TOML")
    sources = Sources(home=tmp_path, ignore_user_config=True, overrides=["model=m"])
    assert load_settings(sources).settings.model == "m"


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("developer_instructions=be brief, please", "be brief, please"),
        ('developer_instructions="3"', "3"),
        ("developer_instructions=[not toml", "[not toml"),
    ],
)
def test_override_is_the_literal_text_when_it_is_not_toml(
    tmp_path: Path, override: str, value: str
):
    assert _load(tmp_path, override).settings.developer_instructions == value


def test_override_reaches_keys_with_dots_when_they_are_quoted(tmp_path: Path):
    loaded = _load(tmp_path, 'projects."/a.b/c".trust_level="trusted"')
    assert loaded.settings.projects["/a.b/c"].trust_level == "trusted"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = = 3", "Invalid value, in {file}:1:5: correct the TOML syntax there"),
        (
            "model = 3",
            "model = 3 is not a string, in {file}: set model to a string or remove it",
        ),
        (
            'sandbox_mode = "no"',
            (
                "sandbox_mode = 'no' is not one of read-only, workspace-write, danger-full-access, in "
                "{file}: set sandbox_mode to one of read-only, workspace-write, danger-full-access or "
                "remove it"
            ),
        ),
        (
            '[model_providers.a]\nname = "x"\n[model_providers.b]\nrequest_max_retries = "x"',
            (
                "model_providers.b.request_max_retries = 'x' is not an integer, in {file}: set "
                "model_providers.b.request_max_retries to an integer or remove it"
            ),
        ),
        (
            'profile = "x"',
            (
                "the key profile = 'x' is no longer supported, in {file}: remove it and run with -p x, "
                "which reads x.config.toml beside config.toml"
            ),
        ),
        (
            '[model_providers.m]\nwire_api = "soap"',
            (
                "model_providers.m.wire_api = 'soap' is not supported, in {file}: set it to "
                '"responses", "chat", "messages" or "gemini", as base_url answers'
            ),
        ),
    ],
)
def test_load_settings_says_what_where_and_what_to_do_when_a_value_is_wrong(
    tmp_path: Path, text: str, message: str
):
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        _load(tmp_path)
    assert str(raised.value) == message.format(file=file)


@pytest.mark.parametrize("override", ["foo", "a..b=1", "a.=1", "=1", ".a=1"])
def test_load_settings_refuses_an_override_when_it_is_no_key_and_value(
    tmp_path: Path, override: str
):
    with pytest.raises(ConfigError, match="-c "):
        _load(tmp_path, override)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("[bogus_table]\nx = 1", "bogus_table"),
        ("[model_providers.m]\nbogus = 1", "model_providers.m.bogus"),
        ("[sandbox_workspace_write]\nbogus = 1", "sandbox_workspace_write.bogus"),
        ("[features]\ngoals = true\nbogus = true", "features.bogus"),
        ("[tools]\nweb_search = true\nview_image = true", "tools.view_image"),
    ],
)
def test_unknown_keys_count_only_when_strict(tmp_path: Path, text: str, unknown: str):
    (tmp_path / "config.toml").write_text(text)
    _load(tmp_path)
    with pytest.raises(ConfigError, match=f"unknown key {unknown}, in {tmp_path}"):
        _load(tmp_path, strict=True)


def test_known_keys_of_later_parts_are_accepted_when_strict(tmp_path: Path):
    (tmp_path / "config.toml").write_text(
        '[mcp_servers.a]\ncommand = "x"\nenv = {A = "b"}\n[tui]\ntheme = "x"\n'
        '[shell_environment_policy.set]\nA = "b"\n[projects."/p"]\ntrust_level = "trusted"\n'
    )
    settings = _load(tmp_path, strict=True).settings
    assert settings.shell_environment_policy.set == {"A": "b"}


def test_load_settings_names_the_missing_file_when_a_profile_does_not_exist(tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no profile fast"):
        _load(tmp_path, config_profile="fast")
    with pytest.raises(ConfigError, match="bad profile name"):
        _load(tmp_path, config_profile="../fast")


def test_load_settings_points_at_the_line_when_a_file_is_not_utf8(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_bytes(b'model = "m"\nx = "\xff"\n')
    with pytest.raises(ConfigError, match=f"not UTF-8 text, in {file}:2"):
        _load(tmp_path)


def test_strict_refuses_an_unknown_key_in_a_table_that_may_be_left_out(tmp_path: Path) -> None:
    said = ('models.own.price={input=1, output=2, colour="red"}',)
    assert load_settings(Sources(home=tmp_path, overrides=said)).settings.models
    with pytest.raises(ConfigError, match=r"unknown key models.own.price.colour"):
        load_settings(Sources(home=tmp_path, overrides=said, strict=True))
