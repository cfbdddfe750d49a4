"""Carries TCP connections from this machine's loopback into the cluster's network namespace.

A program of its own: its listening socket was opened outside (descriptor 3) and stays there, while the
program runs inside, so the sockets that it opens to the other side are inside. Started as `forwarder.py HOST
PORT`, with the standard library alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on one direction until its end, and tell the end on, as a half-closed connection does."""
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def serve(host: str, port: int) -> None:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            upstream_reader, upstream = await asyncio.open_connection(host, port)
            await asyncio.gather(copy(reader, upstream), copy(upstream_reader, writer))
            upstream.close()
        writer.close()

    listening = socket.socket(fileno=3)
    server = await asyncio.start_server(carry, sock=listening)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
