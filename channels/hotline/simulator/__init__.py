"""A Twilio-compatible carrier in a box, with a phone page and scripted callers.

Stands alone: it knows the backend only by the addresses of its webhooks. `build_simulator` makes
the web application; `python -m channels.hotline.simulator` runs it by itself.
"""

from channels.hotline.simulator.app import build_simulator
from channels.hotline.simulator.config import Faults, SimulatorConfig, parse_faults

__all__ = ["Faults", "SimulatorConfig", "build_simulator", "parse_faults"]
