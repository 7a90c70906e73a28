/**
 * How a disc moves. The server moves every disc by this, and the page its own, ahead of the server: so both must agree, and
 * nothing here knows of time, chance or other discs.
 */

export const ticksPerSecond = 30;
/** Units; a disc's middle stays a radius away from the edges. */
export const field: { readonly width: number; readonly height: number } = { width: 1280, height: 800 };
export const radius = 26;
export const gemRadius = 11;

/** Units a second. */
export const dashSpeed = 640;
/** Ticks from one dash to the next. */
export const dashRest = 40;

const acceleration = 1550;
/** Of the speed, what is lost in a second, as a rate. */
const drag = 3.1;
/** Of the speed, what is left after an edge. */
const bounce = 0.55;

export interface Body {
  x: number;
  y: number;
  vx: number;
  vy: number;
}

export interface Direction {
  readonly x: number;
  readonly y: number;
}

/** Moves a disc for so many seconds, at most a tick's. */
export function move(body: Body, wanted: Direction, seconds: number): void {
  const kept = Math.exp(-drag * seconds);
  body.vx = (body.vx + wanted.x * acceleration * seconds) * kept;
  body.vy = (body.vy + wanted.y * acceleration * seconds) * kept;
  body.x += body.vx * seconds;
  body.y += body.vy * seconds;
  if (body.x < radius || body.x > field.width - radius) body.vx *= -bounce;
  if (body.y < radius || body.y > field.height - radius) body.vy *= -bounce;
  body.x = between(radius, body.x, field.width - radius);
  body.y = between(radius, body.y, field.height - radius);
}

/** Thrusts a disc to where it wants to go, or else to where it is going. */
export function dash(body: Body, wanted: Direction): void {
  const { x, y } = Math.hypot(wanted.x, wanted.y) > 0.1 ? wanted : { x: body.vx, y: body.vy };
  const length = Math.hypot(x, y) || 1;
  body.vx += (x / length) * dashSpeed;
  body.vy += (y / length) * dashSpeed;
}

export function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
