/**
 * What a test has opened is closed in reverse, as `defer` does: a page goes before the server that it talks to. `t.after` runs
 * its hooks in the order in which they were registered.
 */
import type { TestContext } from 'node:test';

type Closing = () => unknown;

const closings = new WeakMap<TestContext, Closing[]>();

/** Runs `closing` when the test has ended, before all that was registered earlier. Each runs, whatever the others throw. */
export function atEnd(t: TestContext, closing: Closing): void {
  const known = closings.get(t);
  if (known !== undefined) {
    known.push(closing);
    return;
  }
  const all = [closing];
  closings.set(t, all);
  t.after(async () => {
    const errors: unknown[] = [];
    for (const close of all.toReversed()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'More than one thing went wrong at the end');
  });
}
