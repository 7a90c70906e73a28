/**
 * What the player wants, by keys or by touch. Keys are the arena's while nothing else of the page has the focus; a finger
 * on the field is a stick that stands where the finger came down.
 */
import type { Direction } from './motion.ts';

/** The stick while a finger is on it: its middle and the finger, in CSS pixels of the field. */
export interface Stick {
  readonly from: Direction;
  readonly to: Direction;
}

const keys: Readonly<Record<string, Direction>> = {
  ArrowUp: { x: 0, y: -1 },
  KeyW: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
  KeyS: { x: 0, y: 1 },
  ArrowLeft: { x: -1, y: 0 },
  KeyA: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  KeyD: { x: 1, y: 0 },
};
/** How far the stick goes, CSS pixels. */
export const stickReach = 52;

export class Controls {
  readonly #canvas: HTMLCanvasElement;
  /** What has the focus when the field has it. */
  readonly #stage: HTMLElement;
  readonly #changed: () => void;
  readonly #held = new Set<string>();
  #finger: number | undefined;
  #stick: Stick | undefined;
  #dashes = 0;

  /** `changed` hears of every change at once. */
  constructor(canvas: HTMLCanvasElement, stage: HTMLElement, dashButton: HTMLButtonElement, changed: () => void) {
    this.#canvas = canvas;
    this.#stage = stage;
    this.#changed = changed;
    addEventListener('keydown', (event) => this.#keyDown(event));
    addEventListener('keyup', ({ code }) => this.#held.delete(code) && changed());
    addEventListener('blur', () => this.#letGo());
    dashButton.addEventListener('pointerdown', () => this.#dash());
    // By keyboard a button is clicked; a pointer has been heard already.
    dashButton.addEventListener('click', ({ detail }) => detail === 0 && this.#dash());
    canvas.addEventListener('pointerdown', (event) => this.#fingerDown(event));
    canvas.addEventListener('pointermove', (event) => this.#fingerMoved(event));
    for (const end of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(end, ({ pointerId }) => pointerId === this.#finger && this.#letGo());
    }
  }

  /** Counts up with every dash, and begins again after 255. */
  get dashes(): number {
    return this.#dashes;
  }

  get stick(): Stick | undefined {
    return this.#stick;
  }

  /** At most of length 1. */
  get direction(): Direction {
    if (this.#stick !== undefined) {
      const { from, to } = this.#stick;
      return { x: (to.x - from.x) / stickReach, y: (to.y - from.y) / stickReach };
    }
    let [x, y] = [0, 0];
    for (const code of this.#held) {
      x += keys[code]?.x ?? 0;
      y += keys[code]?.y ?? 0;
    }
    // An arrow and its letter together are no faster than one of them.
    const length = Math.max(1, Math.hypot(Math.sign(x), Math.sign(y)));
    return { x: Math.sign(x) / length, y: Math.sign(y) / length };
  }

  #keyDown(event: KeyboardEvent): void {
    const { code, target, repeat } = event;
    const ours = target === document.body || target === this.#stage || target === document.documentElement;
    if (!ours || event.ctrlKey || event.metaKey || event.altKey) return;
    if (code === 'Space' && !repeat) this.#dash();
    if (code === 'Space') event.preventDefault();
    if (!Object.hasOwn(keys, code)) return;
    event.preventDefault();
    if (repeat) return;
    this.#held.add(code);
    this.#changed();
  }

  #dash(): void {
    this.#dashes = (this.#dashes + 1) % 256;
    this.#changed();
  }

  #fingerDown(event: PointerEvent): void {
    if (event.pointerType === 'mouse') return;
    if (this.#finger !== undefined) return this.#dash();
    this.#finger = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    const at = this.#placeOf(event);
    this.#stick = { from: at, to: at };
    this.#changed();
  }

  #fingerMoved(event: PointerEvent): void {
    if (event.pointerId !== this.#finger || this.#stick === undefined) return;
    const { from } = this.#stick;
    const at = this.#placeOf(event);
    const [dx, dy] = [at.x - from.x, at.y - from.y];
    const length = Math.max(1, Math.hypot(dx, dy) / stickReach);
    this.#stick = { from, to: { x: from.x + dx / length, y: from.y + dy / length } };
    this.#changed();
  }

  #placeOf({ clientX, clientY }: PointerEvent): Direction {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  #letGo(): void {
    this.#held.clear();
    this.#finger = undefined;
    this.#stick = undefined;
    this.#changed();
  }
}
