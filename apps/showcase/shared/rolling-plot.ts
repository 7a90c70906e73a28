/**
 * A plot of the last seconds, now at its right edge, by uPlot: as wide as its place, in the colours of the theme. It keeps its
 * points for as long as they are seen. Its numbers must stand somewhere as text, too: a canvas is read out by its label alone.
 */
import uPlot from 'uplot';

export interface RollingPlotOptions {
  /** What the plot shows, for who can't see it. */
  readonly label: string;
  /** A name and the token of a colour for each series, for example `--series-1`. */
  readonly series: readonly { readonly name: string; readonly colour: string }[];
  /** ms from edge to edge. @default 30_000 */
  readonly span?: number;
  /** Pixels. @default 160 */
  readonly height?: number;
  /** The axis reaches at least so high. @default 1 */
  readonly least?: number;
  /** Lower edge; null for the lowest value in sight. @default 0 */
  readonly floor?: number | null;
  /** A value as the axis shows it. @default up to three digits */
  readonly format?: (value: number) => string;
}

/** A value for each series; null where there is none. */
type Point = { readonly at: number; readonly values: readonly (number | null)[] };

const maxPoints = 2000;

export class RollingPlot {
  readonly #options: Required<RollingPlotOptions>;
  readonly #root: HTMLElement;
  readonly #plot: uPlot;
  #points: Point[] = [];

  /** Draws into `root`, which gets the class `plot`. */
  constructor(root: HTMLElement, options: RollingPlotOptions) {
    this.#options = { span: 30_000, height: 160, least: 1, floor: 0, format: (value) => String(value), ...options };
    this.#root = root;
    root.classList.add('plot');
    root.role = 'img';
    root.ariaLabel = options.label;
    this.#plot = new uPlot(this.#uPlotOptions(), this.#columns(0), root);
    new ResizeObserver(() => this.#resize()).observe(root);
    addEventListener('themechange', () => this.#plot.redraw(false));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot.redraw(false));
  }

  /** Takes a value of each series; `at` in ms, never before the last one. */
  add(at: number, values: readonly (number | null)[]): void {
    this.#points.push({ at, values });
    const first = this.#points.findIndex((point) => at - point.at <= this.#options.span);
    this.#points.splice(0, Math.max(first, this.#points.length - maxPoints));
  }

  /** Draws what there is, `now` being the right edge. */
  draw(now: number): void {
    this.#plot.setData(this.#columns(now));
  }

  #columns(now: number): uPlot.AlignedData {
    const columns = this.#options.series.map((_, index) => this.#points.map(({ values }) => values[index] ?? null));
    return [this.#points.map(({ at }) => (at - now) / 1000), ...columns];
  }

  #uPlotOptions(): uPlot.Options {
    const { series, height, span, least, floor, format } = this.#options;
    const axis = {
      stroke: () => this.#colour('--quiet'),
      grid: { stroke: () => this.#colour('--line'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui, sans-serif',
    } satisfies uPlot.Axis;
    return {
      width: Math.max(this.#root.clientWidth, 100),
      height,
      padding: [8, 14, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: [-span / 1000, 0] },
        y: { range: (_, lowest, highest) => [floor ?? lowest ?? 0, Math.max(highest ?? 0, least) * 1.06] },
      },
      axes: [
        { ...axis, size: 24, values: (_, splits) => splits.map((second) => (second === 0 ? 'now' : `${second} s`)) },
        { ...axis, size: 52, values: (_, splits) => splits.map(format) },
      ],
      series: [
        {},
        ...series.map(({ name, colour }) => ({
          label: name,
          stroke: () => this.#colour(colour),
          width: 1.75,
          points: { show: false },
        })),
      ],
    };
  }

  #resize(): void {
    const width = this.#root.clientWidth;
    if (width > 0) this.#plot.setSize({ width, height: this.#options.height });
  }

  /** A canvas takes no variables: an element of the page says what one comes to, in the theme that it has now. */
  #colour(token: string): string {
    const probe = this.#plot?.root ?? this.#root;
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  }
}
