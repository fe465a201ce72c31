"""The README's picture, made of what `elicit demo` prints: `python docs/make_pictures.py`.

One rule: the picture names no other host. Rich's own template fetches a font from one; this one does not.
"""

import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from elicit.cli import app

PICTURE = Path(__file__).with_name("leaderboard.svg")
COLUMNS = 100
CARD = """\
<svg class="{unique_id}-svg" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>The leaderboard that elicit demo prints</title>
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
    font-size: {char_height}px; line-height: {line_height}px; white-space: pre;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def demo_output() -> str:
    """What a terminal of `COLUMNS` columns gets from `elicit demo`, colours included."""
    runner = CliRunner(env={"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color"})
    return runner.invoke(app, ["demo", "--no-store"], color=True, catch_exceptions=False).stdout


def picture(output: str) -> str:
    """Terminal output as an SVG picture that needs nothing but itself."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(output))
    svg = console.export_svg(title="elicit demo", code_format=CARD, unique_id="elicit")
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(demo_output()), encoding="utf-8")
    sys.stdout.write(f"{PICTURE}\n")
