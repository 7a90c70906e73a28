/** The glyphs beside the applications' titles: one path each on a grid of 24, drawn as lines. */

const icons: Readonly<Record<string, string>> = {
  support:
    'M4 14v-2a8 8 0 0 1 16 0v2M4 14a2 2 0 0 1 4 0v3a2 2 0 0 1-4 0zM20 14a2 2 0 0 0-4 0v3a2 2 0 0 0 4 0zM20 17c0 3-3 4-6 4',
  news: 'M5 5h11v14H7a2 2 0 0 1-2-2zM16 9h3v8a2 2 0 0 1-2 2M8 9h5M8 12h5M8 15h3',
  stocks: 'M4 19h16M5 15l4-5 4 3 6-8M15 5h4v4',
  messaging: 'M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4a2 2 0 0 1-2-2zM8 9h8M8 12h5',
  arena:
    'M8 8h8a4 4 0 0 1 4 4l1 5a2 2 0 0 1-3 2l-3-3H9l-3 3a2 2 0 0 1-3-2l1-5a4 4 0 0 1 4-4zM8 11v3M6.500 12.500h3M16 12h.01M17.500 14h.01',
  live: 'M12 20s-7-4.500-7-10a4 4 0 0 1 7-2.500A4 4 0 0 1 19 10c0 5.500-7 10-7 10z',
  notifications: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  chat: 'M4 6a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H9l-4 3v-3a1 1 0 0 1-1-1zM19 9a2 2 0 0 1 2 2v9l-4-3h-5a2 2 0 0 1-2-1',
};

/** An application's icon as markup; a wave for who has none. */
export function icon(id: string): string {
  const path = icons[id] ?? 'M3 10c3 0 3-3 6-3s3 3 6 3 3-3 6-3M3 17c3 0 3-3 6-3s3 3 6 3 3-3 6-3';
  return `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
}
