"""What the simulated carrier is told: its account, where to call us, how fast and how badly."""

from __future__ import annotations

from dataclasses import dataclass, fields

ACCOUNT_SID = "AC" + "0" * 31 + "1"


@dataclass(frozen=True, slots=True)
class Faults:
    """How the carrier misbehaves; shares are 0 to 1 and drawn from the seed.

    `duplicate`: a webhook is delivered twice. `reorder`: a status callback is late. `drop`: the
    reply to a webhook is lost, and the webhook sent again. `rest_error`: a REST request fails with
    503 before anything happens. `rest_lost`: it fails after it has happened. `delay_ms`: every
    webhook waits up to so long.
    """

    duplicate: float = 0.0
    reorder: float = 0.0
    drop: float = 0.0
    rest_error: float = 0.0
    rest_lost: float = 0.0
    delay_ms: float = 0.0


def parse_faults(spec: str) -> Faults:
    """Read `duplicate=5,reorder=5,delay=200` (shares in percent, delay in milliseconds).

    Raises `ValueError` with a sentence that names the wrong part.
    """
    names = {field.name for field in fields(Faults)}
    values: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in spec.split(","))):
        name, _, text = part.partition("=")
        key = {"delay": "delay_ms"}.get(name.strip(), name.strip())
        if key not in names:
            known = "、".join(sorted(names))
            raise ValueError(f"不认识的故障“{name}”，可用的有：{known}。")
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"故障“{name}”的数值“{text}”不是数。") from None
        limit = 60_000.0 if key == "delay_ms" else 100.0
        if not 0 <= value <= limit:
            raise ValueError(f"故障“{name}”的数值应在0到{limit:g}之间。")
        values[key] = value if key == "delay_ms" else value / 100
    return Faults(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """The simulated carrier's settings.

    `voice_url` is what a call to `number` asks for instructions, `fallback_url` what it asks when
    that fails, `status_url` where the end of an incoming call is told. `speed` divides every wait
    (1 is real time). `webhook_seconds` is the carrier's patience with a webhook, always real.
    `stylesheet` is the address of shared design tokens, "" to use the page's own.
    """

    auth_token: str
    voice_url: str
    fallback_url: str = ""
    status_url: str = ""
    account_sid: str = ACCOUNT_SID
    number: str = "12348"
    speed: float = 1.0
    webhook_seconds: float = 15.0
    faults: Faults = Faults()
    seed: int = 12348
    stylesheet: str = ""
