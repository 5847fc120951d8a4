"""Runs benchmarks and prints one table: python -m tests.bench.run [name …] (./check bench)."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
import traceback
from types import ModuleType

from rich import box
from rich.console import Console
from rich.table import Table

from tests import bench
from tests.bench import Row


def found() -> dict[str, ModuleType]:
    """Every benchmark by its NAME."""
    modules = (
        importlib.import_module(f"{bench.__name__}.{info.name}")
        for info in pkgutil.iter_modules(bench.__path__)
        if info.name != "run"
    )
    return {module.NAME: module for module in modules if hasattr(module, "NAME")}


def table(rows: list[tuple[str, Row]]) -> Table:
    made = Table(box=box.SIMPLE_HEAD)
    for heading in ("benchmark", "measured"):
        made.add_column(heading, overflow="fold")
    for heading in ("figure", "unit", "ratio"):
        made.add_column(heading, justify="left" if heading == "unit" else "right", no_wrap=True)
    for heading in ("against", "goal"):
        made.add_column(heading, overflow="fold")
    for name, row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.3g}×"
        made.add_row(name, row.name, _short(row.figure), row.unit, ratio, row.peer, row.goal)
    return made


def _short(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:.3g}"


def main(names: list[str]) -> int:
    benchmarks = found()
    unknown = sorted(set(names) - set(benchmarks))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(sorted(benchmarks))}")
        return 2
    if not benchmarks:
        print("no benchmark yet: a module here with a NAME and run() -> list[Row]")
    rows: list[tuple[str, Row]] = []
    broken = False
    for name in names or sorted(benchmarks):
        print(f"{name} …", file=sys.stderr, end=" ", flush=True)
        began = time.monotonic()
        try:
            rows += [(name, row) for row in benchmarks[name].run()]
        except Exception:
            broken = True
            traceback.print_exc()
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    console = Console() if sys.stdout.isatty() else Console(width=160)
    if rows:
        console.print(table(rows))
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
