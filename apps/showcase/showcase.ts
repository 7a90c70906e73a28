/**
 * The main job: one server, its applications over WebSocket, and the pages for people. Each application is a folder that
 * knows nothing of the others (application.ts); this file starts them, and says which path is whose.
 */
import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { openRouter } from '@tidewire/hub';
import { type Server, serve } from 'tidewire';
import { refuse, secure } from './answers.ts';
import type { Application, ApplicationContext } from './application.ts';
import { applications as allApplications } from './applications.ts';
import { echo, plainEcho } from './echo.ts';
import { fanout } from './fanout.ts';
import { FiguresRegistry } from './figures.ts';
import { HandshakeApi } from './handshake-api.ts';
import { openNames } from './names.ts';
import { NamesApi } from './names-api.ts';
import { createPages } from './pages.ts';
import { openRealtime } from './realtime.ts';
import { RunningApplications } from './running-applications.ts';
import { Ticker } from './ticker.ts';
import { TickerApi } from './ticker-api.ts';

export interface ShowcaseOptions {
  /** The folder for what outlives the process; it is made when it is missing. */
  readonly data: string;
  /** 0 takes a free port. @default 0 */
  readonly port?: number;
  /** Name or address of one interface. @default all of them */
  readonly host?: string;
  /** @default those of applications.ts */
  readonly applications?: readonly Application[];
  /** Gets what went wrong in the background. @default a line on stderr */
  onError?(error: unknown, context: { readonly stage: string }): void;
  /** Hears what was done while it starts, a line at a time. @default nobody */
  progress?(says: string): void;
}

export interface Showcase {
  /** The page that greets, for example `http://localhost:8080/`. */
  readonly url: string;
  readonly port: number;
  /** Closes every socket with 1001, stops listening and resolves when all is gone. */
  close(): Promise<void>;
}

/** A part of the showcase that answers plain HTTP. */
interface Answering {
  /** @returns whether the request was one for this part, once it is answered */
  answer(request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean>;
}

/** Starts to listen. @throws the system's error when it can't, for example `EADDRINUSE` */
export async function startShowcase(options: ShowcaseOptions): Promise<Showcase> {
  const { data, applications = allApplications, progress = () => {} } = options;
  const onError = options.onError ?? ((error, { stage }) => process.stderr.write(`${stage}: ${error}\n`));
  await mkdir(data, { recursive: true });
  progress(`Data is kept in ${data}`);
  const began = performance.now();
  const pages = await createPages(applications);
  progress(`Bundled ${pages.paths.length} pages in ${Math.round(performance.now() - began)} ms`);

  const group: ApplicationContext['group'] = (name) => server.group(name);
  const names = await openNames(data);
  const hubs = await openHubs(applications, { data, names, group, onError });
  const figures = new FiguresRegistry({
    server: () => server,
    audience: () => group('figures'),
    hubs: hubs.all,
    onError,
  });
  for (const [id, source] of hubs.running.figures) figures.add(id, source);
  const ticker = new Ticker({ audience: () => group('ticker'), sent: (count) => figures.count('sent', count) });
  const tickerApi = new TickerApi(ticker);
  const handshakeApi = new HandshakeApi(() => server.http.address());
  const server: Server = await serve({
    port: options.port ?? 0,
    host: options.host,
    // Who starts this waits at a terminal for it to stop.
    closeTimeout: 2000,
    routes: {
      '/ticker': ticker.route,
      '/figures': figures.route,
      '/echo': figures.counted(echo),
      '/echo/plain': figures.counted(plainEcho),
      '/fanout': figures.counted(fanout({ everyone: () => group('fanout') })),
      ...hubs.routes,
    },
    request: firstOf([tickerApi, figures, new NamesApi(names), handshakeApi, pages]),
    onError,
  }).catch(async (error: unknown) => {
    await hubs.close();
    throw error;
  });
  return {
    url: `${server.url.replace('ws', 'http')}/`,
    port: server.port,
    async close() {
      // First, since the server would wait for answers that wait for news.
      tickerApi.stop();
      await server.close({ code: 1001 });
      // Last, since a poll on its way while the sockets close would wake it again.
      ticker.stop();
      figures.stop();
      await hubs.close();
    },
  };
}

/** The two hubs, and the applications on the first of them. */
async function openHubs(applications: readonly Application[], context: Omit<ApplicationContext, 'hub'>) {
  const hub = await openRealtime(applications, context);
  // For WAMP clients of any kind, as they expect a router by default: no sign-in, any URI, nothing kept.
  const router = openRouter({ onError: context.onError });
  const closeAll = async (): Promise<void> => {
    await Promise.all([hub.close(), router.close()]);
  };
  const running = await RunningApplications.start(applications, { ...context, hub }).catch(async (error: unknown) => {
    await closeAll();
    throw error;
  });
  return {
    all: [hub, router],
    running,
    routes: { '/realtime': hub, '/ws': router, ...running.routes },
    async close(): Promise<void> {
      await running.stop();
      await closeAll();
    },
  };
}

/** Asks one part after the other. */
function firstOf(parts: readonly Answering[]): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    secure(response);
    for (const part of parts) if (await part.answer(request, response)) return;
    refuse(response, 404, 'There is nothing at this address.');
  };
}
