/** The applications while the server runs: started one after the other, stopped in reverse, each whatever the others do. */
import type { Route } from 'tidewire';
import type { Application, ApplicationContext, RunningApplication } from './application.ts';
import type { FiguresSource } from './figures.ts';

export class RunningApplications {
  readonly #running: ReadonlyMap<string, RunningApplication>;

  private constructor(running: ReadonlyMap<string, RunningApplication>) {
    this.#running = running;
  }

  /** Starts them. When one can't, those before it are stopped again. @throws what it threw */
  static async start(applications: readonly Application[], context: ApplicationContext): Promise<RunningApplications> {
    const running = new Map<string, RunningApplication>();
    const all = new RunningApplications(running);
    try {
      for (const application of applications) {
        if (application.start) running.set(application.id, await application.start(context));
      }
    } catch (error) {
      await all.stop().catch((also: unknown) => context.onError(also, { stage: 'stop' }));
      throw error;
    }
    return all;
  }

  get routes(): Readonly<Record<string, Route<any, any>>> {
    return Object.assign({}, ...[...this.#running.values()].map(({ routes }) => routes));
  }

  get figures(): readonly (readonly [id: string, source: FiguresSource])[] {
    return [...this.#running].flatMap(([id, running]) =>
      running.figures ? [[id, () => running.figures!()] as const] : [],
    );
  }

  /** @throws AggregateError of what they threw, once each was asked */
  async stop(): Promise<void> {
    const errors: unknown[] = [];
    for (const running of [...this.#running.values()].toReversed()) {
      try {
        await running.stop?.();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Not every application stopped well');
  }
}
