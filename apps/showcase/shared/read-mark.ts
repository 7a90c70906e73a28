/**
 * How far somebody has got in a topic. It only moves on; one step is under way at a time, and what is reached meanwhile goes
 * with the next.
 */

export class ReadMark {
  readonly #publish: (offset: number) => Promise<unknown>;
  #known = 0;
  #wanted = 0;
  #underWay = false;

  /** `publish` resolves when the hub has it. */
  constructor(publish: (offset: number) => Promise<unknown>) {
    this.#publish = publish;
  }

  /** As far as is known here: what the hub told, and what was reached in this window. */
  get offset(): number {
    return Math.max(this.#known, this.#wanted);
  }

  /** The hub told it: perhaps another window has got further. */
  told(offset: number): void {
    this.#known = Math.max(this.#known, offset);
  }

  reached(offset: number): void {
    this.#wanted = Math.max(this.#wanted, offset);
    void this.#go();
  }

  async #go(): Promise<void> {
    if (this.#underWay || this.#wanted <= this.#known) return;
    this.#underWay = true;
    const offset = this.#wanted;
    try {
      await this.#publish(offset);
      this.told(offset);
    } catch {
      // The topic is not ours any more, or the page ends: nothing depends on it.
      this.#known = Math.max(this.#known, offset);
    } finally {
      this.#underWay = false;
    }
    void this.#go();
  }
}
