/**
 * docs/reference/options.md, printed from the comments on the options' own fields:
 * `node scripts/print-options.ts > docs/reference/options.md`. A test compares the two.
 */
import { optionTables } from './options-page.ts';

/** The interfaces that users fill in: file, name, the title of its table, and what is said before it. */
const pages = `
server/serve.ts | ServeOptions | \`serve(options)\` | Beside these, all [socket options](#socket-options), as defaults for every route.
server/route.ts | Route | Routes | Beside these, the [handlers](#handlers) and the [socket options](#socket-options).
server/route.ts | Acceptance | What \`upgrade\` may return | A \`Response\` refuses. Anything else lets the client in.
socket/socket.ts | SocketHandlers | Handlers | Of a route, and of \`connect\`.
socket/socket-options.ts | SocketOptions | Socket options | For a server, a route, or a client.
protocol/limits.ts | Limits | \`limits\` | What each of them stops: [limits](../topics/limits.md).
socket/socket-options.ts | CompressionOptions | \`compression\` | \`true\`, or:
protocol/permessage-deflate.ts | DeflateOptions | \`compression\`: what is negotiated | In the same object.
socket/socket.ts | SendOptions | \`socket.send(data, options)\` |
server/group.ts | GroupSendOptions | \`group.send(data, options)\` | Beside these, those of \`socket.send\`.
server/serve.ts | CloseOptions | \`server.close(options)\` |
server/drain.ts | DrainOptions | \`server.close({ drain })\` |
client/connect.ts | OpenOptions | \`connect(url, options)\` in Node | Beside these, the [handlers](#handlers), the [socket options](#socket-options) and \`signal\`.
client/reconnect-options.ts | ReconnectingSocketOptions | \`connect\` with \`reconnect\` | In Node and in browsers.
client/reconnect-options.ts | ReconnectHandlers | Handlers with \`reconnect\` |
client/reconnect-options.ts | ReconnectOptions | \`reconnect\` | \`true\`, or:
client/backoff.ts | BackoffOptions | \`reconnect\`: the delays | In the same object.
client/watchdog.ts | WatchdogOptions | \`watchdog\` | How it works: [reconnecting](../how-to/reconnect.md).
client/native-connection.ts | NativeTarget | \`connect\` of \`tidewire/browser\` | Beside these, those of \`connect\` with \`reconnect\`; \`url\` is its first argument.
`;

export const optionsPage: string = `# Options

Times are in milliseconds, sizes in bytes. \`null\`, where it is allowed, lifts a limit or turns something off. Everything is
judged when it is given: a value that makes no sense throws a \`RangeError\` or a \`TypeError\` at once. This page is printed
from the comments in the sources by \`scripts/print-options.ts\`.

${optionTables('../packages/wire/src/', pages)}
`;

if (import.meta.main) process.stdout.write(optionsPage);
