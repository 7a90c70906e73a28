"""An echo server by python3-websockets on a free port of 127.0.0.1, which it prints; ends when its input does.

    python3 echo_server.py [deflate]
"""
import asyncio
import sys

import websockets


async def echo(socket):
    async for message in socket:
        if message == "close":
            await socket.close(4002, "as you wish")
        elif message == "ping":
            await asyncio.wait_for(await socket.ping(b"are you there"), 5)
            await socket.send("pong")
        elif message == "pieces":
            await socket.send(["in ", "three ", "pieces"])
        else:
            await socket.send(message)


async def main(deflate):
    compression = "deflate" if deflate else None
    options = dict(compression=compression, max_size=None, subprotocols=["echo"])
    async with websockets.serve(echo, "127.0.0.1", 0, **options) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main("deflate" in sys.argv))
