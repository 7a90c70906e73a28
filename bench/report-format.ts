/** The results as they are in results/fast.json: what report.ts makes of the samples, and what the tables and the page show. */
import type { RivalName } from './rivals.ts';
import type { Bar, Figure, Work } from './work.ts';

export interface Report {
  readonly machine: Machine;
  /** As asked for; a row says how many its rival played. */
  readonly rounds: number;
  /** Milliseconds of the server's CPU in one measured stretch. */
  readonly stretchMilliseconds: number;
  /** How long it all took. */
  readonly minutes: number;
  /** Load average at the end. */
  readonly loadAfter: number;
  readonly works: readonly WorkReport[];
}

export interface Machine {
  /** UTC, to the minute. */
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly kernel: string;
  readonly node: string;
  readonly versions: Readonly<Partial<Record<RivalName, string>>>;
  /** Whether server and generator each had a core of their own. */
  readonly pinned: boolean;
  /** Load average of the minute before: what ran beside. */
  readonly load: number;
}

export interface WorkReport extends Pick<Work, 'name' | 'id' | 'says' | 'unit'> {
  readonly base: RivalName;
  readonly rows: readonly Row[];
  readonly verdicts: readonly Verdict[];
  readonly skipped: readonly Skipped[];
}

/** A rival that couldn't play here, and why, in a sentence. */
export interface Skipped {
  readonly rival: RivalName;
  readonly why: string;
}

export interface Row {
  readonly rival: RivalName;
  readonly version: string;
  readonly rounds: number;
  /** Over its rounds. */
  readonly figures: Readonly<Partial<Record<Figure, Spread>>>;
  /** The base's figure ÷ this rival's within each round: how many times less. Absent without a base. */
  readonly times: Readonly<Partial<Record<Figure, Spread>>>;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A bar, and what came of it. */
export interface Verdict extends Bar {
  /** The bar in words: "total at least 1.15 × ws". */
  readonly says: string;
  /** Absent when a side of it was not measured: then it is neither met nor missed. */
  readonly value?: Spread;
  readonly met?: boolean;
}
