/** How applications are started and stopped, and what becomes of the rest when one of them fails. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Application, ApplicationContext, RunningApplication } from '../application.ts';
import { RunningApplications } from '../running-applications.ts';

const page = { body: new URL('file:///page.html'), entry: new URL('file:///page.ts') };

/** Applications that say what is done with them. */
function scene() {
  const log: string[] = [];
  const context = {
    onError: (error, { stage }) => log.push(`${stage}: ${(error as AggregateError).errors}`),
  } as Partial<ApplicationContext> as ApplicationContext;
  const application = (id: string, running: RunningApplication = {}, fails?: Error): Application => ({
    id,
    title: id,
    summary: id,
    page,
    async start() {
      await Promise.resolve();
      log.push(`start ${id}`);
      if (fails) throw fails;
      return { stop: () => void log.push(`stop ${id}`), ...running };
    },
  });
  return { log, context, application };
}

describe('the applications', () => {
  it('are started in their order, one after the other, and stopped in reverse', async () => {
    const { log, context, application } = scene();
    const alone: Application = { id: 'alone', title: '', summary: '', page };
    const all = await RunningApplications.start([application('a'), alone, application('b')], context);
    await all.stop();
    assert.deepEqual(log, ['start a', 'start b', 'stop b', 'stop a']);
  });

  it('contribute their routes and figures', async () => {
    const { context, application } = scene();
    const [one, two] = [{ open() {} }, { open() {} }];
    const all = await RunningApplications.start(
      [
        application('a', { routes: { '/one': one } }),
        application('b', { routes: { '/two': two }, figures: () => ({ guests: 2 }) }),
      ],
      context,
    );
    assert.deepEqual(all.routes, { '/one': one, '/two': two });
    assert.deepEqual(
      all.figures.map(([id, source]) => [id, source()]),
      [['b', { guests: 2 }]],
    );
  });

  it('are stopped again when one of them can’t start, and what it threw is thrown', async () => {
    const { log, context, application } = scene();
    const failure = new Error('no disk');
    const broken = application('a', {
      stop() {
        throw new Error('nor can it stop');
      },
    });
    await assert.rejects(
      RunningApplications.start([broken, application('b'), application('c', {}, failure), application('d')], context),
      (error) => error === failure,
    );
    assert.deepEqual(log, ['start a', 'start b', 'start c', 'stop b', 'stop: Error: nor can it stop']);
  });

  it('are each stopped, whatever the others throw', async () => {
    const { log, context, application } = scene();
    const broken = { stop: () => Promise.reject(new Error('no')) };
    const all = await RunningApplications.start([application('a'), application('b', broken)], context);
    await assert.rejects(all.stop(), AggregateError);
    assert.deepEqual(log, ['start a', 'start b', 'stop a']);
  });
});
