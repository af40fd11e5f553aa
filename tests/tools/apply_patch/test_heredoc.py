import pytest

from journeyman.tools.apply_patch.heredoc import (
    PatchCommand,
    find_patch,
    find_patch_in_arguments,
)

PATCH = "*** Begin Patch\n*** Add File: a.txt\n+it's\n*** End Patch\n"
SHORT = PATCH.replace("it's", "its")
QUOTED = PATCH.replace("'", "'\\''")


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (f"apply_patch <<'EOF'\n{PATCH}EOF", PatchCommand(None, PATCH)),
        (f'apply_patch <<"EOF"\n{PATCH}EOF\n', PatchCommand(None, PATCH)),
        (f"apply_patch <<EOF\n{PATCH}EOF\n\n", PatchCommand(None, PATCH)),
        (f"  applypatch << 'PATCH_1'\n{PATCH}PATCH_1\n", PatchCommand(None, PATCH)),
        (f"cd src/app && apply_patch <<'EOF'\n{PATCH}EOF\n", PatchCommand("src/app", PATCH)),
        (f"cd 'my dir' && apply_patch <<'EOF'\n{PATCH}EOF\n", PatchCommand("my dir", PATCH)),
        (f"cd \"my dir\" && apply_patch <<'EOF'\n{PATCH}EOF\n", PatchCommand("my dir", PATCH)),
        (f"apply_patch '{QUOTED}'", PatchCommand(None, PATCH)),
        (f'apply_patch "{PATCH}"\n', PatchCommand(None, PATCH)),
        (f"cd a && apply_patch '{SHORT}'", PatchCommand("a", SHORT)),
        (f'bash -lc "apply_patch <<EOF\n{PATCH}EOF"', PatchCommand(None, PATCH)),
        (f"/bin/sh -c 'apply_patch <<EOF\n{SHORT}EOF\n'", PatchCommand(None, SHORT)),
        ("apply_patch <<'EOF'\n$HOME `id` \\\nEOF", PatchCommand(None, "$HOME `id` \\\n")),
    ],
)
def test_find_patch_reads_a_command_that_only_applies_a_patch(
    script: str, found: PatchCommand
) -> None:
    assert find_patch(script) == found


@pytest.mark.parametrize(
    "script",
    [
        "",
        "apply_patch",
        "apply_patch --help",
        f"apply_patch <<'EOF'\n{PATCH}",
        f"apply_patch <<'EOF'\n{PATCH}EOF\nrm -rf x",
        f"apply_patch <<'EOF' && rm x\n{PATCH}EOF",
        f"apply_patch <<'EOF' | cat\n{PATCH}EOF",
        f"apply_patch <<'EOF' > log\n{PATCH}EOF",
        f"apply_patch <<-'EOF'\n{PATCH}EOF",
        f"apply_patch <<'EOF\n{PATCH}EOF",
        f"apply_patch <<'EOF'\n{PATCH}EOF\n{PATCH}EOF",
        f"apply_patch <<EOF\n{PATCH}$(id)\nEOF",
        f"apply_patch <<EOF\n{PATCH}`id`\nEOF",
        f"apply_patch <<EOF\n{PATCH}a\\b\nEOF",
        f"rm x; apply_patch <<'EOF'\n{PATCH}EOF",
        f"X=1 apply_patch <<'EOF'\n{PATCH}EOF",
        f"sudo apply_patch <<'EOF'\n{PATCH}EOF",
        f"./apply_patch <<'EOF'\n{PATCH}EOF",
        f"cd $HOME && apply_patch <<'EOF'\n{PATCH}EOF",
        f"cd \"$HOME\" && apply_patch <<'EOF'\n{PATCH}EOF",
        f"cd ~ && apply_patch <<'EOF'\n{PATCH}EOF",
        f"cd - && apply_patch <<'EOF'\n{PATCH}EOF",
        f"cd a b && apply_patch <<'EOF'\n{PATCH}EOF",
        f"cd a* && apply_patch <<'EOF'\n{PATCH}EOF",
        f"cd a || apply_patch <<'EOF'\n{PATCH}EOF",
        f"cd a; apply_patch <<'EOF'\n{PATCH}EOF",
        f"cd a && cd b && apply_patch <<'EOF'\n{PATCH}EOF",
        f"(apply_patch <<'EOF'\n{PATCH}EOF\n)",
        f'apply_patch "{PATCH}$(id)"',
        f"apply_patch '{SHORT}' && id",
        f"apply_patch '{SHORT}' '{SHORT}'",
        f"apply_patch '{PATCH}'",
        f"python -c 'apply_patch <<EOF\n{SHORT}EOF\n'",
        f"bash -lc 'apply_patch <<EOF\n{SHORT}EOF\n' x",
    ],
)
def test_find_patch_leaves_alone_what_a_shell_might_understand_otherwise(script: str) -> None:
    assert find_patch(script) is None


def test_find_patch_in_arguments_sees_through_a_shell_only() -> None:
    script = f"apply_patch <<'EOF'\n{PATCH}EOF\n"

    found = [
        find_patch_in_arguments(["/usr/bin/bash", "-lc", script]),
        find_patch_in_arguments(["apply_patch", PATCH]),
        find_patch_in_arguments(["python", "-c", script]),
        find_patch_in_arguments(["bash", "-lc", script, "name"]),
        find_patch_in_arguments([]),
    ]

    assert found == [PatchCommand(None, PATCH), PatchCommand(None, PATCH), None, None, None]
