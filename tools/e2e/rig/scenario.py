"""What a scenario is, and how a failure is said."""
import asyncio
import dataclasses
import time
from typing import Awaitable, Callable


class Failed(Exception):
    """The server or a client did not do what the scenario asks. The message says what was seen instead."""


class Broken(Exception):
    """The rig could not do its part, or the server did not even run. No proof of anything in a canary."""


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    run: Callable[..., Awaitable[dict]]
    is_quick: bool
    #: The scenario passes when its body fails with `Failed`: the proof that the checks can fail.
    must_fail: bool
    timeout_seconds: float
    about: str


REGISTRY: dict[str, Scenario] = {}


def scenario(*, quick: bool = False, must_fail: bool = False, timeout: float = 120):
    """Registers `async def name(rig) -> figures`; the name in the run is the function's, with dashes."""
    def register(function):
        name = function.__name__.replace('_', '-')
        about = (function.__doc__ or '').strip().splitlines()[0]
        REGISTRY[name] = Scenario(name, function, quick, must_fail, timeout, about)
        return function
    return register


def require(condition, message: str) -> None:
    if not condition:
        raise Failed(message)


async def until(what: str, probe, seconds: float = 15, every: float = 0.25):
    """Waits until `await probe()` is true and returns it; fails with the last value after `seconds`."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        last = await probe()
        if last:
            return last
        await asyncio.sleep(every)
    raise Failed(f'{what}: not within {seconds:g} s (last seen: {last!r:.300})')
