/**
 * The pages and their files, made once and answered from memory. Only what is in the table is ever served: no path of a
 * request reaches the file system.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { methodIs, pathOf } from './answers.ts';
import { type Application, type ApplicationPage, pageIn } from './application.ts';
import { type Bundle, bundle } from './bundle.ts';
import { cards, type PageContent, shell } from './shell.ts';

interface Row {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
}

/** Answers requests for the pages and their files. */
export interface Pages {
  /** The paths of the pages themselves. */
  readonly paths: readonly string[];
  /** @returns whether there is such a page or file */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
}

interface Page extends Omit<PageContent, 'body'> {
  readonly files: ApplicationPage;
}

const html = 'text/html; charset=utf-8';
/** The browser keeps a copy and asks each time whether it is still the one. */
const asksAgain = 'no-cache';
/** The name of such a file changes with its content. RFC 8246. */
const forEver = 'public, max-age=31536000, immutable';

const style = new URL('./shared/style.css', import.meta.url);
const theme = new URL('./shared/theme.ts', import.meta.url);
const favicon = new URL('./shared/favicon.svg', import.meta.url);
const greeting: Page = {
  path: '/',
  title: 'Tidewire',
  summary: 'WebSocket, whole, in TypeScript: what it is for, running here.',
  files: pageIn(new URL('./greeting/', import.meta.url).href),
};

/** Those that were made before, since the sources of a process do not change. */
const made = new WeakMap<readonly Application[], Promise<Pages>>();

/** Reads and bundles every page. @throws when a file is missing or does not parse */
export function createPages(applications: readonly Application[]): Promise<Pages> {
  let pages = made.get(applications);
  if (pages === undefined) made.set(applications, (pages = makePages(applications)));
  return pages;
}

async function makePages(applications: readonly Application[]): Promise<Pages> {
  const pages = [greeting, ...applications.map(pageOf)];
  const files = pages.flatMap(({ files: { entry, css } }) => (css ? [entry, css] : [entry]));
  const bundled = await bundle({ modules: [style, ...files], scripts: [theme] });
  const table = new Map<string, Row>();
  for (const { path, type, body } of bundled.assets) table.set(path, row(body, type, forEver));
  table.set('/favicon.svg', row(await readFile(favicon), 'image/svg+xml', asksAgain));
  for (const page of pages) {
    const document = row(Buffer.from(await documentOf(page, bundled, applications)), html, asksAgain);
    table.set(page.path, document);
    if (page.path !== '/') table.set(`${page.path}/`, document);
  }
  return {
    paths: pages.map(({ path }) => path),
    answer: (request, response) => answer(table, request, response),
  };
}

function pageOf({ id, title, summary, page }: Application): Page {
  if (!/^[a-z]+$/.test(id)) throw new TypeError(`An application's id is lower-case letters, not ${JSON.stringify(id)}`);
  return { path: `/${id}`, title, summary, files: page };
}

async function documentOf(page: Page, bundled: Bundle, applications: readonly Application[]): Promise<string> {
  const { body, entry, css } = page.files;
  const source = await readFile(body, 'utf8');
  const content = { ...page, body: source.replace('<!-- cards -->', () => cards(applications)) };
  const files = {
    styles: [style, ...(css ? [css] : [])].map(bundled.pathOf),
    theme: bundled.pathOf(theme),
    module: bundled.pathOf(entry),
    preload: bundled.importsOf(entry),
  };
  return shell(content, files, applications);
}

function row(body: Buffer, type: string, cacheControl: string): Row {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, type, etag, cacheControl };
}

function answer(table: ReadonlyMap<string, Row>, request: IncomingMessage, response: ServerResponse): boolean {
  const found = table.get(pathOf(request));
  if (found === undefined) return false;
  if (methodIs('GET', request, response)) send(found, request, response);
  return true;
}

function send({ body, type, etag, cacheControl }: Row, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('cache-control', cacheControl);
  response.setHeader('etag', etag);
  if (isCurrent(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'content-type': type, 'content-length': body.length });
  // Node leaves the body of an answer to HEAD out.
  response.end(body);
}

/** RFC 9110 §13.1.2: If-None-Match is `*` or a list, compared weakly. */
function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag);
}
