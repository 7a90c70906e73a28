/** One item as the page shows it. Every word of it is an editor's, and is shown as text. */
import { button, element, words } from '../shared/element.ts';
import { timeElement, timeOfDay } from '../shared/times.ts';
import type { NewsItem } from './contract.ts';
import type { Sending, Shown } from './newsboard.ts';

const sendingWords: Readonly<Record<Sending, string>> = {
  waiting: 'waits for the connection',
  sending: 'sending …',
  sent: 'sent',
};

/** Makes the list item; `correct` is there for who may. */
export function itemView(shown: Shown, correct: ((item: NewsItem) => void) | undefined): HTMLLIElement {
  const { item, isNew, sending } = shown;
  const tags = [
    item.breaking && element('span', { class: 'tag', 'data-tag': 'breaking' }, 'Breaking'),
    isNew && element('span', { class: 'tag', 'data-tag': isNew }, isNew),
    sending && element('span', { class: 'tag', 'data-tag': 'sending' }, sendingWords[sending]),
  ].filter((tag) => typeof tag === 'object');
  return element(
    'li',
    { class: 'item', 'data-id': item.id, 'data-new': isNew, 'data-sending': sending, 'data-breaking': item.breaking },
    element(
      'article',
      {},
      tags.length > 0 && element('p', { class: 'tags' }, ...tags),
      element('h3', {}, words(item.headline)),
      item.text !== '' && element('p', { class: 'item-text' }, words(item.text)),
      meta(item, correct),
      earlier(item),
    ),
  );
}

function meta(item: NewsItem, correct: ((item: NewsItem) => void) | undefined): HTMLElement {
  const says: (Node | string)[] = [];
  if (item.published !== undefined) says.push(timeElement(item.published));
  if (item.by !== undefined) says.push(' by ', words(item.by.name));
  const edit = correct && button('Correct', () => correct(item), { class: 'plain' });
  edit?.setAttribute('aria-label', `Correct: ${item.headline}`);
  return element('p', { class: 'item-meta' }, element('span', {}, ...says), edit);
}

function earlier({ corrected, before = [] }: NewsItem): HTMLElement | undefined {
  if (corrected === undefined) return undefined;
  const wordings = before.map(({ headline, text, until }) =>
    element(
      'li',
      {},
      element('del', {}, words(headline)),
      text !== '' && element('p', {}, element('del', {}, words(text))),
      element('span', { class: 'until' }, 'until ', timeElement(until)),
    ),
  );
  return element(
    'details',
    { class: 'earlier' },
    element('summary', {}, 'corrected ', timeElement(corrected, timeOfDay(corrected)), ': what it said before'),
    element('ol', {}, ...wordings),
  );
}
