/** (being written) Presence. */
/** Somebody who is there: one session. */
export interface Member {
  readonly session: number;
  readonly user?: string;
  readonly role?: string;
}

/** Who is there. The lists are empty where the topic tells only the number. */
export interface Presence {
  readonly count: number;
  readonly members: readonly Member[];
  /** Who came, and who went, since the item before. */
  readonly joined: readonly Member[];
  readonly left: readonly Member[];
}
