"""Texts of files with a row a day, for the tests of their import."""

HOURS = [f"{hour:02}:00" for hour in range(24)]
HALVES = [f"{half // 2:02}:{half % 2 * 30:02}" for half in range(48)]


def table(names: list[str], *rows: tuple[str, list[str]], before: str = "表号,日期") -> str:
    lines = [",".join([before, *names])]
    return "\n".join([*lines, *(",".join([start, *cells]) for start, cells in rows)]) + "\n"


def ones(count: int, **other: str) -> list[str]:
    """Return cells of 1, but for some: `c2="5"` is the cell 2, counted from 0."""
    cells = ["1"] * count
    for name, text in other.items():
        cells[int(name[1:])] = text
    return cells
