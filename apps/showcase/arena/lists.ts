/** The two lists beside the field: who plays, and the ten best. They are the points that the hub keeps, and nothing else. */
import { element, fill, words } from '../shared/element.ts';
import { whole } from '../shared/numbers.ts';
import { partOf } from '../shared/part-of.ts';
import type { Best, Player } from './contract.ts';
import { hueOf } from './painter.ts';

export class Lists {
  readonly #players: HTMLElement = partOf(document, '#arena-players', HTMLElement);
  readonly #best: HTMLElement = partOf(document, '#arena-best', HTMLElement);
  readonly #empty: HTMLElement = partOf(document, '#arena-best-empty', HTMLElement);

  /** Shows who plays, most points first. */
  players(players: readonly Player[], mine: string): void {
    const sorted = players.toSorted((a, b) => b.score - a.score || a.name.localeCompare(b.name));
    fill(this.#players, ...sorted.map((player) => this.#playerItem(player, mine)));
    if (sorted.length === 0) fill(this.#players, element('li', { class: 'arena-away' }, 'Nobody'));
  }

  best(best: readonly Best[], mine: string): void {
    this.#empty.hidden = best.length > 0;
    fill(
      this.#best,
      ...best.map(({ id, name, score }, i) =>
        element(
          'li',
          { class: id === mine ? 'mine' : undefined },
          element('span', { class: 'arena-place', 'aria-hidden': 'true' }, `${i + 1}.`),
          words(name, { class: 'arena-name' }),
          element('span', { class: 'arena-points' }, whole(score)),
        ),
      ),
    );
  }

  #playerItem({ seat, id, name, away, score }: Player, mine: string): HTMLElement {
    const dot = element('span', { class: 'arena-dot', 'aria-hidden': 'true' });
    dot.style.background = `hsl(${hueOf(seat)} 62% 50%)`;
    return element(
      'li',
      { class: id === mine ? 'mine' : undefined, 'data-seat': seat },
      dot,
      element(
        'span',
        { class: 'arena-name' },
        words(name),
        away && element('span', { class: 'arena-away' }, ' · away'),
      ),
      element('span', { class: 'arena-points' }, whole(score)),
    );
  }
}
