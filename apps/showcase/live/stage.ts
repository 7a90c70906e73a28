/**
 * The simulated show: a stage, drawn from the hub's clock alone, so that every window shows the same moment; and in front of
 * it the reactions, rising. Whoever wants less motion gets a still picture.
 */
import type { Floats } from './floats.ts';

const songs = [
  'Harbour Lights',
  'Low Tide',
  'Paper Boats',
  'Salt on the Wind',
  'Northern Buoy',
  'The Long Swell',
] as const;
const songLasts = 40_000;
/** Beats a second: slow enough for everybody's eyes. */
const beat = 1.4;
const players = [
  { x: 0.3, hue: 190, sides: 3 },
  { x: 0.5, hue: 340, sides: 4 },
  { x: 0.7, hue: 45, sides: 6 },
] as const;
const beams = [0.12, 0.34, 0.66, 0.88] as const;
/** Heads in front of the stage. */
const heads = 26;

/** The song of a moment, ms since 1970. */
export function songAt(moment: number): string {
  return songs[Math.floor(moment / songLasts) % songs.length]!;
}

export class Stage {
  readonly floats: Floats;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #still: boolean;

  /** @param still draws no motion */
  constructor(canvas: HTMLCanvasElement, floats: Floats, still: boolean) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d')!;
    this.#still = still;
    this.floats = floats;
    const resize = (): void => {
      canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
      canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
    };
    new ResizeObserver(resize).observe(canvas);
    resize();
  }

  /** Draws a moment of the hub's clock, ms since 1970; `now` is the page's own. */
  draw(moment: number, now: number): void {
    const { width, height } = this.#canvas;
    const seconds = this.#still ? 0 : (moment % 3_600_000) / 1000;
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    this.#drawBack(width, height, seconds);
    for (const [i, player] of players.entries()) this.#drawPlayer(player, i, seconds, width, height);
    this.#drawHeads(width, height, seconds);
    this.floats.draw(context, width, height, now);
  }

  #drawBack(width: number, height: number, seconds: number): void {
    const context = this.#context;
    const back = context.createLinearGradient(0, 0, 0, height);
    back.addColorStop(0, '#0b1026');
    back.addColorStop(0.7, '#221a45');
    back.addColorStop(1, '#0c0a1c');
    context.fillStyle = back;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = 'lighter';
    for (const [i, at] of beams.entries()) {
      const sway = Math.sin(seconds * 0.5 + i * 1.7) * 0.22;
      const x = at * width;
      const light = context.createLinearGradient(x, 0, x + sway * width, height);
      light.addColorStop(0, `hsl(${190 + i * 45} 80% 60% / 0.34)`);
      light.addColorStop(0.85, `hsl(${190 + i * 45} 80% 60% / 0)`);
      context.fillStyle = light;
      context.beginPath();
      context.moveTo(x - width * 0.01, 0);
      context.lineTo(x + width * 0.01, 0);
      context.lineTo(x + (sway + 0.12) * width, height);
      context.lineTo(x + (sway - 0.12) * width, height);
      context.fill();
    }
    context.globalCompositeOperation = 'source-over';
    this.#drawBars(width, height, seconds);
    context.fillStyle = '#15122b';
    context.fillRect(0, height * 0.74, width, height * 0.26);
    context.fillStyle = '#2c2652';
    context.fillRect(0, height * 0.74, width, Math.max(2, height * 0.008));
  }

  #drawBars(width: number, height: number, seconds: number): void {
    const context = this.#context;
    const count = 36;
    for (let i = 0; i < count; i++) {
      const wave = Math.sin(seconds * 2.1 + i * 0.6) + Math.sin(seconds * 1.3 + i * 0.23) + 2;
      const tall = height * (0.03 + wave * 0.045);
      context.fillStyle = `hsl(${200 + i * 4} 55% 55% / 0.3)`;
      context.fillRect((i + 0.2) * (width / count), height * 0.74 - tall, (width / count) * 0.6, tall);
    }
  }

  #drawPlayer(
    { x, hue, sides }: (typeof players)[number],
    i: number,
    seconds: number,
    width: number,
    height: number,
  ): void {
    const context = this.#context;
    const hop = Math.abs(Math.sin(seconds * Math.PI * beat + i * 0.8)) * height * 0.035;
    const size = height * 0.1;
    const [middleX, middleY] = [x * width, height * 0.74 - size * 0.86 - hop];
    context.fillStyle = 'rgb(0 0 0 / 0.35)';
    context.beginPath();
    context.ellipse(middleX, height * 0.765, size * 0.8, size * 0.16, 0, 0, Math.PI * 2);
    context.fill();
    context.save();
    context.translate(middleX, middleY);
    context.rotate(Math.sin(seconds * Math.PI * beat * 0.5 + i) * 0.12);
    const colour = context.createLinearGradient(-size, -size, size, size);
    colour.addColorStop(0, `hsl(${hue} 80% 68%)`);
    colour.addColorStop(1, `hsl(${hue} 65% 42%)`);
    context.fillStyle = colour;
    polygon(context, sides, size);
    context.fill();
    for (const side of [-1, 1]) {
      context.fillStyle = '#fff';
      context.beginPath();
      context.arc(side * size * 0.26, -size * 0.08, size * 0.15, 0, Math.PI * 2);
      context.fill();
      context.fillStyle = '#14122a';
      context.beginPath();
      context.arc(side * size * 0.26, -size * 0.05, size * 0.08, 0, Math.PI * 2);
      context.fill();
    }
    context.strokeStyle = '#14122a';
    context.lineWidth = size * 0.07;
    context.beginPath();
    context.arc(0, size * 0.2, size * (0.12 + (hop / height) * 4), 0.15 * Math.PI, 0.85 * Math.PI);
    context.stroke();
    context.restore();
  }

  #drawHeads(width: number, height: number, seconds: number): void {
    const context = this.#context;
    context.fillStyle = '#090714';
    for (let i = 0; i < heads; i++) {
      const sway = Math.sin(seconds * Math.PI * beat * 0.5 + i * 2.3) * height * 0.008;
      const size = height * (0.045 + (i % 3) * 0.006);
      context.beginPath();
      context.arc((i + 0.5) * (width / heads) + sway, height * (0.97 + (i % 2) * 0.02) + sway, size, 0, Math.PI * 2);
      context.fill();
    }
  }
}

function polygon(context: CanvasRenderingContext2D, sides: number, size: number): void {
  context.beginPath();
  for (let i = 0; i < sides; i++) {
    const angle = (i / sides) * Math.PI * 2 - Math.PI / 2 + (sides === 4 ? Math.PI / 4 : 0);
    context.lineTo(Math.cos(angle) * size, Math.sin(angle) * size);
  }
  context.closePath();
  context.lineJoin = 'round';
  context.lineWidth = size * 0.3;
  context.strokeStyle = context.fillStyle;
  context.stroke();
}
