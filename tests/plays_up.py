"""A child process that misbehaves as its file says."""

import os
import time
from typing import BinaryIO

from connectors.confined import Receive, RefusedError, Send


def main(file: BinaryIO, _receive: Receive, _send: Send) -> None:
    play = file.read().decode()
    if play == "abort":
        os.abort()
    if play == "exit":
        os._exit(7)
    if play == "half":
        os.write(1, (100).to_bytes(8) + bytes(8) + b"{")
        os._exit(0)
    if play == "fail":
        raise KeyError("x")
    if play == "refuse":
        raise RefusedError("is not to our taste")
    if play == "sleep":
        time.sleep(60)
    eaten = [b""]
    while True:
        if play == "eat":
            eaten.append(bytes(50_000_000))
