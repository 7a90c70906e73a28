/**
 * What the arena sends thirty times a second, and what a player sends: bytes, by this layout, on both sides. All numbers are
 * little-endian.
 *
 *   snapshot   u8 version (1) · u32 tick · u8 discs · u8 gems, then the discs, then the gems
 *   disc       u8 seat · u8 flags · u8 turn · u16 x · u16 y · i16 vx · i16 vy · u16 seen · u8 rest        (14 bytes)
 *   gem        u8 id · u8 value · u16 x · u16 y                                                           (6 bytes)
 *   input      u16 number · i8 x · i8 y · u8 dashes                                                       (5 bytes)
 *
 * Places are in 1/32 of a unit, speeds in units a second. `seen` is the number of the newest input that the server had when it
 * made the snapshot, `turn` tells which window plays a seat, `rest` is how many ticks until the next dash, and `dashes`
 * counts a player's dashes, so that one that is lost on the way is made up for by the next input. A snapshot is the whole state: whoever
 * misses one has lost nothing once the next is there, which is what lets a slow reader skip.
 */

/** A disc as everybody sees it. */
export interface DiscState {
  readonly seat: number;
  readonly bot: boolean;
  /** Its player is gone, and the seat is kept. */
  readonly away: boolean;
  readonly dashing: boolean;
  /** It was hit a moment ago, and can't be hit. */
  readonly safe: boolean;
  readonly turn: number;
  readonly x: number;
  readonly y: number;
  readonly vx: number;
  readonly vy: number;
  readonly seen: number;
  readonly rest: number;
}

export interface GemState {
  readonly id: number;
  readonly value: number;
  readonly x: number;
  readonly y: number;
}

export interface Snapshot {
  readonly tick: number;
  readonly discs: readonly DiscState[];
  readonly gems: readonly GemState[];
}

/** What a player wants: a direction, each part from -1 to 1. */
export interface Input {
  /** Counts up, and begins again after 65,535. */
  readonly number: number;
  readonly x: number;
  readonly y: number;
  /** Counts up, and begins again after 255. */
  readonly dashes: number;
}

const version = 1;
const headBytes = 7;
const discBytes = 14;
const gemBytes = 6;
export const inputBytes = 5;
const fineness = 32;

/** Seats, and so discs. */
export const maxDiscs = 16;
/** The largest snapshot that either side makes or takes, bytes. */
export const maxSnapshotBytes = 2048;

export function writeSnapshot({ tick, discs, gems }: Snapshot): Uint8Array {
  const bytes = new Uint8Array(headBytes + discs.length * discBytes + gems.length * gemBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint32(1, tick, true);
  view.setUint8(5, discs.length);
  view.setUint8(6, gems.length);
  let at = headBytes;
  for (const disc of discs) {
    writeDisc(view, at, disc);
    at += discBytes;
  }
  for (const { id, value, x, y } of gems) {
    view.setUint8(at, id);
    view.setUint8(at + 1, value);
    view.setUint16(at + 2, Math.round(x * fineness), true);
    view.setUint16(at + 4, Math.round(y * fineness), true);
    at += gemBytes;
  }
  return bytes;
}

/** Nothing, when the bytes are no snapshot of this version. */
export function readSnapshot(bytes: Uint8Array): Snapshot | undefined {
  if (bytes.length < headBytes || bytes[0] !== version) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const discs = view.getUint8(5);
  const gems = view.getUint8(6);
  const gemsAt = headBytes + discs * discBytes;
  if (bytes.length !== gemsAt + gems * gemBytes) return undefined;
  return {
    tick: view.getUint32(1, true),
    discs: Array.from({ length: discs }, (_, i) => readDisc(view, headBytes + i * discBytes)),
    gems: Array.from({ length: gems }, (_, i) => readGem(view, gemsAt + i * gemBytes)),
  };
}

export function writeInput({ number, x, y, dashes }: Input): Uint8Array {
  const bytes = new Uint8Array(inputBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, number, true);
  view.setInt8(2, Math.round(x * 127));
  view.setInt8(3, Math.round(y * 127));
  view.setUint8(4, dashes);
  return bytes;
}

/** Nothing, when the bytes are no input. No direction is longer than 1, whatever a player sends. */
export function readInput(bytes: Uint8Array): Input | undefined {
  if (bytes.length !== inputBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const x = view.getInt8(2) / 127;
  const y = view.getInt8(3) / 127;
  const length = Math.max(1, Math.hypot(x, y));
  return { number: view.getUint16(0, true), x: x / length, y: y / length, dashes: view.getUint8(4) };
}

/** Whether `number` comes after `other`, where numbers begin again after 65,535. */
export function isLater(number: number, other: number): boolean {
  const ahead = (number - other) & 0xffff;
  return ahead > 0 && ahead < 0x8000;
}

function writeDisc(view: DataView, at: number, disc: DiscState): void {
  const { seat, bot, away, dashing, safe, turn, x, y, vx, vy, seen, rest } = disc;
  view.setUint8(at, seat);
  view.setUint8(at + 1, Number(bot) | (Number(away) << 1) | (Number(dashing) << 2) | (Number(safe) << 3));
  view.setUint8(at + 2, turn);
  view.setUint16(at + 3, Math.round(x * fineness), true);
  view.setUint16(at + 5, Math.round(y * fineness), true);
  view.setInt16(at + 7, Math.round(vx), true);
  view.setInt16(at + 9, Math.round(vy), true);
  view.setUint16(at + 11, seen, true);
  view.setUint8(at + 13, rest);
}

function readDisc(view: DataView, at: number): DiscState {
  const flags = view.getUint8(at + 1);
  return {
    seat: view.getUint8(at),
    bot: (flags & 1) !== 0,
    away: (flags & 2) !== 0,
    dashing: (flags & 4) !== 0,
    safe: (flags & 8) !== 0,
    turn: view.getUint8(at + 2),
    x: view.getUint16(at + 3, true) / fineness,
    y: view.getUint16(at + 5, true) / fineness,
    vx: view.getInt16(at + 7, true),
    vy: view.getInt16(at + 9, true),
    seen: view.getUint16(at + 11, true),
    rest: view.getUint8(at + 13),
  };
}

function readGem(view: DataView, at: number): GemState {
  return {
    id: view.getUint8(at),
    value: view.getUint8(at + 1),
    x: view.getUint16(at + 2, true) / fineness,
    y: view.getUint16(at + 4, true) / fineness,
  };
}
