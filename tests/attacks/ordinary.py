"""A small project in which ordinary commands find what they need; and those commands, by what they need beside it."""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).parents[1] / "core/exec_policy/ordinary.txt"
_MAKE = "all build test lint check clean html install docs:\n\t@echo made > made.$@\n"
_SCRIPT = "#!/bin/sh\necho done > script.out\n"
_FILES = {
    "Makefile": _MAKE,
    "docs/Makefile": _MAKE,
    "docs/old/a.md": "old\n",
    "docs/index.md": "# Docs\n",
    "README.md": "# Project\n\n>>> 1 + 1\n2\n",
    "CHANGELOG.md": "# Changes\n",
    "VERSION": "1.0\n",
    "package.json": '{"name": "x", "version": "1.0.0", "scripts": {"build": "true", "test": "true"}}\n',
    "pyproject.toml": '[project]\nname = "x"\nversion = "0.1.0"\n',
    "requirements.txt": "\n",
    "setup.py": "print('built')\n",
    "main.py": "print('hello')\n",
    "manage.py": "#!/usr/bin/env python3\nprint('managed')\n",
    "server.py": "print('served')\n",
    "src/main.py": "# TODO: more\n\n\ndef main():\n    return 1\n",
    "src/app.py": "print('app')\n",
    "src/a.c": "int main(void) { return 0; }\n",
    "main.c": "int main(void) { return 0; }\n",
    "src/index.js": "export {}\n",
    "index.js": "console.log(1)\n",
    "scripts/generate.mjs": "console.log(1)\n",
    "tests/test_app.py": "def test_app():\n    assert True\n",
    "tests/unit/test_unit.py": "def test_unit():\n    assert True\n",
    "schema.sql": "create table x (a);\n",
    "data.csv": "a 1\nb 2\n",
    "list.txt": "one\ntwo\n",
    "build.log": "built\n",
    ".env.example": "A=1\n",
    "config.example.yml": "a: 1\n",
    "templates/a.html": "<p>\n",
    "dist/a": "a\n",
    "old.py": "",
    "old.txt": "",
    "expected.txt": "a\n",
    "actual.txt": "b\n",
    **dict.fromkeys(
        (
            *("configure", "autogen.sh", "bootstrap.sh", "gradlew", "mvnw", "run_tests.sh"),
            *("run.sh", "install.sh", "scripts/build.sh", "scripts/ci.sh", "benchmark", "app"),
            *("bin/rails", "vendor/bin/phpunit"),
        ),
        _SCRIPT,
    ),
}


def make_project(root: Path) -> None:
    """Write the project's files into `root`."""
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if text.startswith("#!"):
            path.chmod(0o755)


def commands() -> dict[str, list[str]]:
    """The corpus by its sections."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line and not line.startswith("#"):
            found.setdefault(section, []).append(line)
    return found
