/** Short notices at the edge of the page, read out as they come: for what happened, not for what must be decided. */
import { button, element } from './element.ts';
import { partOf } from './part-of.ts';

export interface NoticeOptions {
  /** @default 'plain' */
  readonly kind?: 'plain' | 'good' | 'bad';
  /** How long it stays, ms; pointing at it keeps it. @default 6_000 */
  readonly stays?: number;
  /** Something that can be done about it. */
  readonly action?: { readonly says: string; run(): unknown };
}

const maxNotices = 4;

/** Shows a notice. @returns what takes it away */
export function notice(says: string, options: NoticeOptions = {}): () => void {
  const { kind = 'plain', stays = 6000, action } = options;
  const list = partOf(document, '#notices', HTMLElement);
  const made = element('div', { class: 'notice', 'data-kind': kind }, element('p', {}, says));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const remove = (): void => {
    clearTimeout(timer);
    made.remove();
  };
  const wait = (): void => {
    clearTimeout(timer);
    timer = setTimeout(remove, stays);
  };
  if (action) {
    const act = (): void => {
      remove();
      action.run();
    };
    made.append(button(action.says, act, { class: 'quiet' }));
  }
  made.append(button('×', remove, { class: 'plain', 'aria-label': 'Close the notice' }));
  for (const enter of ['pointerenter', 'focusin']) made.addEventListener(enter, () => clearTimeout(timer));
  for (const leave of ['pointerleave', 'focusout']) made.addEventListener(leave, wait);
  list.append(made);
  while (list.childElementCount > maxNotices) list.firstElementChild?.remove();
  wait();
  return remove;
}
