"""Speaks SOAP 1.2 over WebSocket ([MS-SWSB]) as a client that shares nothing with ours, and prints what it hears.

    /usr/bin/python3 soap_peer.py URL REQUESTS [--text] [--content-type TYPE] [--notifications COUNT] [--timeout SECONDS]

REQUESTS is JSON: [{"action": …, "namespace": …, "element": …, "fields": {…}, "oneWay": true?}, …]; they are sent one after
another, each reply awaited. Prints one JSON line for the answer to the handshake, for each reply and for each notification:

    {"type": "open", "subprotocol": …}
    {"type": "refused", "status": …, "headers": {…}}
    {"type": "reply" | "fault" | "notification", "action": …, "relates": true | false, "frame": "text" | "binary",
     "element": …, "fields": {…}, "codes": […], "reason": …}
    {"type": "closed", "code": …}

It builds and reads envelopes by xml.etree, with its own prefixes. Debian's python3-websockets is all that it needs.
"""
import argparse
import asyncio
import json
import uuid
import xml.etree.ElementTree as ET

import websockets

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ET.register_namespace("s", SOAP)
ET.register_namespace("a", WSA)


def say(**line):
    print(json.dumps(line), flush=True)


def add_fields(parent, namespace, fields):
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            child = ET.SubElement(parent, f"{{{namespace}}}{name}")
            if isinstance(each, dict):
                add_fields(child, namespace, each)
            elif each is None:
                child.set(f"{{{XSI}}}nil", "true")
            elif isinstance(each, bool):
                child.text = "true" if each else "false"
            else:
                child.text = str(each)


def build(request, url):
    envelope = ET.Element(f"{{{SOAP}}}Envelope")
    header = ET.SubElement(envelope, f"{{{SOAP}}}Header")
    action = ET.SubElement(header, f"{{{WSA}}}Action")
    action.set(f"{{{SOAP}}}mustUnderstand", "1")
    action.text = request["action"]
    ET.SubElement(header, f"{{{WSA}}}To").text = url
    message_id = None
    if not request.get("oneWay"):
        message_id = f"urn:uuid:{uuid.uuid4()}"
        ET.SubElement(header, f"{{{WSA}}}MessageID").text = message_id
        reply_to = ET.SubElement(header, f"{{{WSA}}}ReplyTo")
        ET.SubElement(reply_to, f"{{{WSA}}}Address").text = f"{WSA}/anonymous"
    body = ET.SubElement(envelope, f"{{{SOAP}}}Body")
    content = ET.SubElement(body, f"{{{request['namespace']}}}{request['element']}")
    add_fields(content, request["namespace"], request.get("fields", {}))
    return ET.tostring(envelope, encoding="utf-8", xml_declaration=True), message_id


def fields_of(element):
    fields = {}
    for child in element:
        name = child.tag.split("}")[-1]
        if child.get(f"{{{XSI}}}nil") in ("true", "1"):
            value = None
        elif len(child):
            value = fields_of(child)
        else:
            value = child.text or ""
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def describe(data, message_id):
    """What a message is; with the id of a request, whether it answers that."""
    envelope = ET.fromstring(data)
    assert envelope.tag == f"{{{SOAP}}}Envelope", envelope.tag
    header = envelope.find(f"{{{SOAP}}}Header")
    content = envelope.find(f"{{{SOAP}}}Body")[0]
    relates_to = header.findtext(f"{{{WSA}}}RelatesTo")
    line = dict(
        action=header.findtext(f"{{{WSA}}}Action"),
        relates=relates_to is not None and relates_to == message_id,
        frame="text" if isinstance(data, str) else "binary",
        element=content.tag,
    )
    if content.tag == f"{{{SOAP}}}Fault":
        codes = [value.text.split(":")[-1] for value in content.iter(f"{{{SOAP}}}Value")]
        reason = content.findtext(f"{{{SOAP}}}Reason/{{{SOAP}}}Text")
        return dict(type="fault", codes=codes, reason=reason, **line)
    kind = "notification" if relates_to is None else "reply"
    return dict(type=kind, fields=fields_of(content), **line)


async def converse(socket, arguments):
    notifications = 0

    async def hear(message_id):
        nonlocal notifications
        line = describe(await asyncio.wait_for(socket.recv(), arguments.timeout), message_id)
        notifications += line["type"] == "notification"
        say(**line)
        return line

    for request in json.loads(arguments.requests):
        data, message_id = build(request, arguments.url)
        await socket.send(data.decode("utf-8") if arguments.text else data)
        while message_id is not None and not (await hear(message_id))["relates"]:
            pass
    while notifications < arguments.notifications:
        await hear(None)
    await socket.close(1000, "done")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("requests")
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--content-type", default="application/soap+xml; charset=utf-8")
    parser.add_argument("--subprotocol", default="soap")
    parser.add_argument("--notifications", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=10)
    arguments = parser.parse_args()
    headers = {"soap-content-type": arguments.content_type}
    options = dict(subprotocols=[arguments.subprotocol], extra_headers=headers, open_timeout=arguments.timeout)
    try:
        socket = await websockets.connect(arguments.url, **options)
    except websockets.InvalidStatusCode as error:
        wanted = ("soap-content-type", "sec-websocket-protocol")
        say(type="refused", status=error.status_code, headers={name: error.headers.get(name) for name in wanted})
        return
    say(type="open", subprotocol=socket.subprotocol)
    try:
        await converse(socket, arguments)
    except websockets.ConnectionClosed:
        pass
    say(type="closed", code=socket.close_code)


asyncio.run(main())
