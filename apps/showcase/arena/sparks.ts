/** What flies off when somebody takes a gem. Still, for whoever wants less motion. */

interface Spark {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly hue: number;
  readonly at: number;
}

const lasts = 420;
const inOne = 7;
const most = 140;

export class Sparks {
  readonly #none: boolean;
  #sparks: Spark[] = [];

  constructor(none: boolean) {
    this.#none = none;
  }

  burst({ x, y }: { readonly x: number; readonly y: number }, hue: number, at: number): void {
    if (this.#none) return;
    for (let i = 0; i < inOne; i++) this.#sparks.push({ x, y, hue, at, angle: (i / inOne) * Math.PI * 2 + x });
    this.#sparks.splice(0, Math.max(0, this.#sparks.length - most));
  }

  draw(context: CanvasRenderingContext2D, now: number): void {
    this.#sparks = this.#sparks.filter(({ at }) => now - at < lasts);
    for (const { x, y, angle, hue, at } of this.#sparks) {
      const part = (now - at) / lasts;
      const reach = 10 + 46 * (1 - (1 - part) ** 2);
      context.fillStyle = `hsl(${hue} 75% 60% / ${1 - part})`;
      context.beginPath();
      context.arc(x + Math.cos(angle) * reach, y + Math.sin(angle) * reach, 5 * (1 - part) + 1, 0, Math.PI * 2);
      context.fill();
    }
  }
}
