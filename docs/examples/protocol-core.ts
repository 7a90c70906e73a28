/** The protocol alone, over a transport that is no stream: the two ports of a MessageChannel. */
import { Connection, type ConnectionEvents, type Role } from 'tidewire/protocol';

/** One end. Bytes go in by `receive`, whole frames come out by `output`; the transport is ours. */
function overPort(role: Role, port: MessagePort, text: (text: string, connection: Connection) => void): Connection {
  const events: ConnectionEvents = {
    text: (message) => text(message, connection),
    binary() {},
    compressed() {}, // only where permessage-deflate was agreed on
    output(frame) {
      for (const bytes of frame instanceof Uint8Array ? [frame] : frame) port.postMessage(bytes);
    },
    ping() {},
    pong() {},
    closeReceived: () => finish(),
    failed: () => finish(),
  };
  const connection: Connection = new Connection(role, events);
  const finish = () => {
    port.close(); // what was posted before still arrives
    const { code, clean } = connection.end();
    console.log(role, code, clean);
  };
  port.onmessage = ({ data }) => {
    connection.receive(data);
    connection.outputFlushed(); // what was put out has left: Pings may be answered again
  };
  return connection;
}

const { port1, port2 } = new MessageChannel();
overPort('server', port1, (text, server) => server.sendText(text.toUpperCase()));
const client = overPort('client', port2, (text) => {
  console.log(text);
  client.close(1000);
});
client.sendText('hello');
// → HELLO
// → server 1000 true
// → client 1000 true
