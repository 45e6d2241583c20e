"""The app in a real browser against the least Streamlit app with as many charts, in one run.

Beside it an app with as many elements of the same kinds as ours and nothing behind them (``bare``): what no saving of
ours can go below while the pages show what they show.

*start*: from the process to the drawn chart of the first page; *switch*: from the click on Efficacy to its four
charts; *slider*: from the arrow key to the new figures. The browser says when: the script has ended, the heading is
the page's, and as many charts stand. The first round fills bytecode and caches and is not counted.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from analytics.settings import WAREHOUSE
from bench.measure import table

ROOT = Path(__file__).parent.parent
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
READY = """([name, charts]) => {
  const app = document.querySelector('[data-testid=stApp]');
  const heads = [...document.querySelectorAll('h1')].map(h => h.textContent.trim());
  return app && app.dataset.testScriptState === 'notRunning' && heads.includes(name)
    && document.querySelectorAll('.js-plotly-plot .main-svg').length >= charts
    && !document.querySelector('[data-stale=true]');
}"""
TEXT = """() => [...document.querySelectorAll('[data-testid=stMain] [data-testid=stText], [data-testid=stMetricValue]')]
  .map(e => e.innerText).join('|')"""
"""What the script writes: the slider itself changes before the script has run."""
CHANGED = f"""before => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
  && ({TEXT})() !== before"""


@contextmanager
def served(app: Path, warehouse: str) -> Generator[str]:
    """Serve an app on a free port; yield its address at once, before it listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    command += ["--server.fileWatcherType", "none"]
    process = subprocess.Popen(
        command, cwd=ROOT, env={"OPENBLAS_NUM_THREADS": "1", **environment, WAREHOUSE: warehouse},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def opened(page: Page, address: str, started: float) -> float:
    """Open the first page as soon as somebody listens; return the seconds from the start to its chart."""
    host, port = address.removeprefix("http://").split(":")
    while True:
        try:
            socket.create_connection((host, int(port)), 0.2).close()
            break
        except OSError:
            time.sleep(0.01)
    page.goto(address, wait_until="commit")
    page.wait_for_function(READY, arg=["Overview", 1], polling=20, timeout=120_000)
    return time.perf_counter() - started


def switch(page: Page, title: str, charts: int, section: str | None) -> float:
    """Go to another page by the navigation; return the seconds from the click to its charts."""
    if section:
        page.get_by_text(section, exact=True).first.click()
        link = page.get_by_role("menuitem", name=title)
    else:
        link = page.get_by_role("link", name=title)
    link.first.wait_for()
    started = time.perf_counter()
    link.first.click(no_wait_after=True)
    page.wait_for_function(READY, arg=[title, charts], polling=20, timeout=60_000)
    return time.perf_counter() - started


def slide(page: Page, times: int) -> list[float]:
    """Move the slider by arrow keys; return the seconds of each move."""
    page.get_by_role("slider").first.focus()
    found = []
    for i in range(times):
        before = page.evaluate(TEXT)
        started = time.perf_counter()
        page.keyboard.press("ArrowRight" if i % 2 == 0 else "ArrowLeft")
        page.wait_for_function(CHANGED, arg=before, polling=20, timeout=60_000)
        found.append(time.perf_counter() - started)
    return found


def measured(app: Path, warehouse: str, sections: dict[str, str], chromium: str, times: int) -> dict[str, list[float]]:
    """Return the seconds of every step of one round."""
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=ARGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        started = time.perf_counter()
        with served(app, warehouse) as address:
            found: dict[str, list[float]] = {"start": [opened(page, address, started)], "switch": []}
            for i in range(times):
                took = switch(page, "Efficacy", 4, sections.get("Efficacy"))
                if i:
                    found["switch"].append(took)
                if i < times - 1:
                    switch(page, "Overview", 1, sections.get("Overview"))
            found["slider"] = slide(page, times)
        browser.close()
    return found


def main() -> None:
    """Print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--warehouse", required=True, help="a warehouse with several models: the sample, say")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--times", type=int, default=8)
    options = parser.parse_args()
    apps = {
        "floor": (ROOT / "bench" / "floor_app.py", {}),
        "bare": (ROOT / "bench" / "bare_app.py", {"Overview": "Briefing", "Efficacy": "Analysis"}),
        "ours": (ROOT / "app.py", {"Overview": "Briefing", "Efficacy": "Analysis"}),
    }
    every: dict[str, dict[str, list[float]]] = {name: {"start": [], "switch": [], "slider": []} for name in apps}
    for run in range(-1, options.runs):
        for name, (app, sections) in apps.items():
            found = measured(app, str(Path(options.warehouse).resolve()), sections, options.chromium, options.times)
            if run >= 0:
                for step, seconds in found.items():
                    every[name][step] += seconds
    table([
        {
            "step": step,
            "floor s": statistics.median(every["floor"][step]),
            "bare s": statistics.median(every["bare"][step]),
            "ours s": statistics.median(every["ours"][step]),
            "bare / floor": statistics.median(every["bare"][step]) / statistics.median(every["floor"][step]),
            "ours / floor": statistics.median(every["ours"][step]) / statistics.median(every["floor"][step]),
            "ours / bare": statistics.median(every["ours"][step]) / statistics.median(every["bare"][step]),
            "n": len(every["ours"][step]),
        }
        for step in ("start", "switch", "slider")
    ])  # fmt: skip


if __name__ == "__main__":
    main()
