/**
 * What goes out to one session, through its window. Whoever has something for it (a subscription, a watcher of presence) sends at
 * once while there is room, and otherwise stands in line; when there is room again, each in line sends one, in turn.
 *
 * Rule of this file: it shares out room and knows nothing of what is sent.
 */
import { Window, type WindowLimits } from './window.ts';

/** Somebody with something to send. */
export interface Outlet {
  /** What it sends is of a `latest` topic. */
  readonly latest: boolean;
  /** Sends one; true when more waits. Called only while there is room. */
  sendNext(): boolean;
}

export class Deliveries {
  readonly #limits: WindowLimits;
  readonly #probe: ((total: number) => void) | undefined;
  /** Made with the first delivery: many sessions only publish, or call. */
  #window: Window | undefined;
  #waiting: Set<Outlet> | undefined;
  #waitingLatest: Set<Outlet> | undefined;
  /** The total of the probe that is under way. */
  #probing = 0;
  #serving = false;
  #stopped = false;

  /** @param probe asks the peer's line how far it is; absent for peers that acknowledge by themselves */
  constructor(limits: WindowLimits, probe: ((total: number) => void) | undefined) {
    this.#limits = limits;
    this.#probe = probe;
  }

  hasRoom(latest: boolean): boolean {
    return this.#window === undefined || this.#window.hasRoom(latest);
  }

  /** How many bytes so many publications may take together; 0: they have no room as a whole. */
  roomFor(count: number, latest: boolean): number {
    this.#window ??= new Window(this.#limits);
    return this.#window.roomFor(count, latest);
  }

  sent(bytes: number, latest: boolean): void {
    this.#window ??= new Window(this.#limits);
    this.#window.add(bytes, latest);
    if (this.#probe !== undefined && !this.#serving) this.#askIfHalfFull();
  }

  /** As `sent`, for several. */
  sentRun(sizes: readonly number[], latest: boolean): void {
    const window = (this.#window ??= new Window(this.#limits));
    if (latest) for (const size of sizes) window.add(size, true);
    else window.addRun(sizes);
    if (this.#probe !== undefined && !this.#serving) this.#askIfHalfFull();
  }

  /** Stands in line until there is room. Whoever is in line already keeps their place. */
  wait(outlet: Outlet): void {
    if (this.#stopped) return;
    if (outlet.latest) (this.#waitingLatest ??= new Set()).add(outlet);
    else (this.#waiting ??= new Set()).add(outlet);
  }

  leave(outlet: Outlet): void {
    (outlet.latest ? this.#waitingLatest : this.#waiting)?.delete(outlet);
  }

  /**
   * The peer has everything up to the `total`th publication. False: so many were never sent. From within a `deliver` it
   * would be too early, since that one is not counted yet.
   */
  acknowledge(total: number): boolean {
    if (this.#window === undefined) return total === 0;
    if (!this.#window.acknowledge(total)) return false;
    if (total >= this.#probing) this.#probing = 0;
    this.#serve();
    if (this.#probe !== undefined) this.#askIfHalfFull();
    return true;
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = undefined;
    this.#waitingLatest = undefined;
  }

  /** One of each line in turn: neither has to wait until the other is empty. */
  #serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    try {
      for (let served = true; served; ) {
        const one = this.#serveOne(this.#waiting, false);
        served = this.#serveOne(this.#waitingLatest, true) || one;
      }
    } finally {
      this.#serving = false;
    }
  }

  #serveOne(line: Set<Outlet> | undefined, latest: boolean): boolean {
    if (line === undefined || line.size === 0 || this.#stopped || !this.hasRoom(latest)) return false;
    const [first] = line as Set<Outlet>;
    line.delete(first!);
    if (first!.sendNext()) line.add(first!);
    return true;
  }

  #askIfHalfFull(): void {
    if (this.#probing > 0 || this.#stopped || !this.#window!.isHalfFull) return;
    this.#probing = this.#window!.sent;
    this.#probe!(this.#probing);
  }
}
