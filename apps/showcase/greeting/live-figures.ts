/** The server's own figures in the header of the page, and each application's on its card, pushed once a second. */
import type { Figures } from '../application.ts';
import type { FiguresUpdate } from '../figures.ts';
import { openConnection } from '../shared/connection.ts';
import { pageBadge } from '../shared/connection-badge.ts';
import { element, fill, say } from '../shared/element.ts';
import { bytes, counted, whole } from '../shared/numbers.ts';
import { partOf } from '../shared/part-of.ts';
import { span } from '../shared/times.ts';

/** The server speaks once a second. */
const silence = { interval: 4000, timeout: 4000 };

/** Shows the figures for as long as the page lives; the page's badge says how their connection is. */
export function showLiveFigures(): void {
  const badge = pageBadge();
  openConnection(
    '/figures',
    {
      message(text) {
        const { server, applications } = JSON.parse(text) as FiguresUpdate;
        const write = (part: string, says: string): void =>
          say(partOf(document, `#figures [data-part="${part}"]`, HTMLElement), says);
        write('connections', whole(server.connections));
        write('received', whole(server.received));
        write('sent', whole(server.sent));
        write('memory', bytes(server.memory));
        write('uptime', span(server.uptime));
        for (const [id, figures] of Object.entries(applications)) showOnCard(id, figures);
      },
      status: (status) => badge.show(status),
    },
    silence,
  );
}

function showOnCard(id: string, figures: Figures): void {
  const card = document.querySelector(`[data-application="${CSS.escape(id)}"] [data-part="figures"]`);
  if (card === null) return;
  const shown = Object.entries(figures).map(([says, value]) => {
    const [shows, of] = typeof value === 'number' ? [whole(value), counted(value, says)] : [value, says];
    return element('span', {}, element('b', {}, shows), ` ${of}`);
  });
  fill(card, ...shown);
}
