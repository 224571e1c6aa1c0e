# SPDX-License-Identifier: Apache-2.0
"""Command line of the simulator.  Prints one JSON line when it is ready; ends on SIGTERM, or when its stdin ends."""
import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import signal
import stat
import sys
import tempfile

from .platforms import PLATFORMS
from .server import Simulator
from .tls import Certificates


def parse(arguments):
    parser = argparse.ArgumentParser(prog="sim.py", description="Simulates partner platforms on loopback addresses.")
    parser.add_argument("--port", type=int, default=0, help="port of every partner and of control; 0: a free one")
    parser.add_argument("--tls", action="store_true", help="serve https too, with a certification authority made on the spot")
    parser.add_argument("--tls-port", type=int, default=0, help="port for https; 0: a free one")
    parser.add_argument("--state", metavar="FILE", help="keep changes of the listings in FILE, and start from them")
    parser.add_argument("--seed", type=int, default=1, help="other listings for every number")
    parser.add_argument("--platforms", default="all", help="all, none, or names separated by commas: " + ", ".join(PLATFORMS))
    options = parser.parse_args(arguments)
    options.platforms = {"all": list(PLATFORMS), "none": []}.get(options.platforms, options.platforms.split(","))
    wrong = set(options.platforms) - set(PLATFORMS)
    if wrong:
        parser.error(f"no such platform: {', '.join(sorted(wrong))}; there are {', '.join(PLATFORMS)}")
    return options


def watch_stdin(stop):
    """Ends with the parent: a pipe or socket on stdin that closes says that it is gone.  A terminal or /dev/null says nothing."""
    mode = os.fstat(0).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return

    def readable():
        if not os.read(0, 4096):
            asyncio.get_running_loop().remove_reader(0)
            stop.set()

    asyncio.get_running_loop().add_reader(0, readable)


async def serve(options, folder):
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    certificates = Certificates(folder) if options.tls or options.tls_port else None
    sim = Simulator(options.seed, options.state)
    port = await sim.start(options.port, options.tls_port, certificates, options.platforms)
    watch_stdin(stop)
    print(json.dumps({"port": port, "tls_port": sim.lines.tls_port, "dns_ports": sim.dns_ports, "control": f"http://127.0.0.1:{port}/_control",
                      "ca": certificates and certificates.authority}), flush=True)
    await stop.wait()


def main(arguments=None):
    options = parse(arguments)
    with tempfile.TemporaryDirectory(prefix="vigie-sim-") as folder, contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(serve(options, pathlib.Path(folder)))
        except (OSError, ValueError) as error:
            print(f"sim: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
