"""Talks to an echo server as python3-websockets does, and says "ok" when everything came back.

    python3 echo_client.py URL [deflate]
"""
import asyncio
import sys

import websockets


async def main(url, deflate):
    compression = "deflate" if deflate else None
    options = dict(compression=compression, max_size=None, subprotocols=["nobody", "echo"])
    async with websockets.connect(url, **options) as socket:
        assert socket.subprotocol == "echo", socket.subprotocol
        names = [extension.name for extension in socket.extensions]
        assert names == (["permessage-deflate"] if deflate else []), names
        messages = ["", "Hello", "caf\u00e9 \U0001f30a", b"", b"\x00\xff" * 10, "tide " * 5000, b"wire " * 5000]
        messages += ["x" * length for length in (125, 126, 127, 511, 512, 65535, 65536, 1 << 20)]
        for message in messages:
            await socket.send(message)
            assert await socket.recv() == message, message[:50]
        await socket.send(["in ", "three ", "pieces"])
        assert await socket.recv() == "in three pieces"
        for message in messages * 3:
            await socket.send(message)
        for message in messages * 3:
            assert await socket.recv() == message, message[:50]
        await asyncio.wait_for(await socket.ping(b"are you there"), 5)
        await socket.close(4001, "enough")
        assert socket.close_code == 4001, socket.close_code
    try:
        await websockets.connect(url.replace("/echo", "/nothing"))
    except websockets.InvalidStatusCode as error:
        assert error.status_code == 404, error
    else:
        raise AssertionError("let in where nothing is")
    print("ok")


asyncio.run(main(sys.argv[1], "deflate" in sys.argv))
