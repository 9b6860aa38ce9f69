"""The same crowd for locust, to repeat the first conting's own test with the tool it used.

    pip install locust
    python -m bench.tokens 10000 > tokens.txt        # see there: needs the gateway's secret
    CONTING_EVENT=… CONTING_TOKENS=tokens.txt locust -f bench/locustfile.py --host http://…

Read its times with care: locust is a closed loop, and one core of it sends about 2,000 requests a
second; beyond that it measures itself. `make bench-peak` measures the gateway.
"""

import itertools
import os
from pathlib import Path

from locust import HttpUser, constant, task

EVENT = os.environ["CONTING_EVENT"]
TOKENS = itertools.cycle(Path(os.environ["CONTING_TOKENS"]).read_text().split())
NUMBERS = itertools.count()


class Fan(HttpUser):  # type: ignore[misc]  # locust is not installed with us
    """Joins, every third one twice, and polls every 3.2 seconds."""

    wait_time = constant(3.2)

    def on_start(self) -> None:
        """Joins."""
        headers = {"authorization": f"Bearer {next(TOKENS)}"}
        path = f"/v1/events/{EVENT}/queue/join"
        for _ in range(2 if next(NUMBERS) % 3 == 0 else 1):
            answer = self.client.post(path, headers=headers, name="join")
        self.ticket = answer.json()["ticket"]

    @task  # type: ignore[untyped-decorator]
    def poll(self) -> None:
        """Asks where the place stands."""
        path = f"/v1/events/{EVENT}/queue/status"
        self.client.get(path, params={"ticket": self.ticket}, name="status")
