/**
 * HTTP beside WebSocket: four transports side by side, over the same updates, as numbers and as plots. They run only while
 * somebody can see them, since browsers keep no more than six HTTP/1.1 connections to a server, for all windows together.
 */

import { ClockOffset } from '../shared/clock-offset.ts';
import { whole } from '../shared/numbers.ts';
import { whileOnScreen } from '../shared/on-screen.ts';
import { partOf } from '../shared/part-of.ts';
import { RollingPlot } from '../shared/rolling-plot.ts';
import { TransportPanel } from './transport-panel.ts';
import { longPolling, polling, serverSentEvents, type Transport, webSocket } from './transports.ts';

const series = [
  { name: 'Polling', colour: '--series-4' },
  { name: 'Long polling', colour: '--series-2' },
  { name: 'Server-sent events', colour: '--series-3' },
  { name: 'WebSocket', colour: '--series-1' },
] as const;

/** Ages change ten times a second; rates are means over seconds. */
const ageInterval = 100;
const rateInterval = 500;

/** Brings the section to life. */
export function startComparison(): void {
  const section = partOf(document, '#comparison', HTMLElement);
  const pause = partOf(section, '#comparison-pause', HTMLButtonElement);
  const comparison = new Comparison();
  let stop: (() => void) | undefined;
  let paused = false;
  const decide = (onScreen: boolean): void => {
    if (onScreen && !paused) stop ??= comparison.start();
    else {
      stop?.();
      stop = undefined;
    }
  };
  let visible = false;
  whileOnScreen(section, () => {
    decide((visible = true));
    return () => decide((visible = false));
  });
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    pause.textContent = paused ? 'Go on' : 'Pause';
    decide(visible);
  });
}

class Comparison {
  readonly #offset = new ClockOffset();
  readonly #panels: readonly TransportPanel[];
  readonly #transports: readonly Transport[];
  readonly #ages: RollingPlot;
  readonly #requests: RollingPlot;
  readonly #bytes: RollingPlot;
  #stopPolling: (() => void) | undefined;

  constructor() {
    this.#panels = ['polling', 'long-polling', 'events', 'socket'].map((id) => new TransportPanel(id, this.#offset));
    this.#transports = [polling(chosenInterval, this.#offset), longPolling, serverSentEvents, webSocket];
    const place = (id: string): HTMLElement => partOf(document, `#${id}`, HTMLElement);
    this.#ages = new RollingPlot(place('plot-age'), {
      label: 'Age of the data over the last 30 seconds, in ms, of each transport',
      series,
      least: 200,
      format: whole,
    });
    this.#requests = new RollingPlot(place('plot-requests'), {
      label: 'Requests each second over the last 30 seconds, of each transport',
      series,
      least: 2,
    });
    this.#bytes = new RollingPlot(place('plot-bytes'), {
      label: 'Kilobytes each second over the last 30 seconds, of each transport',
      series,
      least: 2,
      format: (value) => `${value} kB`,
    });
    for (const choice of choices()) choice.addEventListener('change', () => this.#pollAnew());
  }

  /** @returns what ends it */
  start(): () => void {
    for (const panel of this.#panels) panel.reset();
    const stops = this.#transports.slice(1).map((transport, index) => transport(this.#panels[index + 1]!));
    this.#stopPolling = this.#transports[0]!(this.#panels[0]!);
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const timers = [
      setInterval(() => this.#addAges(), ageInterval),
      setInterval(() => this.#addRates(), rateInterval),
      setInterval(() => this.#show(), calm ? 2000 : 250),
    ];
    let frame = requestAnimationFrame(function sample(this: void) {
      for (const panel of panels) panel.sample();
      frame = requestAnimationFrame(sample);
    });
    const panels = this.#panels;
    return () => {
      for (const stop of stops) stop();
      this.#stopPolling?.();
      this.#stopPolling = undefined;
      for (const timer of timers) clearInterval(timer);
      cancelAnimationFrame(frame);
      // The curves end here, and begin anew where it goes on.
      const nothing = series.map(() => null);
      for (const plot of [this.#ages, this.#requests, this.#bytes]) plot.add(performance.now(), nothing);
    };
  }

  #pollAnew(): void {
    if (this.#stopPolling === undefined) return;
    this.#stopPolling();
    this.#stopPolling = this.#transports[0]!(this.#panels[0]!);
  }

  #addAges(): void {
    this.#ages.add(
      performance.now(),
      this.#panels.map(({ age }) => age ?? null),
    );
  }

  #addRates(): void {
    const rates = this.#panels.map((panel) => panel.rates());
    const now = performance.now();
    this.#requests.add(
      now,
      rates.map(({ requests }) => requests),
    );
    this.#bytes.add(
      now,
      rates.map(({ bytes }) => bytes / 1000),
    );
  }

  #show(): void {
    for (const panel of this.#panels) panel.show();
    const now = performance.now();
    for (const plot of [this.#ages, this.#requests, this.#bytes]) plot.draw(now);
  }
}

function choices(): NodeListOf<HTMLInputElement> {
  return document.querySelectorAll<HTMLInputElement>('input[name="poll-interval"]');
}

/** In ms. A browser that comes back to the page restores what was chosen. */
function chosenInterval(): number {
  return Number([...choices()].find(({ checked }) => checked)?.value ?? 1000);
}
