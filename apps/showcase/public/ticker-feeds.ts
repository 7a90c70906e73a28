/**
 * Two ways to the same prices. One asks over HTTP, again and again; the other opens a WebSocket and listens. Each tells
 * its panel what came, and what it cost.
 */
import type { TickerAnswer, TickerUpdate } from '../ticker.ts';
import type { ClockOffset } from './clock-offset.ts';
import { openConnection } from './connection.ts';
import type { FeedPanel } from './feed-panel.ts';
import { frameBytes, requestHeadBytes, responseHeadBytes } from './wire-cost.ts';

const pollPath = '/api/ticker';

/** The server speaks ten times a second: when it says nothing for so long, the line is dead, and another one is opened. */
const silence = { interval: 2000, timeout: 3000 };

/** Listens to `/ticker` for as long as the page lives. */
export function streamTicker(panel: FeedPanel): void {
  openConnection(
    '/ticker',
    {
      message(text) {
        panel.spend({ requests: 0, updates: 1, bytes: frameBytes(text) });
        panel.update(JSON.parse(text) as TickerUpdate);
      },
      state(state, says) {
        // The opening handshake is the one request that this side makes.
        if (state === 'connected') panel.spend({ requests: 1, updates: 0, bytes: 0 });
        panel.state(state, says);
      },
    },
    silence,
  );
}

/** A running poll. */
export interface Polling {
  /** Asks now, and then each `interval` ms. */
  every(interval: number): void;
}

/** Polls the ticker for as long as the page lives, and learns the server's clock by it. */
export function pollTicker(panel: FeedPanel, offset: ClockOffset): Polling {
  let timer: ReturnType<typeof setInterval> | undefined;
  let asking = false;

  async function ask(): Promise<void> {
    // One question at a time: a server that takes longer than the interval is not asked twice.
    if (asking) return;
    asking = true;
    try {
      const asked = Date.now();
      const response = await fetch(pollPath, { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
      const body = await response.text();
      if (!response.ok) throw new Error(`HTTP status ${response.status}`);
      const answer = JSON.parse(body) as TickerAnswer;
      offset.learn(asked, Date.now(), answer.now);
      const bytes = requestHeadBytes(pollPath) + responseHeadBytes(response) + new TextEncoder().encode(body).length;
      panel.spend({ requests: 1, updates: 1, bytes });
      panel.update(answer);
      panel.state('connected', 'answered');
    } catch {
      panel.spend({ requests: 1, updates: 0, bytes: requestHeadBytes(pollPath) });
      panel.state('reconnecting', 'no answer');
    } finally {
      asking = false;
    }
  }

  return {
    every(interval) {
      clearInterval(timer);
      timer = setInterval(ask, interval);
      void ask();
    },
  };
}
