/**
 * A hub on paper: a test opens and refuses connections, reads what the client sent and says what the hub says. What the
 * client sends is read as strictly as a router does: by the whole table of messages, with request ids in sequence.
 */
import assert from 'node:assert/strict';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { OpenConnection, Opener } from 'tidewire';
import { ManualClock } from '../../../wire/test/support/manual-clock.ts';
import type { ClientOptions } from '../../src/client/client-options.ts';
import { type HubClient, openHub } from '../../src/client/hub-client.ts';
import { defineContract } from '../../src/contract/contract.ts';
import type { Position } from '../../src/contract/publication.ts';
import { type Message, type MessageOf, type MessageType, parseMessage, toList } from '../../src/wamp/messages.ts';
import { jsonSerializer } from '../../src/wamp/serializers/json.ts';
import { Violation } from '../../src/wamp/violation.ts';

/** A schema by a predicate. */
export function schema<T>(is: (value: any) => boolean, says: string): StandardSchemaV1<T, T> {
  const validate = (value: unknown) => (is(value) ? { value: value as T } : { issues: [{ message: says }] });
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

export type Text = StandardSchemaV1<{ text: string }, { text: string }>;
export type Num = StandardSchemaV1<number, number>;

export const text: Text = schema((value) => typeof value?.text === 'string', 'text is missing');
export const number: Num = schema((value) => typeof value === 'number', 'no number');

export interface TestContract {
  readonly topics: { readonly news: Text; readonly 'support.{ticket}': Text };
  readonly calls: { readonly double: { readonly input: Num; readonly output: Num; readonly progress: Num } };
}

export const contract: TestContract = defineContract({
  topics: { news: text, 'support.{ticket}': text },
  calls: { double: { input: number, output: number, progress: number } },
});

export type TestClient = HubClient<TestContract>;

const json = jsonSerializer();
const requests: ReadonlySet<string> = new Set([
  'PUBLISH',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'CALL',
  'REGISTER',
  'UNREGISTER',
]);

type Listener = Parameters<OpenConnection['listen']>[0];

/** One connection, as the hub sees it. */
export class Line implements OpenConnection {
  readonly url = 'ws://fake/';
  readonly extensions = '';
  readonly canPause = false;
  readonly hasHeartbeat = false;
  readonly bufferedAmount = 0;
  readonly subprotocol: string;
  /** What the client sent and no test has taken yet. */
  readonly sent: Message[] = [];
  readonly closes: (readonly [code?: number, reason?: string])[] = [];
  terminated = false;
  listener: Listener | undefined;
  /** The largest total that the client acknowledged. */
  acknowledged = 0;
  #request = 0;

  constructor(subprotocol: string) {
    this.subprotocol = subprotocol;
  }

  listen(listener: Listener): void {
    this.listener = listener;
  }

  send(data: unknown): boolean {
    if (this.closes.length > 0) return false;
    const message = parseMessage(json.parse(data as string));
    assert.ok(!(message instanceof Violation), `${message instanceof Violation && message.reason}: ${data}`);
    if (requests.has(message.type)) {
      this.#request++;
      assert.equal((message as MessageOf<'CALL'>).request, this.#request, 'requests count up by one');
    }
    if (message.type === 'PUBLISH' && message.topic === 'tidewire.session.acknowledge') {
      assert.ok((message.args![0] as number) > this.acknowledged, 'an acknowledgement says something new');
      this.acknowledged = message.args![0] as number;
    } else {
      this.sent.push(message);
    }
    return true;
  }

  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
    this.ended(code ?? 1005, reason);
  }

  terminate(): void {
    this.terminated = true;
  }

  /** The next message that the client sent, which must be of this type. */
  take<T extends MessageType>(type: T): MessageOf<T> {
    const message = this.sent.shift();
    assert.equal(message?.type, type);
    return message as MessageOf<T>;
  }

  /** The next call, which must be of this procedure. */
  takeCall(procedure: string): MessageOf<'CALL'> {
    const call = this.take('CALL');
    assert.equal(call.procedure, procedure);
    return call;
  }

  say(message: Message): void {
    this.sayRaw(json.serialize(toList(message)) as string);
  }

  sayRaw(data: string): void {
    this.listener!.message(data);
  }

  welcome(details: Record<string, unknown> = {}): void {
    this.say({ type: 'WELCOME', session: 7, details: { roles: { broker: {}, dealer: {} }, ...details } });
  }

  result(request: number, kwargs: Record<string, unknown>, progress = false): void {
    this.say({ type: 'RESULT', request, details: progress ? { progress } : {}, kwargs });
  }

  error(request: number, error: string, kwargs: Record<string, unknown> = {}): void {
    this.say({ type: 'ERROR', requestType: 48, request, details: {}, error, args: ['No'], kwargs });
  }

  /** Answers a join: `recovered`, and where the topic is. */
  joined(request: number, position: Position, more: Record<string, unknown> = {}): void {
    const first = { subscription: 5, recovered: 'fresh', replay: 0, slow_reader: 'wait', position, ...more };
    this.result(request, first, true);
  }

  caughtUp(request: number, position: Position): void {
    this.result(request, { subscription: 5, position });
  }

  event(
    position: Position,
    data: unknown = { text: `${position.offset}` },
    details: Record<string, unknown> = {},
  ): void {
    this.say({
      type: 'EVENT',
      subscription: 5,
      publication: position.id,
      details: { _tidewire_position: position, _tidewire_time: 1_000 + position.offset, ...details },
      args: [data],
    });
  }

  /** The connection is gone. */
  ended(code: number, reason = ''): void {
    const received = code === 1006 ? undefined : { code, reason };
    this.listener?.closed({ code, reason, received, sent: received, clean: received !== undefined, error: undefined });
  }
}

/** The position at an offset; the id is the offset's hundredfold unless given. */
export function at(offset: number, epoch = 'e', id: number = offset * 100): Position {
  return { epoch, offset, id };
}

/** Lets everything that hangs on promises happen. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

export interface Scene {
  readonly hub: TestClient;
  readonly clock: ManualClock;
  /** What `watch` told. */
  readonly states: string[];
  readonly errors: unknown[];
  /** Attempts to connect so far. */
  readonly attempts: number;
  /** Opens the newest attempt, and takes its HELLO. */
  open(): Promise<Line>;
  /** The same, and says welcome. */
  join(details?: Record<string, unknown>): Promise<Line>;
  refuse(): Promise<void>;
  /** Lets time pass until there is another attempt. */
  retry(): Promise<void>;
}

export function scene(options: ClientOptions & { readonly subprotocol?: string } = {}): Scene {
  const clock = new ManualClock();
  const attempts: PromiseWithResolvers<OpenConnection>[] = [];
  const opener: Opener = {
    open: () => {
      const attempt = Promise.withResolvers<OpenConnection>();
      attempts.push(attempt);
      return attempt.promise;
    },
  };
  const errors: unknown[] = [];
  const states: string[] = [];
  const hub = openHub(contract, opener, {
    clock,
    random: () => 0.5,
    onError: (error) => errors.push(error),
    ...options,
  });
  hub.watch(({ state }) => states.push(state));
  const open = async (): Promise<Line> => {
    await settled();
    const line = new Line(options.subprotocol ?? 'wamp.2.json');
    attempts.at(-1)!.resolve(line);
    await settled();
    return line;
  };
  return {
    ...{ hub, clock, states, errors },
    get attempts() {
      return attempts.length;
    },
    open,
    join: async (details) => {
      const line = await open();
      line.take('HELLO');
      line.welcome(details);
      await settled();
      return line;
    },
    refuse: async () => {
      await settled();
      attempts.at(-1)!.reject(new Error('refused'));
      await settled();
    },
    retry: async () => {
      const before = attempts.length;
      for (let i = 0; i < 100 && attempts.length === before; i++) {
        clock.advance(500);
        await settled();
      }
    },
  };
}

/** The code of the error that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing',
    (error) => error.code ?? error.name,
  );
}

/** Puts what an iterator brings into a list, until it ends; an error at the end comes last. */
export function collect<T>(items: AsyncIterable<T>): (T | Error)[] {
  const list: (T | Error)[] = [];
  void (async () => {
    try {
      for await (const item of items) list.push(item);
    } catch (error) {
      list.push(error as Error);
    }
  })();
  return list;
}
