"""`make run-real`: PostgreSQL, Kafka, and every service as separate processes, with a city at work."""

import asyncio
import sys
from pathlib import Path

from libs.common.cli import stop_signals
from libs.common.clock import SystemClock
from libs.development import parts
from services.dev import say
from tools.real_city import ROOT, RealCity, real_city
from tools.servers import servers
from tools.servers_process import ServerError

# A minute of office work passes in a second, so that there is something to look at.
HURRY = 60.0


async def play(city: RealCity) -> None:
    """Show where everything is and play the city until Ctrl-C."""
    issuer = parts.issuer(city.urls["issuer"], city.folder / "issuer")
    for name, url in city.urls.items():
        say(f"  {name:<16} {url}")
    password = issuer.password_file.read_text()
    say(f"  账号 sign in as  {' · '.join(parts.users())}    口令 password  [bold]{password}[/bold]")
    say(f"  日志 logs        {city.folder}/*.log      Ctrl-C 停止")
    stop = stop_signals()
    playing = asyncio.create_task(parts.simulate(city.api_urls, issuer, SystemClock(), hurry=HURRY))
    await stop.wait()
    playing.cancel()


def main() -> int:
    """Run from the command line."""
    folder: Path = ROOT / "var" / "real"
    try:
        say("启动 PostgreSQL 和 Kafka … starting the servers")
        with servers(folder / "servers") as facts:
            say("启动各服务进程 … starting the services")
            with real_city(folder, facts.postgres_url, facts.kafka_bootstrap) as city:
                asyncio.run(play(city))
    except (ServerError, RuntimeError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
