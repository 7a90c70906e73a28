/**
 * Four ways to the same prices: asking again and again, asking and waiting, listening to an event stream, listening to a
 * WebSocket. Each tells its sink what came, what it cost, and how it is; each comes back by itself when it was lost.
 */

import type { ClockOffset } from '../shared/clock-offset.ts';
import { openConnection } from '../shared/connection.ts';
import type { ConnectionStatus } from '../shared/connection-words.ts';
import type { TickerAnswer, TickerUpdate } from '../ticker.ts';
import type { Cost } from './freshness.ts';
import { eventBytes, frameBytes, requestHeadBytes, responseHeadBytes, textBytes } from './wire-cost.ts';

/** Who hears of one of them. */
export interface Sink {
  update(update: TickerUpdate): void;
  spend(cost: Cost): void;
  status(status: ConnectionStatus): void;
}

/** Starts one of them. @returns what ends it */
export type Transport = (sink: Sink) => () => void;

const pollPath = '/api/ticker';
const waitPath = '/api/ticker/wait';
const eventsPath = '/api/ticker/events';
const socketPath = '/ticker';

/** How long after a failure the next attempt is made, ms. */
const pause = 1000;
/** The server waits up to 25 s for news; an answer that is later than that does not come. */
const patience = 30_000;
/** The server speaks ten times a second: when it says nothing for so long, the line is dead, and another one is opened. */
const silence = { interval: 2000, timeout: 3000 };

/** Asks each `interval()` ms, and learns the server's clock by the answers. */
export function polling(interval: () => number, offset: ClockOffset): Transport {
  return (sink) =>
    repeatedly(sink, async (signal) => {
      const asked = Date.now();
      const answer = await ask(pollPath, pollPath, sink, AbortSignal.any([signal, AbortSignal.timeout(10_000)]));
      if (answer) offset.learn(asked, Date.now(), answer.now);
      return Math.max(0, interval() - (Date.now() - asked));
    });
}

/** Asks for what comes after the last answer, which the server keeps until there is such a thing. */
export const longPolling: Transport = (sink) => {
  let after = 0;
  return repeatedly(sink, async (signal) => {
    const path = `${waitPath}?after=${after}`;
    const answer = await ask(path, waitPath, sink, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
    if (answer) after = answer.sequence;
    return 0;
  });
};

/** Listens to server-sent events. */
export const serverSentEvents: Transport = (sink) => {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    sink.status({ state: 'connecting' });
    source = new EventSource(eventsPath);
    source.onopen = () => {
      sink.spend({ requests: 1, updates: 0, bytes: requestHeadBytes(eventsPath) });
      sink.status({ state: 'connected' });
    };
    source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
      sink.spend({ requests: 0, updates: 1, bytes: eventBytes(lastEventId, data) });
      sink.update(JSON.parse(data) as TickerUpdate);
    };
    source.onerror = () => {
      sink.status({ state: 'reconnecting', delay: 0 });
      // After an answer that is no stream it would not try again by itself.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, pause);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
};

/** Listens to a WebSocket. */
export const webSocket: Transport = (sink) => {
  const events = {
    message(text: string): void {
      sink.spend({ requests: 0, updates: 1, bytes: frameBytes(text) });
      sink.update(JSON.parse(text) as TickerUpdate);
    },
    status(status: ConnectionStatus): void {
      // The opening handshake is the one request that this side makes.
      if (status.state === 'connected') sink.spend({ requests: 1, updates: 0, bytes: requestHeadBytes(socketPath) });
      sink.status(status);
    },
  };
  return openConnection(socketPath, events, silence).close;
};

/** One question; nothing when the server had no news. @throws when it was not answered, or with an error */
async function ask(url: string, path: string, sink: Sink, signal: AbortSignal): Promise<TickerAnswer | undefined> {
  const question = requestHeadBytes(url);
  try {
    const response = await fetch(url, { cache: 'no-store', signal });
    const body = await response.text();
    const bytes = question + responseHeadBytes(response) + textBytes(body);
    if (!response.ok) throw new Error(`${path}: HTTP status ${response.status}`);
    sink.spend({ requests: 1, updates: response.status === 200 ? 1 : 0, bytes });
    if (response.status !== 200) return undefined;
    const answer = JSON.parse(body) as TickerAnswer;
    sink.update(answer);
    return answer;
  } catch (error) {
    if (!signal.aborted) sink.spend({ requests: 1, updates: 0, bytes: question });
    throw error;
  }
}

/** Asks, one question at a time, with as long a pause as the last one says. @returns what ends it */
function repeatedly(sink: Sink, question: (signal: AbortSignal) => Promise<number>): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const run = async (): Promise<void> => {
    sink.status({ state: 'connecting' });
    while (!signal.aborted) {
      let delay = pause;
      try {
        delay = await question(signal);
        sink.status({ state: 'connected' });
      } catch {
        if (!signal.aborted) sink.status({ state: 'reconnecting', delay });
      }
      if (delay > 0) await elapsed(delay, signal);
    }
  };
  void run();
  return () => ending.abort();
}

/** Resolves after so many ms, or when it is all over. */
function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    resolve();
  };
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end);
  return promise;
}
