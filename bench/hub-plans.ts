/**
 * The plans of the hub's works: one client publishes and many hear it, and many clients call. Each text names its topic and its
 * place in the turn, so that what is lost, doubled, exchanged or misdelivered is noticed.
 */

import { binaryFrame, maskingKey, textFrame } from './frames.ts';
import { type Dialect, dialectOf, type Said } from './hub-dialects.ts';
import { type Clients, type Plan, planOf, type Turn } from './plan-format.ts';
import type { RivalName } from './rivals.ts';

/** Bytes of text in each publication. */
const payload = 128;

const filling = 'abcdefghijklmnopqrstuvwxyz 0123456789 ';

/** ASCII without quotes or backslashes, so that it is the same in JSON. */
export function textOf(topic: string, place: number): string {
  return `topic ${topic} place ${place} `.padEnd(payload, filling);
}

/** `depth` publications in each segment, for all subscribers of the one topic. */
export function fanoutPlan(
  rival: RivalName,
  port: number,
  { subscribers, depth }: { readonly subscribers: number; readonly depth: number },
): Plan {
  const dialect = dialectOf(rival);
  const texts = Array.from({ length: depth }, (_, place) => textOf('all', place));
  const heard = texts.map((text) => dialect.event('all', text));
  const listening: Clients = {
    count: subscribers,
    request: dialect.request('subscribe', port, 'all'),
    opening: dialect.opening(['all']),
    speaks: false,
    listens: true,
    scripts: [{ turns: [{ send: new Uint8Array(), expect: heard }] }],
  };
  const said = turnOf(texts.map((text) => dialect.publish('all', text)));
  return planWith(dialect, [listening, publisherOf(dialect, port, [said])]);
}

/** So many topics with one subscriber each, spread over so many subscribers. */
export interface Topics {
  readonly subscribers: number;
  readonly topics: number;
  readonly depth: number;
  /** Publications go to every topic in turn; else all go to one, and the others are merely there. */
  readonly goesRound: boolean;
}

/**
 * As many topics as asked for, spread evenly over the subscribers, each topic with one. A turn's publications go to one
 * subscriber, so that a publication costs its share of one write however many topics there are; turns go round the
 * subscribers that have topics, and round their topics.
 */
export function topicsPlan(rival: RivalName, port: number, { subscribers, topics, depth, goesRound }: Topics): Plan {
  const dialect = dialectOf(rival);
  const having = Math.min(subscribers, topics);
  const each = topics / having;
  const topicOf = (subscriber: number, index: number): string => `${subscriber}-${index % each}`;
  // Going round: every topic has its turn, and so has every subscriber before any has another.
  const rounds = Math.ceil(each / depth);
  const turns = Array.from({ length: goesRound ? rounds * having : 1 }, (_, turn) => {
    const subscriber = turn % having;
    const first = Math.floor(turn / having) * depth;
    return Array.from({ length: depth }, (_, place) => ({
      subscriber,
      topic: topicOf(subscriber, goesRound ? first + place : 0),
      place,
    }));
  });
  const listening = Array.from({ length: subscribers }, (_, subscriber): Clients => {
    const own = subscriber < having ? Array.from({ length: each }, (_, index) => topicOf(subscriber, index)) : [];
    const expect = turns.map((turn) =>
      turn
        .filter((one) => one.subscriber === subscriber)
        .map(({ topic, place }) => dialect.event(topic, textOf(topic, place))),
    );
    return {
      count: 1,
      request: dialect.request('subscribe', port, 'all'),
      opening: dialect.opening(own),
      speaks: false,
      listens: true,
      scripts: [{ turns: expect.map((heard) => ({ send: new Uint8Array(), expect: heard })) }],
    };
  });
  const said = turns.map((turn) =>
    turnOf(turn.map(({ topic, place }) => dialect.publish(topic, textOf(topic, place)))),
  );
  return planWith(dialect, [...listening, publisherOf(dialect, port, said)]);
}

/** Connections that only hold what they have: so many subscriptions each, going round the topics. */
export function subscribersPlan(
  rival: RivalName,
  port: number,
  { connections, each, topics }: { readonly connections: number; readonly each: number; readonly topics: number },
): Plan {
  const dialect = dialectOf(rival);
  const request = dialect.request('subscribe', port, 'all');
  const clients = Array.from({ length: connections }, (_, client): Clients => {
    const own = Array.from({ length: each }, (_, index) => String((client * each + index) % topics));
    return { count: 1, request, opening: dialect.opening(own), speaks: false, listens: false, scripts: [] };
  });
  return planWith(dialect, clients);
}

/** Every client has `depth` calls under way, and begins anew when it has all their results. */
export function callsPlan(
  rival: RivalName,
  port: number,
  { connections, depth }: { readonly connections: number; readonly depth: number },
): Plan {
  const dialect = dialectOf(rival);
  const { call } = dialect;
  if (call === undefined) throw new RangeError(`${rival} has no calls`);
  const scripts = Array.from({ length: connections }, (_, client) => {
    const calls = Array.from({ length: depth }, (_, place) => call(client, 100 * place, place));
    const { numbered, send } = turnOf(calls.map(({ said }) => said));
    return { turns: [{ send, numbered, expect: calls.map(({ answer }) => answer) }] };
  });
  const request = dialect.request('publish', port, 'all');
  const callers = { count: connections, request, opening: dialect.opening([]), speaks: true, listens: true, scripts };
  return planWith(dialect, [callers]);
}

function planWith({ framing, asides }: Dialect, clients: readonly Clients[]): Plan {
  return planOf({ clients, framing, asides });
}

function publisherOf(dialect: Dialect, port: number, turns: readonly Turn[]): Clients {
  const request = dialect.request('publish', port, 'all');
  return { count: 1, request, opening: dialect.opening([]), speaks: true, listens: false, scripts: [{ turns }] };
}

/** A turn that says all of it in one write. What needs numbers is framed by the generator. */
function turnOf(said: readonly Said[]): Turn {
  const numbered = said.filter((one) => 'before' in one);
  const whole = said.filter((one) => 'payload' in one);
  const frames = whole.map(({ kind, payload }, place) =>
    (kind === 'text' ? textFrame : binaryFrame)(payload, maskingKey(place)),
  );
  return { send: new Uint8Array(Buffer.concat(frames)), numbered, expect: [] };
}
