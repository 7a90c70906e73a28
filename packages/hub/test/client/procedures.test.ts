import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handler, Invocation } from '../../src/client/procedures.ts';
// Fetched when it is asked for; here it is there before.
import '../../src/client/procedures.ts';
import { HubError } from '../../src/contract/errors.ts';
import { codeOf, type Line, type Scene, scene, settled } from './fake-hub.ts';

interface Registered extends Scene {
  readonly line: Line;
  readonly registration: { unregister(): void };
}

async function registered(handler: Handler): Promise<Registered> {
  const test = scene();
  const line = await test.join();
  const registration = test.hub.register('double', handler as () => number);
  await settled();
  const { request, procedure } = line.take('REGISTER');
  assert.equal(procedure, 'double');
  line.say({ type: 'REGISTERED', request, registration: 9 });
  return { ...test, line, registration: await registration };
}

function invoke(line: Line, args: readonly unknown[], details = {}, request = 1): void {
  line.say({ type: 'INVOCATION', request, registration: 9, details, args });
}

describe('a registered procedure', () => {
  it('answers, and knows its caller', async () => {
    let caller: Invocation['caller'];
    const { line } = await registered((input, invocation) => {
      caller = invocation.caller;
      return input * 2;
    });
    invoke(line, [21], { caller: 5, caller_authid: 'ann', caller_authrole: 'agent' });
    await settled();
    const { args, options } = line.take('YIELD');
    assert.deepEqual([args, options], [[42], {}]);
    assert.deepEqual(caller, { session: 5, user: 'ann', role: 'agent' });
  });

  it('tells progress when the caller asked for it', async () => {
    const { line } = await registered((input, { progress }) => {
      progress(1);
      return input;
    });
    invoke(line, [2], { receive_progress: true }, 1);
    invoke(line, [3], {}, 2);
    await settled();
    const yields = line.sent
      .splice(0)
      .map((message) => message.type === 'YIELD' && [message.request, message.options, message.args]);
    assert.deepEqual(yields, [
      [1, { progress: true }, [1]],
      [1, {}, [2]],
      [2, {}, [3]],
    ]);
  });

  it('refuses by a HubError, and tells of any other error nothing but that', async () => {
    const { line, errors } = await registered((input) => {
      throw input === 1 ? new HubError('sold-out', 'All gone', { data: 3 }) : new Error('secret');
    });
    invoke(line, [1], {}, 1);
    invoke(line, [2], {}, 2);
    invoke(line, ['x'], {}, 3);
    await settled();
    const told = line.sent
      .splice(0)
      .map((message) => message.type === 'ERROR' && [message.error, message.args, message.kwargs]);
    assert.deepEqual(told.slice(0, 2), [
      ['tidewire.error.sold_out', ['All gone'], { code: 'sold-out', temporary: false, data: 3 }],
      ['tidewire.error.internal', ['Something went wrong here'], { code: 'internal', temporary: false }],
    ]);
    assert.equal((told[2] as unknown[])[0], 'wamp.error.invalid_argument');
    assert.deepEqual(errors.map(String), ['Error: secret']);
  });

  it('that returns what the contract forbids has failed by itself', async () => {
    const { line, errors } = await registered(() => 'two');
    invoke(line, [1]);
    await settled();
    assert.equal(line.take('ERROR').error, 'tidewire.error.internal');
    assert.match(String(errors[0]), /contract forbids/);
  });

  it('hears that its caller canceled, and that the session is over', async () => {
    const reasons: unknown[] = [];
    const { line } = await registered(async (_, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      reasons.push((signal.reason as HubError).code);
      throw signal.reason;
    });
    invoke(line, [1], {}, 1);
    invoke(line, [1], {}, 2);
    await settled();
    line.say({ type: 'INTERRUPT', request: 1, options: {} });
    await settled();
    assert.equal(line.take('ERROR').error, 'wamp.error.canceled');
    line.ended(1006);
    await settled();
    assert.deepEqual(reasons, ['canceled', 'unavailable']);
    assert.equal(line.sent.length, 0);
  });

  it('is registered again in the next session', async () => {
    const { line, retry, join } = await registered((input) => input);
    line.ended(1006);
    await retry();
    const next = await join();
    next.say({ type: 'REGISTERED', request: next.take('REGISTER').request, registration: 11 });
    next.say({ type: 'INVOCATION', request: 1, registration: 11, details: {}, args: [5] });
    await settled();
    assert.deepEqual(next.take('YIELD').args, [5]);
  });

  it('answers no more once it is given up', async () => {
    const { line, registration, retry, join } = await registered((input) => input);
    registration.unregister();
    const { request, registration: id } = line.take('UNREGISTER');
    assert.equal(id, 9);
    invoke(line, [1]);
    assert.equal(line.take('ERROR').error, 'wamp.error.no_such_procedure');
    line.say({ type: 'UNREGISTERED', request });
    line.ended(1006);
    await retry();
    assert.equal((await join()).sent.length, 0);
  });

  it('whose registration the hub ends is told', async () => {
    const { line, errors } = await registered((input) => input);
    line.say({ type: 'UNREGISTERED', request: 0, details: { registration: 9 } });
    assert.equal((errors[0] as HubError).code, 'denied');
  });
});

describe('a registration', () => {
  it('rejects when it is refused, when it stands already, and when the client is closed', async () => {
    const { hub, join } = scene();
    const line = await join();
    const refused = codeOf(hub.register('double', (input) => input));
    await settled();
    const waiting = hub.register('double', (input) => input);
    await assert.rejects(waiting, /answers double already/);
    const { request } = line.take('REGISTER');
    const error = 'wamp.error.procedure_already_exists';
    line.say({ type: 'ERROR', requestType: 64, request, details: {}, error });
    assert.equal(await refused, 'procedure-exists');
    const never = codeOf(hub.register('double', (input) => input));
    await settled();
    void hub.close();
    assert.equal(await never, 'canceled');
    assert.equal(await codeOf(hub.register('double', (input) => input)), 'canceled');
  });
});
