"""The smallest daemon: a pool and two toy workers; prints its folder and their pids, then waits to be killed."""

from __future__ import annotations

import asyncio

from pool_rig import rig


async def main() -> None:
    async with rig(2) as r:
        print(r.folder, *r.pool.stats().pids, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
