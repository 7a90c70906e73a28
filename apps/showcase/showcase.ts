/**
 * The main job: one server, four applications over WebSocket, and the page for people. Each application is a file that
 * knows its route and nothing of the others; this one says which path is whose.
 */
import { type Server, serve } from 'tidewire';
import { chat } from './chat.ts';
import { echo, plainEcho } from './echo.ts';
import { fanout } from './fanout.ts';
import { createPages } from './pages.ts';
import { Ticker } from './ticker.ts';

export interface ShowcaseOptions {
  /** 0 takes a free port. @default 0 */
  readonly port?: number;
  /** Name or address of one interface. @default all of them */
  readonly host?: string;
  /** Gets what went wrong in the background. @default a line on stderr */
  onError?(error: unknown, context: { readonly stage: string }): void;
}

export interface Showcase {
  /** The page, for example `http://localhost:8080/`. */
  readonly url: string;
  readonly port: number;
  /** Closes every socket with 1001, stops listening and resolves when all is gone. */
  close(): Promise<void>;
}

/** Starts to listen. @throws the system's error when it can't, for example `EADDRINUSE` */
export async function startShowcase(options: ShowcaseOptions = {}): Promise<Showcase> {
  const pages = await createPages();
  const ticker = new Ticker({ audience: () => server.group('ticker') });
  const server: Server = await serve({
    port: options.port ?? 0,
    host: options.host,
    // Who starts this waits at a terminal for it to stop.
    closeTimeout: 2000,
    routes: {
      '/chatService': chat({ everyone: () => server.group('chat') }),
      '/ticker': ticker.route,
      '/echo': echo,
      '/echo/plain': plainEcho,
      '/fanout': fanout({ everyone: () => server.group('fanout') }),
    },
    request: (request, response) => ticker.answer(request, response) || pages.answer(request, response),
    onError: options.onError ?? ((error, { stage }) => process.stderr.write(`${stage}: ${error}\n`)),
  });
  return {
    url: `${server.url.replace('ws', 'http')}/`,
    port: server.port,
    async close() {
      await server.close({ code: 1001 });
      // Last, since a poll on its way while the sockets close would wake it again.
      ticker.stop();
    },
  };
}
