/**
 * Wampy.js, told by lines of JSON on stdin what to do; what comes of it stands in lines of JSON on stdout. The commands
 * are in ../wamp-peer.ts.
 */
import { createInterface } from 'node:readline';
import { Wampy } from 'wampy';
import { CborSerializer } from 'wampy/CborSerializer.js';
import { JsonSerializer } from 'wampy/JsonSerializer.js';
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js';
import { sign } from 'wampy/wampcra.js';
import websocket from 'websocket';

/** Large integers come as bigints out of its decoders of bytes. */
const plain = (_, value) => (typeof value === 'bigint' ? Number(value) : value);
const say = (line) => process.stdout.write(`${JSON.stringify(line, plain)}\n`);

const serializers = {
  'wamp.2.json': JsonSerializer,
  'wamp.2.msgpack': MsgpackSerializer,
  'wamp.2.cbor': CborSerializer,
};
const requests = new Map();
let client;

const bare = (dictionary) => (dictionary && Object.keys(dictionary).length > 0 ? dictionary : undefined);
const asValue = ({ argsList = [], argsDict }) =>
  argsList.length === 1 && !bare(argsDict) ? argsList[0] : { args: argsList, kwargs: argsDict };

const behaviours = {
  add: (_, { argsList: [a, b] }) => ({ argsList: [a + b] }),
  name: (name) => ({ argsList: [name] }),
  asked: (name, { details }) => ({ argsList: [`${name} ${details.procedure}`] }),
  fail: () => {
    throw { error: 'com.example.error', argsList: ['no', 3], argsDict: { severity: 3 } };
  },
  wait: () => {
    say({ started: true });
    return new Promise(() => {});
  },
  async count(_, { argsList: [most], result_handler: tell }) {
    for (let i = 1; i <= most; i++) tell({ argsList: [i], options: { progress: true } });
    return { argsList: ['done'] };
  },
};

const commands = {
  async open({ url, subprotocol, realm, auth }) {
    client = new Wampy(url, {
      realm,
      ws: websocket.w3cwebsocket,
      serializer: new serializers[subprotocol](),
      autoReconnect: false,
      uriValidation: 'loose',
      ...(auth && {
        authid: auth.authid,
        authmethods: [auth.method],
        onChallenge: (method, extra) => (method === 'ticket' ? auth.secret : sign(auth.secret)(method, extra)),
      }),
    });
    const { authid, authrole } = await client.connect();
    return { session: client.getSessionId(), authid, authrole };
  },
  async subscribe({ topic, options }) {
    const heard = ({ argsList: args, argsDict: kwargs, details }) =>
      say({ event: topic, args, kwargs, topic: details.topic });
    await client.subscribe(topic, heard, options);
  },
  async publish({ topic, args, kwargs, options }) {
    await client.publish(topic, { argsList: args, argsDict: kwargs }, options);
  },
  async register({ procedure, behaviour, name, options }) {
    await client.register(procedure, (invocation) => behaviours[behaviour](name, invocation), options);
  },
  async call({ id, procedure, args, progress, options }) {
    const more = {
      ...options,
      ...(progress && { progress_callback: (result) => say({ id, progress: asValue(result) }) }),
    };
    const result = client.call(procedure, { argsList: args }, more);
    requests.set(id, client.getOpStatus().reqId);
    return asValue(await result);
  },
  cancel({ call, mode }) {
    client.cancel(requests.get(call), { mode });
  },
  async close() {
    await client.disconnect();
  },
};

createInterface(process.stdin)
  .on('line', async (line) => {
    const command = JSON.parse(line);
    try {
      say({ id: command.id, ok: (await commands[command.do](command)) ?? null });
    } catch (error) {
      say({
        id: command.id,
        error: error.errorUri ?? error.error ?? String(error),
        args: error.argsList,
        kwargs: error.argsDict,
      });
    }
  })
  .on('close', () => process.exit());
