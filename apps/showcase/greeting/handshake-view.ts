/** Shows the opening handshake that the server has just had with itself, byte for byte. */
import type { HandshakeBytes } from '../handshake-api.ts';
import { element, fill } from '../shared/element.ts';
import { partOf } from '../shared/part-of.ts';
import { hexDump } from './hex-dump.ts';

/** Fetches it once, and shows it in rows that fit the window. */
export async function showHandshake(): Promise<void> {
  const request = partOf(document, '#handshake-request', HTMLElement);
  const response = partOf(document, '#handshake-response', HTMLElement);
  try {
    const bytes = (await (await fetch('/api/handshake')).json()) as HandshakeBytes;
    const narrow = matchMedia('(max-width: 720px)');
    const show = (): void => {
      const perRow = narrow.matches ? 8 : 16;
      fill(request, ...rows(bytes.request, perRow));
      fill(response, ...rows(bytes.response, perRow));
    };
    narrow.addEventListener('change', show);
    show();
  } catch {
    for (const place of [request, response]) fill(place, 'The server did not answer. Reload the page to ask again.');
  }
}

function rows(head: string, bytesPerRow: number): HTMLElement[] {
  const hexWidth = bytesPerRow * 3 - 1;
  return hexDump(head, bytesPerRow).map(({ offset, runs }) => {
    const hex = runs.flatMap((run, index) => [index > 0 ? ' ' : '', element('span', { class: run.role }, run.hex)]);
    const length = runs.reduce((sum, run) => sum + run.hex.length + 1, -1);
    const text = runs.map((run) => element('span', { class: run.role }, run.text));
    const gap = ' '.repeat(hexWidth - length + 2);
    return element(
      'span',
      { class: 'hex-row' },
      element('span', { class: 'offset' }, offset),
      '  ',
      ...hex,
      gap,
      ...text,
      '\n',
    );
  });
}
