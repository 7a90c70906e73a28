/** The page of messaging. */
import { fill } from '../shared/element.ts';
import { nameField } from '../shared/name-field.ts';
import { onHub } from '../shared/on-hub.ts';
import { PageTopics } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { storedOutbox } from '../shared/stored-outbox.ts';
import { contract } from './contract.ts';
import { Messenger } from './messenger.ts';

const root = partOf(document, '#messaging', HTMLElement);
const title = document.title;
let messenger: Messenger | undefined;

partOf(document, '#messaging-who', HTMLElement).append(nameField());
document.addEventListener('visibilitychange', () => {
  if (messenger) messenger.visible = isVisible();
});
onHub(
  contract,
  (page) => {
    messenger?.end();
    const unread = (count: number): void => {
      document.title = count > 0 ? `(${count}) ${title}` : title;
    };
    messenger = new Messenger(new PageTopics(page), unread);
    messenger.visible = isVisible();
    fill(root, messenger.root);
  },
  storedOutbox('messaging'),
);

function isVisible(): boolean {
  return document.visibilityState === 'visible';
}
