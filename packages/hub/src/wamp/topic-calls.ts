/**
 * The `tidewire.…` procedures: what plain WAMP has no answer for, by ordinary calls (docs/protocol/topics-over-wamp.md). They
 * take and give keyword arguments.
 *
 * Rule of this file: each is a row of the table; the hub's session does the work.
 */

import { HubError } from '../contract/errors.ts';
import { type Position, type Publication, positionOf } from '../contract/publication.ts';
import type { CancelMode } from '../hub/call.ts';
import type { SubscriptionEnd } from '../hub/peer.ts';
import type { PresenceChange } from '../hub/presence.ts';
import type { Subscription } from '../hub/subscription.ts';
import type { Broker, JoinListener } from './broker.ts';
import { isId } from './ids.ts';
import type { MessageOf } from './messages.ts';
import type { OpenSession } from './open-session.ts';
import { type Dict, isDict } from './options.ts';
import { ownBytes } from './payloads.ts';

/** A call that waits for its result. */
export interface PendingCall {
  cancel(mode: CancelMode): void;
}

type Handler = (running: RunningCall) => Promise<void>;

const handlers: Readonly<Record<string, Handler>> = {
  'tidewire.session.ping': async (running) => running.finish({ now: running.open.realm.core.date() }),
  'tidewire.session.renew': async (running) => {
    const { session, renewal } = running.open;
    const token = running.text('token');
    if (renewal === undefined) throw new HubError('denied', 'A session by WAMP-CRA can’t be renewed: open another one');
    const expires = await session.renew({ token }, renewal);
    running.finish(expires === undefined ? {} : { expires });
  },
  'tidewire.topic.join': join,
  'tidewire.topic.publish': publish,
  'tidewire.topic.history': history,
  'tidewire.topic.presence': async (running) => {
    running.finish({ ...(await running.open.session.presence(running.topic)) });
  },
  'tidewire.topic.watch_presence': watchPresence,
};

export class TopicCalls {
  readonly #open: OpenSession;
  readonly #broker: Broker;
  readonly #calls: Map<number, PendingCall>;
  #running = 0;

  /** @param calls where CANCEL looks for the session's calls */
  constructor(open: OpenSession, broker: Broker, calls: Map<number, PendingCall>) {
    this.#open = open;
    this.#broker = broker;
    this.#calls = calls;
  }

  call(message: MessageOf<'CALL'>): void {
    const { request, procedure } = message;
    const handler = Object.hasOwn(handlers, procedure) ? handlers[procedure] : undefined;
    if (handler === undefined) return this.#open.refuse('CALL', request, new HubError('no-such-procedure'));
    const { maxCalls, maxWatchers } = this.#open.realm.core.limits;
    if (this.#running >= maxCalls + maxWatchers) {
      return this.#open.refuse('CALL', request, new HubError('too-many', 'Too many calls wait for their results'));
    }
    this.#running++;
    const running = new RunningCall(this.#open, this.#broker, message, () => {
      this.#running--;
      this.#calls.delete(request);
    });
    this.#calls.set(request, running);
    handler(running).catch((error) => running.fail(error));
    running.forgetArguments();
  }
}

/** One call while it runs. It is settled once; what comes after that is nobody's. */
class RunningCall implements PendingCall {
  readonly open: OpenSession;
  readonly broker: Broker;
  readonly request: number;
  readonly procedure: string;
  readonly #receivesProgress: boolean;
  #kwargs: Dict;
  readonly #settled: () => void;
  /** Undoes what the call has begun, when it is canceled. */
  onCancel: (() => void) | undefined;
  isSettled = false;

  constructor(open: OpenSession, broker: Broker, message: MessageOf<'CALL'>, settled: () => void) {
    this.open = open;
    this.broker = broker;
    this.request = message.request;
    this.procedure = message.procedure;
    this.#receivesProgress = message.options.receive_progress === true;
    this.#kwargs = message.kwargs ?? {};
    this.#settled = settled;
  }

  /** What the caller passed, for the handler's first steps: only until it first waits. */
  get kwargs(): Dict {
    return this.#kwargs;
  }

  /** A watch, or a subscription, may stand for days; a megabyte of arguments that nobody asked for must not stand with it. */
  forgetArguments(): void {
    this.#kwargs = {};
  }

  cancel(): void {
    this.fail(new HubError('canceled'));
    this.onCancel?.();
  }

  progress(kwargs: Dict): void {
    if (!this.isSettled) this.#result({ progress: true }, kwargs);
  }

  finish(kwargs: Dict): void {
    if (this.#settle()) this.#result({}, kwargs);
  }

  fail(error: unknown): void {
    if (this.#settle()) this.open.refuse('CALL', this.request, error);
  }

  /** @throws HubError when the caller does not take progressive results */
  demandProgress(): void {
    if (this.#receivesProgress) return;
    throw new HubError('invalid', `${this.procedure} has progressive results: ask for receive_progress`);
  }

  /** The topic that it is about. @throws HubError when it is no name of one */
  get topic(): string {
    const topic = this.text('topic');
    const objection = this.open.objectionTo(topic);
    if (objection !== undefined) throw objection;
    return topic;
  }

  text(name: string): string {
    const value = this.kwargs[name];
    if (typeof value !== 'string') throw new HubError('invalid', `${name} must be a string`);
    return value;
  }

  /** A whole number that is not negative, if it is there. */
  count(name: string): number | undefined {
    const value = this.kwargs[name];
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0))
      return value as number | undefined;
    throw new HubError('invalid', `${name} must be an integer that is not negative`);
  }

  /** A position, if it is there. */
  position(name: string): Position | undefined {
    const value = this.kwargs[name];
    if (value === undefined) return undefined;
    if (isDict(value)) {
      const { epoch, offset, id } = value;
      const isStart = offset === 0 && id === 0;
      if (typeof epoch === 'string' && (isStart || (isOffset(offset) && isId(id)))) {
        return { epoch, offset: offset as number, id: id as number };
      }
    }
    throw new HubError('invalid', `${name} must be a position`);
  }

  #result(details: { readonly progress?: true }, kwargs: Dict): void {
    this.open.send({ type: 'RESULT', request: this.request, details, kwargs });
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.#settled();
    return true;
  }
}

const isOffset = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

async function join(running: RunningCall): Promise<void> {
  running.demandProgress();
  const { broker } = running;
  const wanted = { position: running.position('position'), last: running.count('last') ?? 0 };
  const listener: JoinListener = {
    joined: (id, { recovered, position, replay, topic }) => {
      const leave = (): void => broker.leave(id, listener);
      if (running.isSettled) return leave();
      running.onCancel = leave;
      const { slowReader } = topic.policy;
      running.progress({
        subscription: id,
        recovered,
        position: positionOf(position),
        replay,
        slow_reader: slowReader,
      });
    },
    caughtUp: (id, subscription: Subscription) => {
      running.finish({ subscription: id, position: positionOf(subscription.reached) });
    },
    left: (reason) => {
      // Mostly it has had its result long ago, and an error costs more than all the rest of an end.
      if (!running.isSettled) running.fail(endOfJoin(reason));
    },
  };
  await broker.join(running.topic, wanted, listener);
}

/** Why a join has no result: its subscriber ended it, or the hub did. */
function endOfJoin(reason: SubscriptionEnd | undefined): HubError {
  switch (reason) {
    case undefined:
      return new HubError('canceled', 'The subscription has ended');
    case 'denied':
      return new HubError('denied', 'You may not subscribe to it any more');
    case 'reset':
      return new HubError('unavailable', 'The log has lost what was to come next: join again');
    default:
      return new HubError('unavailable', 'The log can’t be read at the moment: join again');
  }
}

async function publish(running: RunningCall): Promise<void> {
  const { open, kwargs, topic } = running;
  const { data, exclude_me } = kwargs;
  if (exclude_me !== undefined && typeof exclude_me !== 'boolean') {
    throw new HubError('invalid', 'exclude_me must be true or false');
  }
  const once = kwargs['key'] === undefined ? {} : { once: running.text('key') };
  const audience = exclude_me ? { audience: { except: { sessions: [open.session.id] } } } : {};
  const own = open.outlet.serializer.binary ? ownBytes(data) : data;
  const { position, duplicate } = await open.session.publish(topic, { data: own }, { ...once, ...audience });
  running.finish({ position: positionOf(position), duplicate });
}

async function history(running: RunningCall): Promise<void> {
  const after = running.position('after');
  const last = running.count('last');
  const limit = running.count('limit');
  if (after === undefined && last === undefined) throw new HubError('invalid', 'History is asked for by after or last');
  const request = {
    ...(after && { after }),
    ...(last !== undefined && { last }),
    ...(limit !== undefined && { limit }),
  };
  const { publications, top, held } = await running.open.session.history(running.topic, request);
  running.finish({ publications: publications.map(told), position: positionOf(top), held });
}

function told(publication: Publication): Dict {
  const { time, data, publisher } = publication;
  return { position: positionOf(publication), time, data, ...(publisher && { publisher }) };
}

async function watchPresence(running: RunningCall): Promise<void> {
  running.demandProgress();
  const { session } = running.open;
  const told = (change: PresenceChange): number => {
    running.progress({ ...change });
    return 0;
  };
  const watcher = await session.watchPresence(running.topic, told, (error) => running.fail(error));
  running.onCancel = () => watcher.end();
  if (running.isSettled) watcher.end();
}
