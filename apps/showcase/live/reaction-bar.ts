/**
 * The buttons to react with, and their counts. What is pressed within a tenth of a second goes out as one publication, and is
 * worth nothing later: without a connection the buttons are off.
 */
import { say } from '../shared/element.ts';
import { whole } from '../shared/numbers.ts';
import type { PageTopics } from '../shared/page-topics.ts';
import { partOf } from '../shared/part-of.ts';
import { type LiveContract, maxAtOnce, reactionKinds } from './contract.ts';
import type { FloatKind } from './floats.ts';

const gatherFor = 100;

export class ReactionBar {
  /** In the order of `reactionKinds`. */
  readonly kinds: readonly FloatKind[];
  readonly #buttons: readonly HTMLButtonElement[];
  #pressed: number[] = reactionKinds.map(() => 0);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #page: PageTopics<LiveContract> | undefined;

  constructor(root: HTMLElement) {
    this.#buttons = reactionKinds.map((kind) => partOf(root, `[data-kind="${kind}"]`, HTMLButtonElement));
    this.kinds = this.#buttons.map((button) => ({
      path: new Path2D(partOf(button, 'path', SVGPathElement).getAttribute('d') ?? ''),
      colour: getComputedStyle(partOf(button, 'svg', SVGElement)).color,
    }));
    for (const [i, button] of this.#buttons.entries()) {
      button.disabled = true;
      button.addEventListener('click', () => this.#press(i));
    }
  }

  /** Whose reactions these are from now on. */
  set page(page: PageTopics<LiveContract>) {
    this.#page = page;
    page.watchConnected((connected) => {
      for (const button of this.#buttons) button.disabled = !connected;
    });
  }

  show(totals: readonly number[]): void {
    for (const [i, button] of this.#buttons.entries()) {
      say(partOf(button, '[data-part="count"]', HTMLElement), short(totals[i] ?? 0));
    }
  }

  #press(kind: number): void {
    this.#pressed[kind] = Math.min(maxAtOnce, this.#pressed[kind]! + 1);
    this.#timer ??= setTimeout(() => this.#send(), gatherFor);
  }

  #send(): void {
    this.#timer = undefined;
    this.#page?.client.topic('live.react').send(this.#pressed);
    this.#pressed = reactionKinds.map(() => 0);
  }
}

/** `999`, `12.3k`, `4.1M`. */
function short(count: number): string {
  if (count < 10_000) return whole(count);
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(2)}M`;
}
