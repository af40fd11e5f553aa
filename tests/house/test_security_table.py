"""The table of docs/security.md, on small trees in which the program is run as it is."""

import shutil
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "scripts" / "security_table.py"
PAGE = "# Page\n\n## The attacks that are tried\nold\n"
GOOD = '@pytest.mark.attack("X01", "an a|b", "a " "mechanism")\nasync def test_x01_holds(): ...\n'


def run(root: Path, tests: str, *words: str) -> tuple[int, str]:
    """Run the program in a tree with these tests; its exit code and output."""
    for folder in ("scripts", "docs", "tests/attacks"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy(PROGRAM, root / "scripts")
    (root / "tests/attacks/test_x.py").write_text(tests)
    if not (root / "docs/security.md").exists():
        (root / "docs/security.md").write_text(PAGE)
    command = [sys.executable, str(root / "scripts/security_table.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_security_table_is_written_and_then_up_to_date(tmp_path: Path) -> None:
    assert run(tmp_path, GOOD, "--check")[0] == 1
    assert run(tmp_path, GOOD) == (0, "")
    assert run(tmp_path, GOOD, "--check") == (0, "")
    page = (tmp_path / "docs/security.md").read_text()
    row = "| X01 | an a\\|b | a mechanism | [x01_holds](../tests/attacks/test_x.py) |\n"
    assert page.startswith("# Page\n\n## The attacks that are tried\n<!--")

    assert page.endswith(row)


def test_security_table_refuses_a_test_that_is_no_case(tmp_path: Path) -> None:
    where = "tests/attacks/test_x.py::test_"
    for tests, told in (
        ("def test_x01_holds(): ...\n", f"{where}x01_holds: no @pytest.mark.attack"),
        (GOOD.replace("test_x01", "test_x02"), f"{where}x02_holds: the name does not begin"),
        (GOOD + GOOD.replace("holds", "too"), f"{where}x01_too: X01 is the case of"),
    ):
        code, output = run(tmp_path, tests)
        assert (code, output[: len(told)]) == (1, told)
