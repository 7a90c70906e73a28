/** How far the other members of a talk have got, and what that makes of a message at some place. */
import type { Progress } from '../shared/message-list.ts';
import type { Mark } from './contract.ts';

export class Receipts {
  readonly #delivered = new Map<string, number>();
  readonly #read = new Map<string, number>();

  told({ user, kind, offset }: Mark): void {
    const marks = kind === 'read' ? this.#read : this.#delivered;
    marks.set(user, Math.max(marks.get(user) ?? 0, offset));
  }

  /** Of a message that the hub has, for these people: with more than one it says how many. */
  progressOf(offset: number, people: readonly string[]): Progress {
    const count = (...marks: readonly ReadonlyMap<string, number>[]): number =>
      people.filter((id) => marks.some((of) => (of.get(id) ?? 0) >= offset)).length;
    const read = count(this.#read);
    // What is read has been delivered, whichever mark comes first.
    const delivered = count(this.#read, this.#delivered);
    const all = people.length;
    if (all > 0 && read === all) return { state: 'read', says: all > 1 ? 'read by all' : 'read' };
    if (read > 0) return { state: 'delivered', says: `read by ${read} of ${all}` };
    if (all > 0 && delivered === all) return { state: 'delivered', says: 'delivered' };
    if (delivered > 0) return { state: 'sent', says: `delivered to ${delivered} of ${all}` };
    return { state: 'sent', says: 'sent' };
  }
}
