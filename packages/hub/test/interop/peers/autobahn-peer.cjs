/**
 * AutobahnJS, told by lines of JSON on stdin what to do; what comes of it stands in lines of JSON on stdout. The commands
 * are in ../wamp-peer.ts.
 */
const { createInterface } = require('node:readline');
const autobahn = require('autobahn');

// The library writes to the console what it thinks of the world; here only answers may be heard.
const say = (
  (write) => (line) =>
    write(`${JSON.stringify(line)}\n`)
)(process.stdout.write.bind(process.stdout));
for (const level of ['log', 'info', 'debug', 'warn', 'error']) console[level] = () => {};

const { JSONSerializer, MsgpackSerializer, CBORSerializer } = autobahn.serializer;
const serializers = {
  'wamp.2.json': JSONSerializer,
  'wamp.2.msgpack': MsgpackSerializer,
  'wamp.2.cbor': CBORSerializer,
};
const calls = new Map();
let connection;
let session;

/** The value of a result, or of an event: one argument, or all there is. */
const asValue = (result) => (result instanceof autobahn.Result ? { args: result.args, kwargs: result.kwargs } : result);

const behaviours = {
  add: (_name, args) => args[0] + args[1],
  name: (name) => name,
  asked: (name, _args, _kwargs, details) => `${name} ${details.procedure}`,
  fail: () => {
    throw new autobahn.Error('com.example.error', ['no', 3], { severity: 3 });
  },
  wait: () => {
    say({ started: true });
    return new Promise(() => {});
  },
};

const commands = {
  open({ url, subprotocol, realm, auth }) {
    return new Promise((resolve, reject) => {
      connection = new autobahn.Connection({
        url,
        realm,
        serializers: [new serializers[subprotocol]()],
        max_retries: 0,
        on_internal_error: () => {},
        ...(auth && {
          authmethods: [auth.method],
          authid: auth.authid,
          onchallenge: (_, method, extra) => sign(auth, method, extra),
        }),
      });
      connection.onopen = (opened, details) => {
        session = opened;
        resolve({ session: session.id, authid: details.authid, authrole: details.authrole });
      };
      connection.onclose = (reason, details) => {
        reject(Object.assign(new Error(reason), { error: details.reason }));
        return true;
      };
      connection.open();
    });
  },
  async subscribe({ topic, options }) {
    await session.subscribe(
      topic,
      (args, kwargs, event) => say({ event: topic, args, kwargs, topic: event.topic }),
      options,
    );
  },
  async unsubscribeAll() {
    for (const [subscription] of session.subscriptions) await session.unsubscribe(subscription);
  },
  async publish({ topic, args, kwargs, options }) {
    await session.publish(topic, args, kwargs, { ...options, acknowledge: true });
  },
  async register({ procedure, behaviour, name, options }) {
    const run = behaviours[behaviour];
    await session.register(procedure, (args, kwargs, details) => run(name, args, kwargs, details), options);
  },
  call({ id, procedure, args, progress, options }) {
    const call = session.call(procedure, args, undefined, { ...options, ...(progress && { receive_progress: true }) });
    calls.set(id, call);
    return call.then(asValue, undefined, (result) => say({ id, progress: asValue(result) }));
  },
  cancel({ call, mode }) {
    calls.get(call).cancel({ mode });
  },
  close() {
    connection.close();
  },
};

function sign({ secret }, method, { challenge, salt, iterations, keylen }) {
  if (method === 'ticket') return secret;
  const key = salt === undefined ? secret : autobahn.auth_cra.derive_key(secret, salt, iterations, keylen);
  return autobahn.auth_cra.sign(key, challenge);
}

createInterface(process.stdin)
  .on('line', async (line) => {
    const command = JSON.parse(line);
    try {
      say({ id: command.id, ok: (await commands[command.do](command)) ?? null });
    } catch (error) {
      say({ id: command.id, error: String(error.error ?? error), args: error.args, kwargs: error.kwargs });
    }
  })
  .on('close', () => process.exit());
