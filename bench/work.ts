/**
 * What a work is: who plays it, what their servers do, what the generator plays against them, and which figures count. The works
 * themselves are in works.ts; rivals' names and how they are started, in rivals.ts.
 */
import type { Plan } from './plan-format.ts';
import type { RivalName } from './rivals.ts';

export interface Work {
  /** As asked for on the command line. */
  readonly name: string;
  /** As in the tables of what must hold. */
  readonly id: string;
  readonly says: string;
  /** What the costs are divided by, and what is counted per second. */
  readonly unit: 'message' | 'delivery' | 'handshake' | 'connection' | 'subscription' | 'call';
  /** In the order in which they play; the base of "×" first. */
  readonly contenders: readonly Contender[];
  /** Whose figure ÷ a rival's is "×". @default 'ws' */
  readonly base?: RivalName;
  readonly bars: readonly Bar[];
  /** What a server is to do: its command line argument, as JSON. */
  readonly task: Task;
  /** Libraries that the generator needs for it; without them the work is left out. */
  readonly needs?: readonly Library[];
  planFor(rival: RivalName, port: number): Plan;
  /** The server's CPU (measure.ts), its memory (memory.ts), or a way of its own. The last may throw `CannotPlay`. @default 'cpu' */
  readonly how?: 'cpu' | MemoryWork | ((bench: Bench) => Promise<Sample>);
  /** Milliseconds of the server's CPU before its stretch, at least: where V8 goes on compiling for longer than usual. */
  readonly warmUp?: number;
  /** Rounds at most, where one round says much or lasts long. */
  readonly rounds?: number;
}

/** OpenSSL and zlib, as the generator uses them. */
export type Library = 'tls' | 'deflate';

export interface Contender {
  readonly rival: RivalName;
  /** Rounds at most: one that no bar needs may play fewer. */
  readonly rounds?: number;
  /** The file in servers/, without `.ts`. @default as in rivals.ts */
  readonly server?: string;
}

/** What a server is told; each reads the fields that concern it. */
export interface Task {
  /** The work's name. */
  readonly does: string;
  /** Which permessage-deflate it agrees to. */
  readonly deflate?: 'no-takeover' | 'window-15' | 'own-defaults';
  /** Files in PEM. Filled in by the runner where the plan says `tls`. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/**
 * Memory is the difference between holding `few` and holding `few + more` connections, so that what a server needs to begin with
 * is no part of it. They come a `lot` at a time, with garbage collected after each: what a rush leaves behind is none either.
 */
export interface MemoryWork {
  readonly few: number;
  readonly more: number;
  readonly lot: number;
}

/** What a way of its own is given to measure one rival once. */
export interface Bench {
  readonly work: Work;
  readonly contender: Contender;
  /** The work's, with what this machine adds to it. */
  readonly task: Task;
  readonly generator: readonly string[];
  /** Milliseconds of the server's CPU. */
  readonly timing: { readonly warmUp: number; readonly stretch: number };
  readonly nodeOptions: readonly string[];
}

/** All that can be measured: how it is headed, in which unit, and whether less is better. A sample has some of them. */
export const figures = {
  user: { says: 'user', unit: 'µs', less: true },
  system: { says: 'system', unit: 'µs', less: true },
  total: { says: 'total', unit: 'µs', less: true },
  perSecond: { says: 'per second', unit: '/s', less: false },
  p50: { says: 'p50', unit: 'ms', less: true },
  p99: { says: 'p99', unit: 'ms', less: true },
  longest: { says: 'longest', unit: 'ms', less: true },
  quietP99: { says: 'p99 before', unit: 'ms', less: true },
  p99Growth: { says: 'p99 ÷ before', unit: '×', less: true },
  wholeTime: { says: 'until all are back', unit: 's', less: true },
  firstHalf: { says: 'until half are', unit: '%', less: true },
  recovered: { says: 'recovered', unit: '', less: false },
  answerBytes: { says: 'bytes of an answer', unit: 'B', less: true },
  memory: { says: 'memory', unit: 'KiB', less: true },
  heap: { says: 'of it heap', unit: 'KiB', less: true },
  serverBusy: { says: 'server busy', unit: '%', less: false },
  generatorBusy: { says: 'generator busy', unit: '%', less: false },
} as const satisfies Record<string, FigureKind>;

export interface FigureKind {
  readonly says: string;
  readonly unit: 'µs' | 'ms' | 's' | '/s' | 'B' | 'KiB' | '%' | '×' | '';
  readonly less: boolean;
}

export type Figure = keyof typeof figures;

/** What one rival's server cost once, per unit of the work. Shares are 0 to 1. */
export type Sample = Readonly<Partial<Record<Figure, number>>>;

/** What must hold, for the median over the rounds of what one round says. */
export interface Bar {
  readonly figure: Figure;
  /** @default 'tidewire' */
  readonly of?: RivalName;
  /** With whom the figure is compared, in the same round. Neither this nor `inWork`: the figure is judged as it is. */
  readonly to?: RivalName;
  /** The work in which the other figure was measured (of `to`, or else of `of` itself). @default this one */
  readonly inWork?: string;
  /** The other's figure ÷ this one's: so many times less. Without another: the figure itself. */
  readonly atLeast?: number;
  /** This one's figure ÷ the other's. Without another: the figure itself. */
  readonly atMost?: number;
  /** Wished for, not required. */
  readonly stretch?: boolean;
}
