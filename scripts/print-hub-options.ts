/**
 * docs/reference/hub-options.md, printed from the comments on the options' own fields:
 * `node scripts/print-hub-options.ts > docs/reference/hub-options.md`. A test compares the two.
 */
import { optionTables } from './options-page.ts';

/** The interfaces that users fill in: file, name, the title of its table, and what is said before it. */
const pages = `
hub/hub.ts | HubOptions | \`createHub(contract, options)\` | Beside these, \`route\`: [how it behaves as a route](#hubroutehub-options-and-route-of-createhub). The last five are there for tests.
hub/policy.ts | TopicPolicy | \`hub.topic(pattern, policy)\` | How they work together: [topics](../topics/topics.md).
hub/hub.ts | HandleOptions | \`hub.handle(name, options, handler)\` |
hub/procedures.ts | ProcedurePolicy | \`hub.procedures(pattern, policy)\` | \`register\` and \`call\` are rules; an absent one denies.
hub/limits.ts | HubLimits | \`limits\` of a hub | Each a whole number above 0.
hub/window.ts | WindowLimits | \`window\` of a hub | How it works: [slow readers](../topics/slow-readers.md).
hub-route.ts | HubRouteOptions | \`hubRoute(hub, options)\`, and \`route\` of \`createHub\` | Beside these, those [of WAMP](#of-wamp), the [socket options](options.md#socket-options), \`origin\` and \`insecureAllowMissingHost\`.
wamp/realm.ts | WampOptions | Of WAMP | In the same object.
wamp/realm.ts | WampLimits | \`wampLimits\` | Beside these, in the same object:
wamp/serializers/serializer.ts | SerializerLimits | \`wampLimits\`: of one message |
hub/user.ts | Credentials | What \`authenticate\` gets |
hub/user.ts | Admission | What \`authenticate\` returns | \`undefined\` is nobody, and is refused.
hub/user.ts | User | \`user\` | And whatever else you want to know of it.
hub/jwt.ts | JwtOptions | \`jwt(options)\` | Exactly one of \`secret\`, \`key\` and \`jwks\`.
wamp/authentication.ts | Secret | What \`wampcra\` returns | Beside these, the fields of [what \`authenticate\` returns](#what-authenticate-returns).
engine/memory.ts | MemoryEngineOptions | \`memoryEngine(options)\` |
engine/sqlite.ts | SqliteEngineOptions | \`sqliteEngine(file, options)\` |
client/client-options.ts | ClientOptions | \`connectHub(contract, url, options)\` | Beside these, in Node: \`headers\`, \`origin\`, \`tls\` and \`agent\`, as for [\`connect\`](options.md#connecturl-options-in-node); in browsers: \`base\` and \`WebSocket\`.
client/outbox.ts | OutboxOptions | \`outbox\` | Beside these, \`load\` and \`save\`, which \`outboxStorage\` makes.
client/subscription.ts | SubscribeOptions | \`topic.subscribe(options)\` |
client/outbox.ts | PublishOptions | \`topic.publish(data, options)\` |
client/history.ts | HistoryOptions | \`topic.history(options)\` |
client/call.ts | CallOptions | \`client.call(name, input, options)\` |
soap/on-hub.ts | SoapOnHub | \`soapOnHub(hub, options)\` |
soap/on-hub.ts | SoapTopicOnHub | \`topics\` of \`soapOnHub\` |
soap/session.ts | SoapLimits | \`limits\` of \`soapOnHub\` | Beside these, in the same object:
soap/xml-parser.ts | XmlLimits | \`limits\` of \`soapOnHub\`: of one message |
soap/client.ts | SoapClientOptions | \`connectSoap(url, contract, options)\` | Beside these, \`signal\` and, in Node, \`headers\`.
plain/on-hub.ts | PlainOnHub | \`plainOnHub(hub, options)\` |
`;

export const hubOptionsPage: string = `# Options of the hub

Sizes are in bytes. A \`Duration\` is a number of milliseconds, or a number with a unit: \`'500ms'\`, \`'30s'\`, \`'10m'\`, \`'12h'\`,
\`'30d'\`; other times are in milliseconds. \`null\`, where it is allowed, lifts a limit. Everything is judged when it is given: a
value that makes no sense throws a \`RangeError\` or a \`TypeError\` at once. This page is printed from the comments in the
sources by \`scripts/print-hub-options.ts\`.

${optionTables('../packages/hub/src/', pages)}
`;

if (import.meta.main) process.stdout.write(hubOptionsPage);
