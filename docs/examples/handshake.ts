/** The opening handshake as bytes on a TCP connection: a client that offers SOAP and WAMP, and a hub that chooses WAMP. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createHub, defineContract } from '@tidewire/hub';
import { serve } from 'tidewire';

// The request below has no Host, which RFC 6455 §4.2.1 asks for. No route lets that pass unless it says so.
const hub = createHub(defineContract({}), { route: { insecureAllowMissingHost: true } });
const server = await serve({ host: '127.0.0.1', routes: { '/chatService': hub } });

const request = `\
GET /chatService HTTP/1.1
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Protocol: soap, wamp
Sec-WebSocket-Version: 13
`;
const stream = connect(server.port, '127.0.0.1').setEncoding('latin1');
stream.write(`${request}\n`.replaceAll('\n', '\r\n'));
const [response] = (await once(stream, 'data')) as [string];
console.log(response.replaceAll('\r', '').trim());
// → HTTP/1.1 101 Switching Protocols
// → Upgrade: WebSocket
// → Connection: Upgrade
// → Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
// → Sec-WebSocket-Protocol: wamp

stream.destroy();
await server.close();
await hub.close();
