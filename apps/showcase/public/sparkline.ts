/** A small curve without axes: what something was in the last seconds, now at the right edge. */

const namespace = 'http://www.w3.org/2000/svg';

export interface SparklineOptions {
  /** How much time fits from edge to edge, in ms. */
  readonly span: number;
  /** The value at the lower edge. @default the smallest there is */
  readonly floor?: number;
}

/** Keeps the values of its span and draws them into an `svg` element, as wide as its viewBox. */
export class Sparkline {
  readonly #path: SVGPathElement = document.createElementNS(namespace, 'path');
  readonly #width: number;
  readonly #height: number;
  readonly #options: SparklineOptions;
  readonly #points: { at: number; value: number }[] = [];

  constructor(svg: SVGSVGElement, options: SparklineOptions) {
    const { width, height } = svg.viewBox.baseVal;
    this.#width = width;
    this.#height = height;
    this.#options = options;
    svg.append(this.#path);
  }

  get highest(): number {
    return this.#points.reduce((highest, { value }) => Math.max(highest, value), 0);
  }

  /** `at` in ms, never before the last one. */
  add(at: number, value: number): void {
    this.#points.push({ at, value });
    const first = this.#points.findIndex((point) => at - point.at <= this.#options.span);
    this.#points.splice(0, first);
  }

  /** `now` is the moment at the right edge, `ceiling` the value at the upper one. */
  draw(now: number, ceiling?: number): void {
    if (this.#points.length < 2) return;
    const values = this.#points.map(({ value }) => value);
    const floor = this.#options.floor ?? Math.min(...values);
    const height = (ceiling ?? Math.max(...values)) - floor || 1;
    const corners = this.#points.map(({ at, value }) => {
      const x = this.#width * (1 - (now - at) / this.#options.span);
      // A stroke is as wide as it is: half of it would be cut off at the edges.
      const y = this.#height - 1 - ((value - floor) / height) * (this.#height - 2);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    this.#path.setAttribute('d', `M${corners.join('L')}`);
  }
}
