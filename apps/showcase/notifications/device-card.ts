/** "On this device": says whether the system shows notifications, and asks for it when one presses the button. */
import { say } from '../shared/element.ts';
import { partOf } from '../shared/part-of.ts';
import type { SystemNotifications, SystemState } from './system-notifications.ts';

const says: Readonly<Record<SystemState, string>> = {
  unsupported: 'This browser, or this address without TLS, shows none outside of the page. Everything else works.',
  ask: 'When no window of this page is in sight, your system can show what comes.',
  on: 'When no window of this page is in sight, your system shows what comes: once, however many windows are open.',
  off: 'Turned off in this browser.',
  blocked: 'The browser’s settings forbid it for this page. Everything else works.',
};
const presses: Readonly<Partial<Record<SystemState, string>>> = { ask: 'Allow', on: 'Turn off', off: 'Turn on' };

const card: HTMLElement = partOf(document, '#device', HTMLElement);
const text: HTMLElement = partOf(card, '[data-part="says"]', HTMLElement);
const press: HTMLButtonElement = partOf(card, 'button', HTMLButtonElement);

export function showDevice(state: SystemState): void {
  card.dataset['state'] = state;
  say(text, says[state]);
  const word = presses[state];
  press.hidden = word === undefined;
  say(press, word ?? '');
}

/** What the button does, until `signal`. */
export function listenDevice(system: SystemNotifications, signal: AbortSignal): void {
  const pressed = (): void => (system.state === 'on' ? system.turnOff() : void system.turnOn());
  press.addEventListener('click', pressed, { signal });
}
