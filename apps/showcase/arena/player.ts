/**
 * One window in the arena: takes its seat whenever the hub is there, sends what the player wants, and keeps what came for the
 * drawing. It leaves while nobody sees the page, and comes back by itself.
 */
import { HubError } from '@tidewire/hub/client';
import type { HubPage } from '../shared/on-hub.ts';
import type { PageTopics } from '../shared/page-topics.ts';
import { Ahead } from './ahead.ts';
import type { ArenaContract, Player as Listed, Ticket } from './contract.ts';
import type { Controls } from './controls.ts';
import { LagMeter, RateMeter } from './meters.ts';
import { ticksPerSecond } from './motion.ts';
import type { Scene, Shown } from './painter.ts';
import { Playout } from './playout.ts';
import { type DiscState, readSnapshot, writeInput } from './snapshot.ts';

/** How it is with this window. `elsewhere`: another window of the same person plays. */
export type Play =
  | { readonly state: 'connecting' | 'lost' | 'full' | 'elsewhere' }
  | { readonly state: 'playing' | 'back' | 'anew'; readonly score: number };

/** An input is sent again after so long, changed or not: it is how the server knows that we are there, and how lag is measured. ms. */
const repeatAfter = 250;
const leastBetween = 30;
const fullAgain = 4000;

export class Player {
  readonly states = new RateMeter();
  readonly inputs = new RateMeter();
  readonly lag = new LagMeter();
  stateBytes = 0;
  listed: readonly Listed[] = [];
  readonly #page: HubPage<ArenaContract>;
  readonly #topics: PageTopics<ArenaContract>;
  readonly #controls: Controls;
  readonly #told: (play: Play) => void;
  readonly #playout = new Playout();
  readonly #ahead = new Ahead();
  #play: Play = { state: 'connecting' };
  #ticket: Ticket | undefined;
  #number = 0;
  #sent = { x: 0, y: 0, dashes: 0, at: Number.NEGATIVE_INFINITY };
  /** While the page is seen. */
  #following: AbortController | undefined;
  #joining = false;
  #before = 0;

  /** `told` hears how it is, at each change. */
  constructor(
    page: HubPage<ArenaContract>,
    topics: PageTopics<ArenaContract>,
    controls: Controls,
    told: (play: Play) => void,
  ) {
    this.#page = page;
    this.#topics = topics;
    this.#controls = controls;
    this.#told = told;
    page.client.watch(({ state }) => {
      if (state === 'waiting' || state === 'closed') this.#lost();
    });
    const timer = setInterval(() => this.wants(), 1000 / ticksPerSecond);
    page.signal.addEventListener('abort', () => clearInterval(timer));
  }

  /** Whether somebody sees the page. */
  set visible(visible: boolean) {
    if (!visible) {
      this.#following?.abort();
      this.#following = undefined;
      this.#ticket = undefined;
    } else this.#following ??= this.#follow();
  }

  /** Ticks until the next dash. */
  get rest(): number {
    return this.#own?.rest ?? 0;
  }

  /** Takes the seat in this window. */
  async join(): Promise<void> {
    if (this.#joining) return;
    this.#joining = true;
    try {
      const ticket = await this.#page.client.call('arena.join', null, { timeout: 5000, signal: this.#page.signal });
      this.#joined(ticket);
    } catch (error) {
      if (this.#page.signal.aborted) return;
      if (error instanceof HubError && error.code === 'too-many') this.#is({ state: 'full' });
      // It may not have happened; whoever joins twice has one seat.
      setTimeout(() => this.#joinIfOut(), fullAgain);
    } finally {
      this.#joining = false;
    }
  }

  /** Sends what the player wants, if that is news, or was said too long ago. */
  wants(): void {
    if (this.#ticket === undefined || this.#following === undefined) return;
    const now = performance.now();
    const { x, y } = this.#controls.direction;
    const { dashes } = this.#controls;
    const news = x !== this.#sent.x || y !== this.#sent.y || dashes !== this.#sent.dashes;
    if (now - this.#sent.at < (news ? leastBetween : repeatAfter)) return;
    const number = (this.#number + 1) & 0xffff;
    if (!this.#page.client.topic('arena.input').send(writeInput({ number, x, y, dashes }))) return;
    this.#number = number;
    this.lag.sent(number, now);
    this.inputs.add(now);
    this.#ahead.gave({ x, y }, dashes !== this.#sent.dashes, now);
    this.#sent = { x, y, dashes, at: now };
  }

  scene(now: number): Scene {
    const newest = this.#playout.newest;
    const own = this.#own;
    const discs = this.#playout.discs(now).map((disc) => this.#shown(disc, own, now));
    const stale = this.#play.state === 'lost' || this.#play.state === 'connecting';
    return { discs, gems: newest?.gems ?? [], mine: own?.seat, stick: this.#controls.stick, stale };
  }

  get #own(): DiscState | undefined {
    const ticket = this.#ticket;
    return this.#playout.newest?.discs.find(({ seat, turn }) => seat === ticket?.seat && turn === ticket.turn);
  }

  #shown(disc: DiscState, own: DiscState | undefined, now: number): Shown {
    const { name = '', score = 0 } = this.listed.find(({ seat }) => seat === disc.seat) ?? {};
    if (own === undefined || disc.seat !== own.seat) return { ...disc, name, score };
    const age = this.#playout.age(now);
    const place = this.#ahead.place(own, this.#playout.newest!.tick, age, this.lag.lag ?? 0, now);
    return { ...disc, ...place, name, score };
  }

  #follow(): AbortController {
    const ending = new AbortController();
    const { client } = this.#page;
    this.#topics.follow(
      client.topic('arena.state'),
      { joined: () => void this.join(), publication: (bytes) => this.#came(bytes) },
      { signal: ending.signal },
    );
    return ending;
  }

  #came(bytes: Uint8Array): void {
    const now = performance.now();
    const snapshot = readSnapshot(bytes);
    if (snapshot === undefined) return;
    this.stateBytes = bytes.length;
    this.states.add(now);
    if (!this.#playout.add(snapshot, now)) return;
    const own = this.#own;
    if (own !== undefined) return this.lag.seen(own.seen, now);
    const ticket = this.#ticket;
    if (ticket === undefined || this.#joining) return;
    const disc = snapshot.discs.find(({ seat, bot }) => seat === ticket.seat && !bot);
    // A state from before we joined may still be on its way: the turn before ours is no other window's.
    if (disc !== undefined && disc.turn === (ticket.turn + 255) % 256) return;
    this.#ticket = undefined;
    if (disc !== undefined && this.listed.some(({ seat, id }) => seat === disc.seat && id === this.#page.user.id))
      this.#is({ state: 'elsewhere' });
    else void this.join();
  }

  #joined(ticket: Ticket): void {
    const again = this.#before > 0;
    this.#before++;
    this.#ticket = ticket;
    this.#ahead.forget();
    this.lag.forget();
    this.#sent = { ...this.#controls.direction, dashes: this.#controls.dashes, at: Number.NEGATIVE_INFINITY };
    const { kept, score } = ticket;
    this.#is({ state: kept ? 'back' : again ? 'anew' : 'playing', score });
    this.wants();
  }

  #joinIfOut(): void {
    const out = this.#ticket === undefined && this.#following !== undefined && this.#play.state !== 'elsewhere';
    if (out && this.#page.client.state === 'connected') void this.join();
  }

  #lost(): void {
    this.#ticket = undefined;
    if (!this.#page.signal.aborted) this.#is({ state: this.#before > 0 ? 'lost' : 'connecting' });
  }

  #is(play: Play): void {
    this.#play = play;
    this.#told(play);
  }
}
