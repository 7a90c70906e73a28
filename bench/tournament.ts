/**
 * Who plays when: the rivals of a work in turn within each round. One that this machine can't run is left out with a sentence;
 * one that fails (a wrong byte, a server that ends) is left out from then on, and the run goes on and ends with exit code 1.
 */
import { measureCpu } from './measure.ts';
import { measureMemory } from './memory.ts';
import type { Generator } from './preparation.ts';
import { CannotPlay } from './processes.ts';
import type { Played } from './report.ts';
import type { Skipped } from './report-format.ts';
import type { RivalName } from './rivals.ts';
import type { Bench, Contender, Sample, Task, Work } from './work.ts';

export class Tournament {
  failed = false;
  readonly #generator: Generator;
  readonly #certificate: NonNullable<Task['tls']> | string;
  readonly #timing: Bench['timing'];
  readonly #played = new Map<string, Partial<Record<RivalName, Sample[]>>>();
  readonly #skipped = new Map<string, Skipped[]>();

  constructor(generator: Generator, certificate: NonNullable<Task['tls']> | string, timing: Bench['timing']) {
    this.#generator = generator;
    this.#certificate = certificate;
    this.#timing = timing;
  }

  get played(): Played {
    return this.#played;
  }

  skippedIn(work: Work): readonly Skipped[] {
    return this.#skipped.get(work.name) ?? [];
  }

  benchFor(work: Work, contender: Contender): Bench {
    const tls = work.needs?.includes('tls') ? { tls: this.#certificate as NonNullable<Task['tls']> } : {};
    return {
      work,
      contender,
      task: { ...work.task, ...tls },
      generator: this.#generator.command,
      timing: this.#timing,
      nodeOptions: [],
    };
  }

  async play(work: Work, wanted: readonly RivalName[], rounds: number): Promise<void> {
    const contenders = work.contenders.filter(({ rival }) => wanted.includes(rival));
    const samples: Partial<Record<RivalName, Sample[]>> = Object.fromEntries(
      contenders.map(({ rival }) => [rival, []]),
    );
    const skipped: Skipped[] = [];
    this.#played.set(work.name, samples);
    this.#skipped.set(work.name, skipped);
    const lacks = this.#lackOf(work);
    if (lacks !== undefined) skipped.push(...contenders.map(({ rival }) => ({ rival, why: lacks })));
    for (let round = 1; round <= Math.min(rounds, work.rounds ?? rounds); round++) {
      for (const contender of contenders) {
        const { rival } = contender;
        if (round > (contender.rounds ?? rounds) || skipped.some((one) => one.rival === rival)) continue;
        try {
          const sample = await this.#measure(work, contender);
          samples[rival]?.push(sample);
          process.stderr.write(`${work.name} ${round}/${rounds} ${rival}: ${inShort(sample)}\n`);
        } catch (error) {
          skipped.push({ rival, why: (error as Error).message.split('\n')[0] as string });
          this.failed ||= !(error instanceof CannotPlay);
          process.stderr.write(`${work.name} ${round}/${rounds} ${rival}: ${(error as Error).message}\n`);
        }
      }
    }
  }

  async #measure(work: Work, contender: Contender): Promise<Sample> {
    const bench = this.benchFor(work, contender);
    const { how = 'cpu' } = work;
    if (typeof how === 'function') return how(bench);
    return how === 'cpu' ? (await measureCpu(bench)).sample : measureMemory(how, bench);
  }

  #lackOf({ needs = [] }: Work): string | undefined {
    const { has } = this.#generator;
    if (needs.includes('deflate') && !has.includes('deflate')) {
      return 'The generator was compiled without zlib, whose headers are in zlib1g-dev.';
    }
    if (!needs.includes('tls')) return undefined;
    if (!has.includes('tls')) return 'The generator was compiled without OpenSSL, whose headers are in libssl-dev.';
    return typeof this.#certificate === 'string' ? this.#certificate : undefined;
  }
}

function inShort({ user, system, memory, ...others }: Sample): string {
  if (memory !== undefined) return `${memory.toFixed(2)} KiB`;
  if (user !== undefined && system !== undefined) return `${user.toFixed(3)} + ${system.toFixed(3)} µs`;
  return JSON.stringify(others);
}
