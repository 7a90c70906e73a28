/** What the arena and its players say to each other. States and inputs are bytes: snapshot.ts has their layout. */
import { defineContract } from '@tidewire/hub/contract';
import * as v from 'valibot';
import { id, nothing, offset, type Schema } from '../shared/person.ts';
import { inputBytes, maxDiscs, maxSnapshotBytes } from './snapshot.ts';

/** Who plays, and how many points they have. */
export interface Player {
  readonly seat: number;
  readonly id: string;
  readonly name: string;
  readonly bot: boolean;
  /** Gone a moment ago: the seat is kept. */
  readonly away: boolean;
  readonly score: number;
}

/** The most points that somebody had in one visit. */
export interface Best {
  readonly id: string;
  readonly name: string;
  readonly score: number;
  /** ms since 1970. */
  readonly at: number;
}

/** Which disc is whose: what a player gets for joining. */
export interface Ticket {
  readonly seat: number;
  /** Whoever joined a seat last plays it; a window whose turn is over sees another one in the snapshots. */
  readonly turn: number;
  /** The seat was kept, and with it these points. */
  readonly kept: boolean;
  readonly score: number;
}

export interface ArenaContract {
  readonly topics: {
    /** Snapshots, thirty a second while somebody plays. Each takes the place of the one before. */
    readonly 'arena.state': Schema<Uint8Array>;
    /** What players want. Nobody reads it but the server. */
    readonly 'arena.input': Schema<Uint8Array>;
    readonly 'arena.players': Schema<Player[]>;
    readonly 'arena.best': Schema<Best[]>;
  };
  readonly calls: {
    /** Takes a seat: the caller's own, where it is kept. */
    readonly 'arena.join': { readonly input: Schema<null>; readonly output: Schema<Ticket> };
  };
}

const bytes = (most: number): Schema<Uint8Array> => v.pipe(v.instance(Uint8Array), v.maxLength(most));
const name = v.pipe(v.string(), v.maxLength(64));
const seat = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(maxDiscs - 1));
const turn = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));

/** How many of the best are kept. */
export const bestKept = 10;

export const contract: ArenaContract = defineContract({
  topics: {
    'arena.state': bytes(maxSnapshotBytes),
    'arena.input': bytes(inputBytes),
    'arena.players': v.pipe(
      v.array(v.object({ seat, id: id(), name, bot: v.boolean(), away: v.boolean(), score: offset() })),
      v.maxLength(maxDiscs),
    ),
    'arena.best': v.pipe(v.array(v.object({ id: id(), name, score: offset(), at: offset() })), v.maxLength(bestKept)),
  },
  calls: { 'arena.join': { input: nothing, output: v.object({ seat, turn, kept: v.boolean(), score: offset() }) } },
});
