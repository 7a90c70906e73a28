/** What the sqlite engine and its worker say to each other. Everything here survives a structured clone. */
import type { Position } from '../contract/publication.ts';
import type { Appended, Once, Retention } from './engine.ts';
import type { StoreFile } from './sqlite-schema.ts';

/** A publication without its place, ready for a row. */
export interface DraftRow {
  readonly id: number;
  readonly time: number;
  readonly size: number;
  readonly key: string;
  readonly body: Uint8Array;
}

export interface LogRow extends DraftRow {
  readonly offset: number;
}

/** `now` is the time of the call: the worker has no clock of its own. */
export type Operation =
  | {
      readonly does: 'append';
      readonly topic: string;
      readonly draft: DraftRow;
      readonly retention: Retention;
      readonly once: Once | undefined;
      readonly now: number;
    }
  | {
      readonly does: 'readAfter';
      readonly topic: string;
      readonly position: Position;
      readonly limit: number;
      readonly maxBytes: number;
      readonly now: number;
    }
  | { readonly does: 'readLatest'; readonly topic: string; readonly limit: number; readonly now: number }
  | { readonly does: 'readRetained'; readonly topic: string }
  | { readonly does: 'tops'; readonly topics: readonly string[] }
  /** Trims some topics, in their turn. */
  | { readonly does: 'sweep'; readonly now: number };

export interface RowPage {
  readonly top: Position;
  readonly held: boolean;
  readonly rows: readonly LogRow[];
}

/** `null` to an append: there is no room for another topic. */
export type Answer = Appended | RowPage | readonly Position[] | null;

/** What the worker is made with. */
export interface StoreInit extends StoreFile {
  /** What logs that are made are called: one cell, shared by both threads; the worker sets it when it has opened the file. */
  readonly generation: Int32Array;
  readonly maxTopics: number;
}

export type ToWorker = { readonly operations: readonly Operation[] } | 'close';

export type FromWorker =
  | { readonly type: 'opened'; readonly run: string; readonly topics: readonly string[] }
  | { readonly type: 'not-opened'; readonly reason: string }
  /** In the order of the operations; and topics that were forgotten to make room. */
  | { readonly type: 'answers'; readonly answers: readonly Answer[]; readonly forgotten: readonly string[] }
  /** None of the operations happened. When `fatal`, nothing more may be tried. */
  | { readonly type: 'failed'; readonly reason: string; readonly fatal: boolean };
