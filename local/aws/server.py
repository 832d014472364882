"""The server process: `python -m local.aws.server SETTINGS DIRECTORY [--detached]`, started by `LocalAws` only."""

import argparse
import asyncio
import gc
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from local.aws import environment
from local.aws.settings import Settings
from local.aws.working_directory import WorkingDirectory


def main() -> None:
    arguments = _parse()
    settings, directory = Settings.from_json(arguments.settings), WorkingDirectory(arguments.directory)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    port = listener.getsockname()[1]
    # ministack reads its environment while it is imported: it has to be complete before.
    os.environ.update(environment.for_server(settings, directory, port))
    asyncio.run(_serve(settings, directory, listener, watch_parent=not arguments.detached))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.aws.server", description=__doc__)
    parser.add_argument("settings", help="Settings as JSON")
    parser.add_argument("directory", type=Path, help="the WorkingDirectory")
    parser.add_argument("--detached", action="store_true", help="outlive the process that started this one")
    return parser.parse_args()


async def _serve(
    settings: Settings, directory: WorkingDirectory, listener: socket.socket, *, watch_parent: bool
) -> None:
    from hypercorn.asyncio import serve  # noqa: PLC0415 - imports wait for the environment
    from hypercorn.config import Config  # noqa: PLC0415

    from local.aws import assembly  # noqa: PLC0415

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    stop = _stopper(loop, stopped)
    if watch_parent:
        _in_background(_stop_with_parent, stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    if settings.tls:
        config.certfile, config.keyfile = str(directory.certificate), str(directory.private_key)

    def ready() -> None:
        # What is loaded stays: a collection need not walk through it.
        gc.collect()
        gc.freeze()
        # A slow start takes nothing off its lifetime.
        _in_background(_stop_after, settings.lifetime_seconds, stop)
        # What `LocalAws` waits for on our standard output.
        print(json.dumps({"port": int(os.environ["GATEWAY_PORT"]), "pid": os.getpid()}), flush=True)

    application = assembly.application(settings, ready=ready, stop=stop)
    serving = asyncio.create_task(serve(application, config, shutdown_trigger=asyncio.Event().wait))  # type: ignore[arg-type]
    serving.add_done_callback(lambda _: stopped.set())
    await stopped.wait()
    assembly.stop_workers()
    directory.remove()
    # A graceful end would wait for clients' idle TLS connections and for worker threads nobody needs any more.
    os._exit(1 if serving.done() else 0)


def _stopper(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> Callable[[], None]:
    def stop() -> None:
        loop.call_soon_threadsafe(stopped.set)

    return stop


def _in_background(watch: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=watch, args=arguments, daemon=True).start()


def _stop_with_parent(stop: Callable[[], None]) -> None:
    sys.stdin.buffer.read()
    stop()


def _stop_after(lifetime: float, stop: Callable[[], None]) -> None:
    time.sleep(lifetime)
    stop()


if __name__ == "__main__":
    main()
