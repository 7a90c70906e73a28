/**
 * What every page shares: its head, the header with the navigation, the connection's state and the choice of a theme, and the
 * footer. Made once, when the server starts; nothing in it is inline, as the policy of the pages demands.
 */
import type { Application } from './application.ts';
import { icon } from './icons.ts';

/** What one page puts into the shell. */
export interface PageContent {
  /** Its own path, for example `/support`. */
  readonly path: string;
  readonly title: string;
  readonly summary: string;
  /** Trusted HTML: it comes from our own files. */
  readonly body: string;
}

/** Paths of the files that the page loads. */
export interface PageFiles {
  readonly styles: readonly string[];
  /** Runs before the page is painted. */
  readonly theme: string;
  readonly module: string;
  /** What the module imports: named, so that the browser fetches all at once. */
  readonly preload: readonly string[];
}

/** The whole document. */
export function shell(content: PageContent, files: PageFiles, applications: readonly Application[]): string {
  return `<!doctype html>
<html lang="en">
<head>
${head(content, files)}
</head>
<body>
<a class="skip" href="#main">Skip to the page</a>
<header class="top">
  <a class="wordmark" href="/"${current(content.path === '/')}><img src="/favicon.svg" alt="" width="26" height="26">Tidewire</a>
  <nav class="top-nav" aria-label="Applications"><ul>${navigation(content.path, applications)}</ul></nav>
  <p class="badge" id="connection" data-state="idle" hidden><span class="badge-dot" aria-hidden="true"></span><span data-part="shown" aria-hidden="true"></span><span class="unseen" data-part="spoken" role="status"></span></p>
  <button type="button" class="theme" id="theme" aria-label="Theme"><span class="theme-glyph" aria-hidden="true"></span></button>
</header>
<main id="main" tabindex="-1">
<noscript><p class="card">This page lives on a WebSocket, and needs JavaScript for it.</p></noscript>
${content.body.trim()}
</main>
<footer class="bottom">
  <p>Tidewire is WebSocket, whole, in TypeScript. Everything here is served by one process on one port.</p>
  <p>What it shows is simulated or written by its visitors. Names are not accounts.</p>
</footer>
<div class="notices" id="notices" role="status" aria-live="polite"></div>
</body>
</html>
`;
}

function head({ path, title, summary }: PageContent, files: PageFiles): string {
  const full = path === '/' ? `${title}: WebSocket, whole` : `${title} · Tidewire`;
  return [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<meta name="description" content="${escaped(summary)}">`,
    `<title>${escaped(full)}</title>`,
    '<link rel="icon" href="/favicon.svg" type="image/svg+xml">',
    ...files.styles.map((path) => `<link rel="stylesheet" href="${path}">`),
    `<script src="${files.theme}"></script>`,
    ...files.preload.map((path) => `<link rel="modulepreload" href="${path}">`),
    `<script type="module" src="${files.module}"></script>`,
  ].join('\n');
}

function navigation(path: string, applications: readonly Application[]): string {
  return applications
    .map(({ id, title }) => `<li><a href="/${id}"${current(path === `/${id}`)}>${escaped(title)}</a></li>`)
    .join('');
}

/** The cards of the page that greets: one for each application, with room for its live figures. */
export function cards(applications: readonly Application[]): string {
  return applications
    .map(
      ({ id, title, summary }) => `<li><a class="card app-card" href="/${id}" data-application="${id}">
  <span class="app-icon">${icon(id)}</span>
  <span class="app-title">${escaped(title)}</span>
  <span class="app-summary">${escaped(summary)}</span>
  <span class="app-figures" data-part="figures"></span>
</a></li>`,
    )
    .join('\n');
}

function current(is: boolean): string {
  return is ? ' aria-current="page"' : '';
}

/** Text as HTML shows it, in an element or in an attribute with double quotes. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
