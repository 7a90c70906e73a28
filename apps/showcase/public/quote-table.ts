/** The rows of prices: made once per symbol, then only written where something changed. */
import type { Quote } from '../market.ts';
import { Sparkline } from './sparkline.ts';

interface Row {
  readonly price: HTMLTableCellElement;
  readonly change: HTMLTableCellElement;
  readonly curve: Sparkline;
}

/** Shows quotes in the body of a table. */
export class QuoteTable {
  readonly #body: HTMLTableSectionElement;
  readonly #rows: Map<string, Row> = new Map();

  constructor(body: HTMLTableSectionElement) {
    this.#body = body;
  }

  /** `at` is the moment they came, in ms. */
  show(quotes: readonly Quote[], at: number): void {
    for (const { symbol, price, change } of quotes) {
      const row = this.#rows.get(symbol) ?? this.#add(symbol);
      row.price.textContent = price.toFixed(2);
      // U+2212 is as wide as the plus, so the column stands still.
      row.change.textContent = `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(2)} %`;
      row.change.className = change < 0 ? 'fall' : 'rise';
      row.curve.add(at, price);
      row.curve.draw(at);
    }
  }

  #add(symbol: string): Row {
    const line = this.#body.insertRow();
    const name = document.createElement('th');
    name.scope = 'row';
    name.textContent = symbol;
    line.append(name);
    const price = line.insertCell();
    const change = line.insertCell();
    const course = line.insertCell();
    course.className = 'quote-spark';
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('class', 'spark');
    svg.setAttribute('viewBox', '0 0 100 20');
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    course.append(svg);
    const row = { price, change, curve: new Sparkline(svg, { span: 30_000 }) };
    this.#rows.set(symbol, row);
    return row;
  }
}
