/**
 * When subscribers are told: at the end of the turn in which something was published, so that a burst reaches each of them as
 * one. Order holds over topics as well (WAMP, "Ordering Guarantees"), so one topic gathers at a time: when another one begins,
 * the first one tells what it has.
 */

/** A topic that gathers what its subscribers are to be told. */
export interface Gathering {
  tell(): void;
}

export class Telling {
  readonly #atEndOfTurn: (work: () => void) => void;
  readonly #turnEnds: () => void;
  #gathering: Gathering | undefined;
  #isAsked = false;

  /** @param atEndOfTurn calls back when the callbacks of this turn have run */
  constructor(atEndOfTurn: (work: () => void) => void) {
    this.#atEndOfTurn = atEndOfTurn;
    this.#turnEnds = () => {
      this.#isAsked = false;
      this.tell();
    };
  }

  /** A topic has something to tell, when the turn ends at the latest. */
  gather(topic: Gathering): void {
    if (this.#gathering === topic) return;
    this.tell();
    this.#gathering = topic;
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#atEndOfTurn(this.#turnEnds);
  }

  /** Has told now what was gathered. */
  tell(): void {
    const gathering = this.#gathering;
    this.#gathering = undefined;
    gathering?.tell();
  }
}
