/** The page of live support: one window is a visitor's or an agent's, as its address says (`#desk`). */
import { fill } from '../shared/element.ts';
import { nameField } from '../shared/name-field.ts';
import { onHub } from '../shared/on-hub.ts';
import { PageTopics } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { storedOutbox } from '../shared/stored-outbox.ts';
import { contract, type SupportContract } from './contract.ts';
import { DeskView } from './desk.ts';
import type { View } from './view.ts';
import { VisitorView } from './visitor.ts';

const root = partOf(document, '#support', HTMLElement);
const title = document.title;
let page: PageTopics<SupportContract> | undefined;
let view: View | undefined;

partOf(document, '#support-who', HTMLElement).append(nameField());
for (const choice of document.querySelectorAll<HTMLInputElement>('input[name="role"]')) {
  choice.addEventListener('change', () => {
    location.hash = choice.value === 'desk' ? 'desk' : '';
  });
}
addEventListener('hashchange', show);
document.addEventListener('visibilitychange', () => {
  if (view) view.visible = isVisible();
});
onHub(
  contract,
  (current) => {
    page = new PageTopics(current);
    show();
  },
  storedOutbox('support'),
);

function show(): void {
  const desk = location.hash === '#desk';
  partOf(document, `input[name="role"][value="${desk ? 'desk' : 'visitor'}"]`, HTMLInputElement).checked = true;
  document.body.dataset['role'] = desk ? 'desk' : 'visitor';
  if (page === undefined) return;
  view?.end();
  const unread = (count: number): void => {
    document.title = count > 0 ? `(${count}) ${title}` : title;
  };
  unread(0);
  view = desk ? new DeskView(page, unread) : new VisitorView(page, unread);
  view.visible = isVisible();
  fill(root, view.root);
}

function isVisible(): boolean {
  return document.visibilityState === 'visible';
}
