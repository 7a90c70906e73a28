/**
 * What goes on in this server now, in numbers: its own, and what each application says of itself. `GET /api/figures` answers
 * with them, and `/figures` pushes them once a second to whoever listens. At rest nobody counts anything.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Hub } from '@tidewire/hub';
import type { Group, Route, Server } from 'tidewire';
import { methodIs, pathOf, sendJson } from './answers.ts';
import type { Figures } from './application.ts';

/** One state of the server. */
export interface FiguresUpdate {
  readonly server: ServerFigures;
  /** By the application's id; those that say nothing are absent. */
  readonly applications: Readonly<Record<string, Figures>>;
}

export interface ServerFigures {
  /** WebSockets that are open. */
  readonly connections: number;
  /** Messages that were received since the start: by the routes that count them, and as publications and calls by the hubs. */
  readonly received: number;
  /** Messages that were sent since the start: by those who count them, and as deliveries by the hubs. */
  readonly sent: number;
  /** Bytes of memory that the process has. */
  readonly memory: number;
  /** ms since the start. */
  readonly uptime: number;
}

/** Somebody who has figures; one that throws is left out and reported. */
export type FiguresSource = () => Figures;

export interface FiguresRegistryOptions {
  server(): Pick<Server, 'sockets'>;
  /** All who listen at `/figures`. */
  audience(): Pick<Group, 'name' | 'size' | 'send'>;
  /** Their publications, calls and deliveries are messages too. @default none */
  readonly hubs?: readonly Pick<Hub, 'status'>[];
  onError(error: unknown, context: { readonly stage: string }): void;
}

const pushInterval = 1000;

/** Counts, asks the applications, and tells. */
export class FiguresRegistry {
  readonly route: Route;
  readonly #options: FiguresRegistryOptions;
  readonly #sources: Map<string, FiguresSource> = new Map();
  readonly #began: number = performance.now();
  #received = 0;
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FiguresRegistryOptions) {
    this.#options = options;
    this.route = {
      limits: { maxMessageBytes: 1024, maxFragments: 16, maxOutboxBytes: 1 << 18 },
      open: (socket) => {
        socket.join(this.#options.audience().name);
        socket.send(JSON.stringify(this.read()));
        this.#timer ??= setInterval(() => this.#push(), pushInterval);
      },
    };
  }

  /** Shows what `source` says on the card of an application. */
  add(application: string, source: FiguresSource): void {
    this.#sources.set(application, source);
  }

  /** Counts messages that somebody sent to the server, or the server to somebody. */
  count(direction: 'received' | 'sent', messages = 1): void {
    if (direction === 'received') this.#received += messages;
    else this.#sent += messages;
  }

  /** A route whose messages are counted as received. */
  counted(route: Route<any, any>): Route<any, any> {
    const { message } = route;
    if (message === undefined) return route;
    return {
      ...route,
      message: (socket, data) => {
        this.#received += 1;
        return message.call(route, socket, data);
      },
    };
  }

  read(): FiguresUpdate {
    const applications: Record<string, Figures> = {};
    for (const [id, source] of this.#sources) {
      try {
        applications[id] = source();
      } catch (error) {
        this.#options.onError(error, { stage: `figures of ${id}` });
      }
    }
    const hubs = (this.#options.hubs ?? []).map(({ status }) => status);
    return {
      server: {
        connections: this.#options.server().sockets.size,
        received: hubs.reduce((sum, { publications, calls }) => sum + publications + calls, this.#received),
        sent: hubs.reduce((sum, { deliveries }) => sum + deliveries, this.#sent),
        memory: process.memoryUsage.rss(),
        uptime: Math.round(performance.now() - this.#began),
      },
      applications,
    };
  }

  /** @returns whether the request was one for figures */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (pathOf(request) !== '/api/figures') return false;
    if (methodIs('GET', request, response)) sendJson(response, this.read());
    return true;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #push(): void {
    const audience = this.#options.audience();
    if (audience.size === 0) return this.stop();
    audience.send(JSON.stringify(this.read()));
    this.#sent += audience.size;
  }
}
