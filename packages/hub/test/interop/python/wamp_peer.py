"""AutobahnPython, told by lines of JSON on stdin what to do; what comes of it stands in lines of JSON on stdout.

    /usr/bin/python3 wamp_peer.py

The commands are in ../wamp-peer.ts. Debian's python3-autobahn is all that it needs, and for CBOR python3-cbor2.
"""
import asyncio
import json
import sys

import txaio

txaio.use_asyncio()

from autobahn.asyncio.wamp import ApplicationSession
from autobahn.asyncio.websocket import WampWebSocketClientFactory
from autobahn.wamp import auth as wamp_auth
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import (
    CallOptions,
    ComponentConfig,
    PublishOptions,
    RegisterOptions,
    SubscribeOptions,
)

SERIALIZERS = {"wamp.2.json": JsonSerializer, "wamp.2.msgpack": MsgPackSerializer}
try:
    from autobahn.wamp.serializer import CBORSerializer

    SERIALIZERS["wamp.2.cbor"] = CBORSerializer
except ImportError:
    pass


def say(line):
    print(json.dumps(line), flush=True)


def value_of(result):
    if hasattr(result, "results"):
        return {"args": list(result.results), "kwargs": result.kwresults}
    return result


async def add(name, details, a, b):
    return a + b


async def tell_name(name, details):
    return name


async def tell_asked(name, details):
    return f"{name} {details.procedure}"


async def fail(name, details):
    raise ApplicationError("com.example.error", "no", 3, severity=3)


async def wait(name, details):
    say({"started": True})
    try:
        await asyncio.Future()
    except asyncio.CancelledError:
        say({"interrupted": True})
        raise ApplicationError("wamp.error.canceled", "interrupted")


async def count(name, details, most):
    for i in range(1, most + 1):
        if details.progress:
            details.progress(i)
    return "done"


BEHAVIOURS = {"add": add, "name": tell_name, "asked": tell_asked, "fail": fail, "wait": wait, "count": count}


class Peer(ApplicationSession):
    def __init__(self, command, opened):
        super().__init__(ComponentConfig(command["realm"]))
        self.command = command
        self.opened = opened

    def onConnect(self):
        auth = self.command.get("auth")
        if auth:
            self.join(self.config.realm, [auth["method"]], auth["authid"])
        else:
            self.join(self.config.realm)

    def onChallenge(self, challenge):
        secret = self.command["auth"]["secret"]
        if challenge.method == "ticket":
            return secret
        extra = challenge.extra
        key = secret
        if "salt" in extra:
            key = wamp_auth.derive_key(secret, extra["salt"], extra["iterations"], extra["keylen"])
        signature = wamp_auth.compute_wcs(key, extra["challenge"])
        return signature.decode() if isinstance(signature, bytes) else signature

    def onUserError(self, fail, msg):
        """Errors of behaviours are meant; the library would print them."""

    def onJoin(self, details):
        self.opened.set_result(
            {"session": details.session, "authid": details.authid, "authrole": details.authrole}
        )

    def onLeave(self, details):
        if not self.opened.done():
            self.opened.set_exception(ApplicationError(details.reason))
        self.disconnect()


class Commands:
    def __init__(self):
        self.session = None
        self.calls = {}

    async def open(self, command):
        loop = asyncio.get_running_loop()
        txaio.config.loop = loop
        opened = loop.create_future()
        self.session = Peer(command, opened)
        factory = WampWebSocketClientFactory(
            lambda: self.session,
            url=command["url"],
            serializers=[SERIALIZERS[command["subprotocol"]]()],
        )
        await loop.create_connection(factory, factory.host, factory.port)
        return await opened

    async def subscribe(self, command):
        topic = command["topic"]

        def heard(*args, details=None, **kwargs):
            say({"event": topic, "args": args, "kwargs": kwargs or None, "topic": details.topic})

        options = SubscribeOptions(details_arg="details", **command.get("options", {}))
        await self.session.subscribe(heard, topic, options=options)

    async def publish(self, command):
        options = PublishOptions(acknowledge=True, **command.get("options", {}))
        await self.session.publish(
            command["topic"], *command.get("args", []), options=options, **command.get("kwargs", {})
        )

    async def register(self, command):
        behaviour = BEHAVIOURS[command["behaviour"]]

        def invoked(*args, details=None):
            return asyncio.ensure_future(behaviour(command.get("name"), details, *args))

        options = RegisterOptions(details_arg="details", **command.get("options", {}))
        await self.session.register(invoked, command["procedure"], options=options)

    async def call(self, command):
        id = command["id"]
        options = {}
        if command.get("progress"):
            options["on_progress"] = lambda result: say({"id": id, "progress": result})
        call = self.session.call(
            command["procedure"], *command.get("args", []), options=CallOptions(**options)
        )
        self.calls[id] = call
        return value_of(await call)

    async def cancel(self, command):
        self.calls[command["call"]].cancel()

    async def close(self, command):
        self.session.leave()


async def answer(commands, command):
    try:
        say({"id": command["id"], "ok": await getattr(commands, command["do"])(command)})
    except ApplicationError as error:
        say(
            {
                "id": command["id"],
                "error": error.error,
                "args": list(error.args),
                "kwargs": error.kwargs or None,
            }
        )
    except asyncio.CancelledError:
        say({"id": command["id"], "error": "canceled here"})
    except Exception as error:
        say({"id": command["id"], "error": repr(error)})


async def main():
    commands = Commands()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()
    while line := await reader.readline():
        running.add(asyncio.ensure_future(answer(commands, json.loads(line))))


asyncio.run(main())
