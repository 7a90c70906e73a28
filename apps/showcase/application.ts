/**
 * What an application of the showcase is, and how it plugs in. Each is a folder:
 *
 *   support/contract.ts   its topics and calls, one value for both sides
 *   support/server.ts     `export const support: Application<typeof contract> = { id: 'support', title, summary, page: pageIn(import.meta.url), start }`
 *   support/page.html     what stands between the shared header and footer: no <html>, no <head>, nothing inline
 *   support/page.ts       the page's entry, bundled with what it imports (../shared/ has the common parts)
 *   support/page.css      what only this page looks like; shared/style.css has the rest
 *
 * `applications.ts` lists them, in the order in which the pages show them. The page is then served at `/support`, linked from
 * every other page, and shown as a card on the page that greets, with the `figures` that `start` returned.
 *
 * Rule: an application knows its own folder, `../shared/`, this file and public exports; never another application.
 */
import type { Contract, Hub } from '@tidewire/hub';
import type { Group, Route } from 'tidewire';
import type { Names } from './names.ts';

/** One application of the showcase. `C` is its contract. */
export interface Application<C extends Contract = any> {
  /** The path of its page without the slash: lower-case letters. The shell's icon is found by it too. */
  readonly id: string;
  /** As the navigation shows it: one or two words. */
  readonly title: string;
  /** One sentence, for the card. */
  readonly summary: string;
  readonly page: ApplicationPage;
  /** Its topics and calls on the hub, each with a name that starts with the application's id. */
  readonly contract?: C;
  /** Called once, before the server listens. Without it the application is a page alone. */
  start?(context: ApplicationContext<C>): RunningApplication | Promise<RunningApplication>;
}

/** The files of a page. They are read, and bundled, when the server starts. */
export interface ApplicationPage {
  /** HTML of the part between header and footer. Inline scripts, styles and handlers would be refused by the browser. */
  readonly body: URL;
  /** The module that brings it to life. */
  readonly entry: URL;
  /** Style of this page alone; it comes after the shared one. */
  readonly css?: URL;
}

/** What the showcase gives to an application. */
export interface ApplicationContext<C extends Contract = any> {
  /** The hub of all applications, typed by this one's contract. Pages connect to it at `/realtime`. */
  readonly hub: Hub<C>;
  /** The folder for what outlives the process. It exists. */
  readonly data: string;
  /** Who is who: `names.verify(token)` is what a hub's `authenticate` needs. */
  readonly names: Names;
  /** The sockets of this server that have joined a group of this name. */
  group(name: string): Group;
  /** Takes what goes wrong in the background; `stage` says where. */
  onError(error: unknown, context: { readonly stage: string }): void;
}

/** An application that was started. */
export interface RunningApplication {
  /** WebSocket routes of its own, by path. */
  readonly routes?: Readonly<Record<string, Route<any, any>>>;
  /** What its card shows now, for example `{ 'open tickets': 3 }`: two or three of them, asked once a second at most. */
  figures?(): Figures;
  /** Called after every socket has been closed. */
  stop?(): void | Promise<void>;
}

/** Live figures by the words that stand beside them. */
export type Figures = Readonly<Record<string, string | number>>;

/** The page of an application whose `server.ts` has `page.html`, `page.ts` and `page.css` beside it. Pass `import.meta.url`. */
export function pageIn(module: string): ApplicationPage {
  const beside = (name: string): URL => new URL(name, module);
  return { body: beside('page.html'), entry: beside('page.ts'), css: beside('page.css') };
}
