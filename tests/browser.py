"""A headless Chromium as tests use it: pages that are opened, asked in JavaScript, and watched for all they do."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)


class Browser:
    """A Chromium that is spoken to over a pipe, in the DevTools protocol; `heard` is what it tells by itself."""

    def __init__(self, process: subprocess.Popen[bytes], out: int, into: int) -> None:
        self.process, self.out, self.into = process, out, into
        self.number, self.rest = 0, b""
        self.heard: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """The result of a command."""
        self.number += 1
        told = {"id": self.number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self.out, json.dumps(told).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                assert "error" not in message, (method, message["error"])
                result: dict[str, Any] = message["result"]
                return result
            self.heard.append(message)

    def message(self) -> dict[str, Any]:
        """The next thing that the browser says."""
        while b"\0" not in self.rest:
            piece = os.read(self.into, 1 << 20)
            assert piece, "the browser has gone"
            self.rest += piece
        message, _, self.rest = self.rest.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told


class Page:
    """A page in the browser, opened from a file."""

    def __init__(
        self, browser: Browser, path: Path, size: tuple[int, int] = (1440, 900), locale: str = "en-US"
    ) -> None:
        self.browser = browser
        browser.heard.clear()
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setLocaleOverride", locale=locale)
        agent = self.call("Runtime.evaluate", expression="navigator.userAgent", returnByValue=True)["result"]["value"]
        self.call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=locale)
        self.size(*size)
        self.call("Page.navigate", url=path.as_uri())
        self.wait("location.protocol === 'file:' && document.readyState === 'complete'")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a command about this page."""
        return self.browser.call(method, self.session, **params)

    def size(self, width: int, height: int) -> None:
        """Give the window a size; a narrow one is a phone's."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def ask(self, script: str) -> Any:
        """The value of an expression, of a promise once it is kept."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true, for ten seconds at most."""
        for _ in range(500):
            if self.ask(f"Boolean({condition})"):
                return
            sleep(0.02)
        raise AssertionError(f"never true: {condition}")

    def text(self, selector: str) -> str:
        """What a reader sees of an element."""
        return self.texts(selector)[0]

    def texts(self, selector: str) -> list[str]:
        """What a reader sees of each of some elements."""
        found = self.ask(f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.innerText)")
        return [re.sub(r"\n+", "\n", text) for text in found]

    def click(self, selector: str) -> None:
        """Press an element."""
        self.ask(f"(() => {{ const it = document.querySelector({json.dumps(selector)}); it.focus(); it.click(); }})()")

    def enter(self, name: str, value: str) -> None:
        """Fill a field of the filters, as its reader does."""
        told = f"const field = document.querySelector('.filters').elements[{json.dumps(name)}];"
        told += f"field.value = {json.dumps(value)}; field.dispatchEvent(new Event('input', {{bubbles: true}}));"
        self.ask(f"(() => {{ {told} }})()")

    def complaints(self) -> list[str]:
        """Everything that went wrong: errors, and what the console says."""
        kinds = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [json.dumps(one["params"]) for one in self.browser.heard if one.get("method") in kinds]

    def requests(self) -> list[str]:
        """The addresses that the page asked for."""
        asked = (one["params"] for one in self.browser.heard if one.get("method") == "Network.requestWillBeSent")
        return [one["request"]["url"] for one in asked]

    def close(self) -> None:
        """Close the page."""
        self.browser.call("Target.closeTarget", targetId=self.target)


def _pipe() -> tuple[int, int]:
    """The ends of a pipe, with numbers that do not meet those that Chromium takes."""
    ends = os.pipe()
    low, high = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return low, high


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block."""
    assert CHROMIUM
    (theirs_in, out), (into, theirs_out) = _pipe(), _pipe()
    with tempfile.TemporaryDirectory(prefix="dealport-") as folder:
        # Chromium reads commands from 3 and answers on 4
        command = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out} {theirs_in}<&- {theirs_out}>&-'
        words = ["bash", "-c", command, "bash", CHROMIUM, *SWITCHES, f"--user-data-dir={folder}"]
        with subprocess.Popen(words, pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL) as process:
            os.close(theirs_in)
            os.close(theirs_out)
            made = Browser(process, out, into)
            try:
                yield made
            finally:
                made.call("Browser.close")
                process.wait(timeout=20)
                os.close(out)
                os.close(into)
