"""Run the carrier by itself: `python -m channels.hotline.simulator --voice-url URL`."""

from __future__ import annotations

import argparse
import os

from aiohttp import web

from channels.hotline.simulator.app import build_simulator
from channels.hotline.simulator.config import SimulatorConfig, parse_faults


def main() -> None:
    """Serve until interrupted; the account's token is read from FATONG_CARRIER_TOKEN."""
    parser = argparse.ArgumentParser(
        description="模拟运营商：一部电话、一个号码、兼容 Twilio 的接口"
    )
    parser.add_argument("--host", default="127.0.0.1", help="监听地址")
    parser.add_argument("--port", type=int, default=8012, help="监听端口")
    parser.add_argument("--voice-url", required=True, help="来电时询问的地址")
    parser.add_argument("--fallback-url", default="", help="上一个地址出错时询问的地址")
    parser.add_argument("--status-url", default="", help="通话结束时通知的地址")
    parser.add_argument("--number", default="12348", help="号码")
    parser.add_argument("--faults", default="", help="故障，如 duplicate=5,drop=1,delay=200")
    arguments = parser.parse_args()
    token = os.environ.get("FATONG_CARRIER_TOKEN", "")
    if not token:
        parser.error("请在环境变量 FATONG_CARRIER_TOKEN 里给出令牌")
    try:
        faults = parse_faults(arguments.faults)
    except ValueError as error:
        parser.error(str(error))
    config = SimulatorConfig(
        auth_token=token,
        voice_url=arguments.voice_url,
        fallback_url=arguments.fallback_url,
        status_url=arguments.status_url,
        number=arguments.number,
        faults=faults,
    )
    web.run_app(build_simulator(config), host=arguments.host, port=arguments.port)


if __name__ == "__main__":
    main()
