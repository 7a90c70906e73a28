/** Draws the arena: the field, gems, discs with their names, and what flies off. As wide as its place, in the theme's colours. */

import { type Stick, stickReach } from './controls.ts';
import { type Direction, field, gemRadius, radius } from './motion.ts';
import type { DiscState, GemState } from './snapshot.ts';
import { Sparks } from './sparks.ts';

/** A disc as it is drawn. */
export interface Shown extends DiscState {
  readonly name: string;
  readonly score: number;
}

export interface Scene {
  readonly discs: readonly Shown[];
  readonly gems: readonly GemState[];
  /** The seat of who plays here. */
  readonly mine: number | undefined;
  readonly stick: Stick | undefined;
  /** Nothing comes: drawn paler. */
  readonly stale: boolean;
}

const tokens = ['--sunken', '--line', '--ink', '--quiet', '--accent', '--card'] as const;
type Token = (typeof tokens)[number];

/** Small windows show a part of the field, this many CSS pixels a unit, with one's own disc in the middle. */
const leastScale = 0.5;
const gridStep = 100;

/** Colours of seats, far apart for neighbours. */
export function hueOf(seat: number): number {
  return Math.round((seat * 137.5 + 190) % 360);
}

export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #sparks = new Sparks(matchMedia('(prefers-reduced-motion: reduce)').matches);
  #colours: Readonly<Record<Token, string>>;
  #camera: Direction = { x: field.width / 2, y: field.height / 2 };
  #gems: readonly GemState[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d')!;
    this.#colours = this.#readColours();
    new ResizeObserver(() => this.#resize()).observe(canvas);
    const again = (): void => {
      this.#colours = this.#readColours();
    };
    addEventListener('themechange', again);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
    this.#resize();
  }

  draw(scene: Scene, now: number): void {
    const context = this.#context;
    const { width, height } = this.#canvas;
    const ratio = devicePixelRatio;
    this.#noticeGems(scene, now);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.#colours['--card'];
    context.fillRect(0, 0, width, height);
    const scale = Math.max(Math.min(width / field.width, height / field.height), leastScale * ratio);
    this.#follow(scene, width / scale, height / scale);
    context.setTransform(scale, 0, 0, scale, width / 2 - this.#camera.x * scale, height / 2 - this.#camera.y * scale);
    context.globalAlpha = scene.stale ? 0.45 : 1;
    this.#drawField();
    for (const gem of scene.gems) this.#drawGem(gem, now);
    for (const disc of scene.discs) if (disc.seat !== scene.mine) this.#drawDisc(disc, false, scale / ratio);
    for (const disc of scene.discs) if (disc.seat === scene.mine) this.#drawDisc(disc, true, scale / ratio);
    context.globalAlpha = 1;
    this.#sparks.draw(context, now);
    if (scene.stick) this.#drawStick(scene.stick, ratio);
  }

  /** What lay here a moment ago, and lies no more, somebody took. */
  #noticeGems({ gems, discs }: Scene, now: number): void {
    if (gems === this.#gems) return;
    for (const gem of this.#gems) {
      if (gems.some(({ id, x, y }) => id === gem.id && x === gem.x && y === gem.y)) continue;
      const by = discs.find(({ x, y }) => Math.hypot(x - gem.x, y - gem.y) < radius * 3.5);
      if (by) this.#sparks.burst(gem, hueOf(by.seat), now);
    }
    this.#gems = gems;
  }

  #follow({ discs, mine }: Scene, width: number, height: number): void {
    const own = discs.find(({ seat }) => seat === mine);
    const along = (size: number, seen: number, at: number): number =>
      seen >= size ? size / 2 : Math.min(Math.max(at, seen / 2), size - seen / 2);
    const target = own ?? this.#camera;
    this.#camera = { x: along(field.width, width, target.x), y: along(field.height, height, target.y) };
  }

  #drawField(): void {
    const context = this.#context;
    context.fillStyle = this.#colours['--sunken'];
    context.beginPath();
    context.roundRect(0, 0, field.width, field.height, 24);
    context.fill();
    context.strokeStyle = this.#colours['--line'];
    context.lineWidth = 1.5;
    context.beginPath();
    for (let x = gridStep; x < field.width; x += gridStep) {
      context.moveTo(x, 12);
      context.lineTo(x, field.height - 12);
    }
    for (let y = gridStep; y < field.height; y += gridStep) {
      context.moveTo(12, y);
      context.lineTo(field.width - 12, y);
    }
    context.stroke();
    context.lineWidth = 4;
    context.beginPath();
    context.roundRect(2, 2, field.width - 4, field.height - 4, 22);
    context.stroke();
  }

  #drawGem({ id, value, x, y }: GemState, now: number): void {
    const context = this.#context;
    const size = value > 1 ? gemRadius * 1.45 : gemRadius;
    const sway = Math.sin(now / 420 + id) * 2;
    const [light, dark] = value > 1 ? ['#ffe28a', '#d99a17'] : ['#9be7d8', '#1e9d8b'];
    context.fillStyle = dark;
    diamond(context, x, y + sway, size);
    context.fill();
    context.fillStyle = light;
    context.beginPath();
    context.moveTo(x, y + sway - size);
    context.lineTo(x + size * 0.72, y + sway);
    context.lineTo(x - size * 0.72, y + sway);
    context.closePath();
    context.fill();
  }

  #drawDisc(disc: Shown, mine: boolean, scale: number): void {
    const context = this.#context;
    const alpha = context.globalAlpha;
    if (disc.away) context.globalAlpha = alpha * 0.35;
    const hue = hueOf(disc.seat);
    this.#drawTrail(disc, hue);
    if (disc.bot) this.#drawAntenna(disc, hue);
    const gradient = context.createRadialGradient(disc.x - 9, disc.y - 11, 4, disc.x, disc.y, radius * 1.15);
    gradient.addColorStop(0, `hsl(${hue} 82% 70%)`);
    gradient.addColorStop(1, `hsl(${hue} 62% 42%)`);
    context.fillStyle = gradient;
    circle(context, disc.x, disc.y, radius);
    context.fill();
    this.#drawEyes(disc);
    if (mine) this.#ring(disc, radius + 6, this.#colours['--ink'], 3.5);
    if (disc.safe && !disc.away) {
      context.setLineDash([7, 7]);
      this.#ring(disc, radius + 12, `hsl(${hue} 60% 50%)`, 2.5);
      context.setLineDash([]);
    }
    this.#drawName(disc, mine, scale);
    context.globalAlpha = alpha;
  }

  #drawTrail({ x, y, vx, vy, dashing }: Shown, hue: number): void {
    if (!dashing) return;
    const context = this.#context;
    for (let i = 1; i <= 4; i++) {
      context.fillStyle = `hsl(${hue} 70% 55% / ${0.24 - i * 0.05})`;
      circle(context, x - vx * 0.028 * i, y - vy * 0.028 * i, radius - i * 3);
      context.fill();
    }
  }

  #drawAntenna({ x, y }: Shown, hue: number): void {
    const context = this.#context;
    context.strokeStyle = `hsl(${hue} 40% 45%)`;
    context.lineWidth = 3.5;
    context.beginPath();
    context.moveTo(x, y - radius + 3);
    context.lineTo(x, y - radius - 12);
    context.stroke();
    context.fillStyle = `hsl(${hue} 70% 60%)`;
    circle(context, x, y - radius - 14, 5);
    context.fill();
  }

  /** They look where it goes. */
  #drawEyes({ x, y, vx, vy }: Shown): void {
    const context = this.#context;
    const speed = Math.max(60, Math.hypot(vx, vy));
    const [lookX, lookY] = [(vx / speed) * 5, (vy / speed) * 5];
    for (const side of [-9, 9]) {
      context.fillStyle = '#fff';
      circle(context, x + side + lookX * 0.6, y - 4 + lookY * 0.6, 6.5);
      context.fill();
      context.fillStyle = '#16302e';
      circle(context, x + side + lookX, y - 4 + lookY, 3.2);
      context.fill();
    }
  }

  #drawName({ x, y, name, score, bot }: Shown, mine: boolean, scale: number): void {
    const context = this.#context;
    const size = Math.min(26, 12.5 / scale);
    context.font = `${mine ? 700 : 500} ${size}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'top';
    context.fillStyle = mine ? this.#colours['--ink'] : this.#colours['--quiet'];
    const says = `${name} · ${score}`;
    const half = context.measureText(says).width / 2;
    // At the edge of the field there is no room below or beside the disc.
    const at = Math.min(Math.max(x, half + 6), field.width - half - 6);
    const below = y + radius + 9;
    context.fillText(says, at, below + size <= field.height - 4 ? below : y - radius - size - (bot ? 24 : 12));
  }

  #ring({ x, y }: Shown, at: number, colour: string, width: number): void {
    const context = this.#context;
    context.strokeStyle = colour;
    context.lineWidth = width;
    circle(context, x, y, at);
    context.stroke();
  }

  #drawStick({ from, to }: Stick, ratio: number): void {
    const context = this.#context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.globalAlpha = 0.28;
    context.fillStyle = this.#colours['--ink'];
    circle(context, from.x, from.y, stickReach);
    context.fill();
    context.globalAlpha = 0.7;
    context.fillStyle = this.#colours['--accent'];
    circle(context, to.x, to.y, 22);
    context.fill();
    context.globalAlpha = 1;
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
  }

  /** A canvas takes no variables: an element says what one comes to, in the theme that it has now. */
  #readColours(): Record<Token, string> {
    const { style } = this.#canvas;
    const read = (token: Token): [Token, string] => {
      style.color = `var(${token})`;
      return [token, getComputedStyle(this.#canvas).color];
    };
    return Object.fromEntries(tokens.map(read)) as Record<Token, string>;
  }
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.arc(x, y, size, 0, Math.PI * 2);
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size * 0.72, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size * 0.72, y);
  context.closePath();
}
