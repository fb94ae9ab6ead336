"""No report goes unchecked: each is asked in a test on random pipelines."""

from pathlib import Path

from pipelines.report_modules import report_names

TESTS = Path(__file__).parent.parent
RANDOM = ("on_random_worlds(", "@given(")


def test_every_report_is_checked_on_random_pipelines() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    checked = "".join(text for text in texts if any(word in text for word in RANDOM))
    assert [name for name in report_names() if f'"{name}"' not in checked] == []
