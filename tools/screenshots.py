"""Take the screenshots of docs/screenshots: every page, in the sizes people have.

`make screenshots` starts a platform with demonstration data of its own for it; `--base` and
`--accounts` use one that runs already.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tools import programs

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs/screenshots"
DESK = (1366, 768)
HAND = (390, 844)
TELEVISIONS = ((1280, 720), (1920, 1080), (3840, 2160))
_COLOURS = 64
_READY_AFTER = 600  # seconds; the first start builds the index


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: its file's name, its address, who looks at it, and in which sizes."""

    name: str
    path: str
    title: str
    who: str = ""
    sizes: tuple[tuple[int, int], ...] = (DESK, HAND)
    link: str = ""


SHOTS = (
    Shot("home", "/", "首页"),
    Shot("my", "/my", "查我的案件"),
    Shot("chat", "/chat", "在线咨询"),
    Shot("video", "/video", "视频咨询"),
    Shot("login", "/login", "登录", sizes=(DESK,)),
    Shot("desk", "/desk", "坐席工作台", "agent", (DESK,)),
    Shot("mediator", "/mediator", "调解员的今天", "mediator"),
    Shot("mediation", "/mediator", "一件调解", "mediator", link="main a[href*='/cases/']"),
    Shot("dispatch", "/dispatch", "工单调度", "dispatcher", (DESK,)),
    Shot("order", "/dispatch", "一张工单", "dispatcher", (DESK,), "main a[href*='/orders/']"),
    Shot("organisation", "/organisation", "承办单位收件", "clerk", (DESK,)),
    Shot("supervisor", "/supervisor", "值班大屏", "supervisor", (DESK,)),
    Shot("scores", "/scores", "评分", "supervisor", (DESK,)),
    Shot("auditor", "/auditor", "审计", "auditor", (DESK,)),
    Shot("admin", "/admin", "系统管理", "sysadmin", (DESK,)),
    Shot("tv-home", "/tv/", "电视首页", sizes=TELEVISIONS),
    Shot("tv-watch", "/tv/watch", "想看的", sizes=TELEVISIONS[:2]),
    Shot("tv-choose", "/tv/choose", "想选的", sizes=TELEVISIONS[1:2]),
    Shot("tv-ask", "/tv/ask", "想问的", sizes=TELEVISIONS[1:2]),
    Shot("tv-answer", "/tv/answer?number=32", "电视答复", sizes=TELEVISIONS),
    Shot("tv-question", "/tv/route?issue=wages", "再问一句", sizes=TELEVISIONS[1:2]),
    Shot("tv-route", "/tv/route?issue=wages&tell=1", "该去哪儿办", sizes=TELEVISIONS[1:2]),
    Shot("tv-person", "/tv/person", "找工作人员", sizes=TELEVISIONS[1:2]),
    Shot("tv-my", "/tv/my", "电视上查案件", sizes=TELEVISIONS[1:2]),
    Shot("tv-keys", "/tv/keys", "设置遥控器", sizes=TELEVISIONS[1:2]),
    Shot("tv-danger", "/tv/answer?q=老公拿刀要砍我", "先保护自己", sizes=TELEVISIONS[1:2]),
    Shot("tv-video", "/video/box", "电视上视频", sizes=TELEVISIONS[1:2]),
)


def main() -> None:
    """Take them all, and write the page that shows them."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--base", help="the address of a running platform with demonstration data")
    reader.add_argument("--accounts", type=Path, help="its demo-accounts.json")
    reader.add_argument("--only", default="", help="take only names that begin so")
    options = reader.parse_args()
    if options.base:
        asyncio.run(_take(options.base, json.loads(options.accounts.read_text()), options.only))
    else:
        with _platform() as (base, passwords):
            asyncio.run(_take(base, passwords, options.only))
    _write_page()


@contextmanager
def _platform() -> Iterator[tuple[str, dict[str, str]]]:
    """A platform of our own, gone afterwards with everything it wrote."""
    port = "8397"
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"FATONG_DATA_DIR": folder, "FATONG_PORT": port}
        command = [sys.executable, "-m", "backend", "serve", "--demo"]
        with subprocess.Popen(command, cwd=ROOT, env=environment) as server:
            try:
                _wait(base + "/tv/", server)
                accounts = Path(folder) / "demo-accounts.json"
                yield base, json.loads(accounts.read_text())
            finally:
                server.terminate()


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + _READY_AFTER
    while time.monotonic() < ends:
        if server.poll() is not None:
            sys.exit("the platform did not start")
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(1)
        else:
            return
    sys.exit("the platform was not ready in time")


async def _take(base: str, passwords: dict[str, str], only: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(programs.chromium()), args=["--no-sandbox", "--disable-gpu"]
        )
        for shot in SHOTS:
            if not shot.name.startswith(only):
                continue
            for size in shot.sizes:
                page = await _open(browser, base, shot, size, passwords)
                _keep(await page.screenshot(), FOLDER / _file(shot, size))
                await page.context.close()
                print(_file(shot, size))
        await browser.close()


async def _open(
    browser: Browser, base: str, shot: Shot, size: tuple[int, int], passwords: dict[str, str]
) -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = await context.new_page()
    if shot.who:
        await page.goto(base + "/login")
        await page.fill("#username", shot.who)
        await page.fill("#password", passwords[shot.who])
        await page.click("button[type=submit]")
        await page.wait_for_url(lambda url: "/login" not in url)
    await page.goto(base + shot.path)
    if shot.link and await page.locator(shot.link).count():
        await page.locator(shot.link).first.click()
        await page.wait_for_load_state()
    await page.wait_for_timeout(600)
    return page


def _keep(png: bytes, path: Path) -> None:
    """A page has few colours: a palette makes the file a quarter of the size."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def _file(shot: Shot, size: tuple[int, int]) -> str:
    return f"{shot.name}-{size[0]}x{size[1]}.png"


def _write_page() -> None:
    lines = [
        "# 页面截图",
        "",
        "由 `make screenshots` 用演示数据生成；改了页面请重新生成并看一遍。",
        "",
    ]
    for shot in SHOTS:
        lines += [f"## {shot.title}", ""]
        for size in shot.sizes:
            name = _file(shot, size)
            lines += [f"![{shot.title}，{size[0]}×{size[1]}]({name})", ""]
    (FOLDER / "README.md").write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    main()
