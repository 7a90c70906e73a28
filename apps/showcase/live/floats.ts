/**
 * Reactions that rise. Of thousands a second only so many are drawn; how many there were, the figures say. None rise for
 * whoever wants less motion.
 */

/** What rises: a path on a grid of 24, and its colour. */
export interface FloatKind {
  readonly path: Path2D;
  readonly colour: string;
}

interface Float {
  readonly kind: FloatKind;
  readonly x: number;
  readonly sway: number;
  readonly size: number;
  readonly at: number;
}

const lasts = 2600;
/** Of one list of counts: ten lists a second for as long as one lasts are what can be seen at once. */
const mostAtOnce = 7;
const most = 200;
/** The counts come ten times a second: what came together rises one after the other. */
const spread = 100;

export class Floats {
  readonly #kinds: readonly FloatKind[];
  readonly #none: boolean;
  #floats: Float[] = [];

  constructor(kinds: readonly FloatKind[], none: boolean) {
    this.#kinds = kinds;
    this.#none = none;
  }

  get size(): number {
    return this.#floats.length;
  }

  /** Lets so many of each kind rise, or as many as can be seen. */
  add(counts: readonly number[], now: number, random: () => number = Math.random): void {
    if (this.#none) return;
    const all = counts.reduce((sum, count) => sum + count, 0);
    const part = Math.min(1, mostAtOnce / all);
    for (const [i, kind] of this.#kinds.entries()) {
      // What is left of a whole one has its chance.
      const count = Math.floor((counts[i] ?? 0) * part + (part < 1 ? random() : 0));
      for (let j = 0; j < count; j++) {
        const at = now + random() * spread;
        this.#floats.push({ kind, at, x: 0.1 + random() * 0.8, sway: random() * 6, size: 0.8 + random() * 0.6 });
      }
    }
    this.#floats.splice(0, Math.max(0, this.#floats.length - most));
  }

  draw(context: CanvasRenderingContext2D, width: number, height: number, now: number): void {
    this.#floats = this.#floats.filter(({ at }) => now - at < lasts);
    for (const { kind, x, sway, size, at } of this.#floats) {
      const part = Math.max(0, (now - at) / lasts);
      const scale = (height / 24) * 0.1 * size * Math.min(1, part * 8 + 0.2);
      const left = x * width + Math.sin(part * 5 + sway) * width * 0.025;
      context.setTransform(scale, 0, 0, scale, left - 12 * scale, height * (0.98 - part * 0.85) - 12 * scale);
      context.globalAlpha = Math.min(1, (1 - part) * 2);
      context.fillStyle = kind.colour;
      context.fill(kind.path, 'evenodd');
    }
    context.globalAlpha = 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
  }
}
