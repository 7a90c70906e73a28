import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HubError } from '../../src/contract/errors.ts';
import { codeOf, scene, settled } from './fake-hub.ts';

const goodbye = (reason: string) => ({ type: 'GOODBYE', details: {}, reason }) as const;
const abort = (reason: string) => ({ type: 'ABORT', details: { message: 'No' }, reason }) as const;

describe('a session', () => {
  it('begins with HELLO for the realm, without a token as whoever the handshake showed, and says that it acknowledges', async () => {
    const { hub, open, states } = scene();
    const line = await open();
    const { realm, details } = line.take('HELLO');
    assert.equal(realm, 'realm1');
    assert.deepEqual(details.authmethods, ['transport', 'anonymous']);
    assert.equal(details['_tidewire_acknowledges'], true);
    assert.equal(hub.state, 'connecting');
    line.welcome({ authid: 'ann', authrole: 'agent' });
    assert.deepEqual(hub.status, { state: 'connected', session: 7, user: 'ann', role: 'agent' });
    assert.deepEqual(states, ['connecting', 'connected']);
    await hub.connected();
  });

  it('answers the challenge with the token', async () => {
    const { open } = scene({ token: async () => 'secret', realm: 'shop' });
    const line = await open();
    const { realm, details } = line.take('HELLO');
    assert.equal(realm, 'shop');
    assert.deepEqual(details.authmethods, ['ticket']);
    line.say({ type: 'CHALLENGE', method: 'ticket', extra: {} });
    assert.equal(line.take('AUTHENTICATE').signature, 'secret');
  });

  it('comes back after the connection was lost, and tells the delay', async () => {
    const { hub, join, retry, states } = scene();
    const line = await join();
    line.ended(1006);
    const { status } = hub;
    assert.ok(status.state === 'waiting' && status.delay > 0 && status.attempt === 1);
    await retry();
    await join();
    assert.deepEqual(states, ['connecting', 'connected', 'waiting', 'connecting', 'connected']);
  });

  it('tells the clock of the hub', async () => {
    const { hub, join, clock } = scene();
    await join({ _tidewire_now: 5_000_000 });
    clock.advance(250);
    assert.equal(hub.now(), 5_000_250);
  });

  it('is begun anew when the hub does not say welcome in time', async () => {
    const test = scene();
    const line = await test.open();
    test.clock.advance(10_000);
    assert.deepEqual(line.closes, [[1000, undefined]]);
    await settled();
    assert.equal(test.attempts, 2);
    await test.join();
    assert.equal(test.hub.state, 'connected');
  });

  it('is over for good where no hub answers', async () => {
    const { hub, open } = scene({ subprotocol: '' });
    await open();
    const { error } = await hub.closed;
    assert.ok(error instanceof HubError);
    assert.equal(error.code, 'unavailable');
    assert.equal(error.temporary, false);
  });
});

describe('a token', () => {
  it('that is refused is asked for anew once, and then it is over', async () => {
    let asked = 0;
    const { hub, open, retry, clock } = scene({ token: () => `token ${++asked}` });
    for (const expected of ['token 1', 'token 2']) {
      const line = await open();
      line.take('HELLO');
      line.say({ type: 'CHALLENGE', method: 'ticket', extra: {} });
      assert.equal(line.take('AUTHENTICATE').signature, expected);
      line.say(abort('wamp.error.authentication_failed'));
      if (asked === 1) line.ended(3000);
      await retry();
    }
    const { error } = await hub.closed;
    assert.equal((error as HubError).code, 'unauthenticated');
    assert.equal(hub.state, 'closed');
    assert.equal(asked, 2);
    assert.equal(clock.pending, 0);
  });

  // It was told `no-matching-auth-method`, which is no code of the hub's.
  it('that is not there is unauthenticated where nobody is let in without one, whatever WAMP says of why', async () => {
    for (const reason of ['no_matching_auth_method', 'authentication_required']) {
      const { hub, open } = scene();
      const line = await open();
      line.say(abort(`wamp.error.${reason}`));
      assert.equal(((await hub.closed).error as HubError).code, 'unauthenticated');
    }
  });

  it('that is a string is refused for good at once', async () => {
    const { hub, open } = scene({ token: 'old' });
    const line = await open();
    line.say(abort('wamp.error.authentication_failed'));
    assert.equal(((await hub.closed).error as HubError).code, 'unauthenticated');
    assert.equal(await codeOf(hub.connected()), 'unauthenticated');
  });

  it('is kept over reconnects while it is good, and not once it is nearly over', async () => {
    let asked = 0;
    const { join, retry, clock } = scene({ token: () => `${++asked}` });
    const first = await join({ _tidewire_now: 0, _tidewire_expires: 1_000_000 });
    first.ended(1006);
    await retry();
    const second = await join({ _tidewire_now: 40_000, _tidewire_expires: 1_000_000 });
    assert.equal(asked, 1);
    second.ended(1006);
    clock.sleep(900_000);
    await settled();
    await join();
    assert.equal(asked, 2);
  });

  it('that can not be got now is asked for again after a delay', async () => {
    let asked = 0;
    const token = () => {
      if (++asked === 1) throw new Error('offline');
      return 'token';
    };
    const { hub, join, retry } = scene({ token });
    await settled();
    assert.equal(hub.state, 'waiting');
    await retry();
    await join();
    assert.equal(hub.state, 'connected');
  });

  it('that its source refuses for good ends the client', async () => {
    const token = () => {
      throw new HubError('unauthenticated', 'Signed out');
    };
    const { hub } = scene({ token });
    assert.equal((await hub.closed).error?.message, 'Signed out');
  });
});

describe('renewal', () => {
  const expiring = { _tidewire_now: 1_000_000, _tidewire_expires: 1_100_000 };

  it('brings a fresh token when 80 % of the life are over, and again after the new one', async () => {
    let asked = 0;
    const { join, clock } = scene({ token: () => `token ${++asked}` });
    const line = await join(expiring);
    clock.advance(79_999);
    await settled();
    assert.equal(line.sent.length, 0);
    clock.advance(1);
    await settled();
    const call = line.takeCall('tidewire.session.renew');
    assert.deepEqual(call.kwargs, { token: 'token 2' });
    line.result(call.request, { expires: 1_180_000 });
    await settled();
    clock.advance(80_000);
    await settled();
    assert.deepEqual(line.takeCall('tidewire.session.renew').kwargs, { token: 'token 3' });
  });

  it('is tried again when it fails for now, and not when it is refused', async () => {
    const { join, clock, errors } = scene({ token: () => 'token' });
    const line = await join(expiring);
    clock.advance(80_000);
    await settled();
    line.error(line.takeCall('tidewire.session.renew').request, 'tidewire.error.unavailable', { code: 'unavailable' });
    await settled();
    clock.advance(4_000);
    await settled();
    line.error(line.takeCall('tidewire.session.renew').request, 'wamp.error.not_authorized', { code: 'denied' });
    await settled();
    clock.advance(15_000);
    await settled();
    assert.equal(line.sent.length, 0);
    assert.equal(errors.length, 2);
  });

  it('does not happen with a token that can only be the same', async () => {
    const { join, clock } = scene({ token: 'token' });
    const line = await join(expiring);
    clock.advance(99_000);
    await settled();
    assert.equal(line.sent.length, 0);
  });

  it('of a session of many years waits for its time', async () => {
    const { join, clock } = scene({ token: () => 'token' });
    const line = await join({ _tidewire_now: 0, _tidewire_expires: 1e11 });
    clock.advance(7e10);
    await settled();
    assert.equal(line.sent.length, 0);
    clock.advance(1e10);
    await settled();
    line.takeCall('tidewire.session.renew');
  });
});

describe('the end of a session', () => {
  it('by GOODBYE is answered; after an expired one a fresh token is asked for', async () => {
    let asked = 0;
    const { hub, join, retry } = scene({ token: () => `${++asked}` });
    const line = await join();
    line.say(goodbye('tidewire.close.expired'));
    assert.equal(line.take('GOODBYE').reason, 'wamp.close.goodbye_and_out');
    line.ended(4001);
    await retry();
    await join();
    assert.equal(asked, 2);
    assert.equal(hub.state, 'connected');
  });

  it('by close code 4001 alone asks for a fresh token, too', async () => {
    let asked = 0;
    const { join, retry } = scene({ token: () => `${++asked}` });
    (await join()).ended(4001);
    await retry();
    await join();
    assert.equal(asked, 2);
  });

  it('does not wait for ever for the hub to close the connection', async () => {
    const test = scene();
    const line = await test.join();
    line.say(goodbye('wamp.close.system_shutdown'));
    test.clock.advance(10_000);
    await settled();
    assert.equal(test.attempts, 2);
  });

  for (const [how, end] of [
    ['GOODBYE', (line) => line.say(goodbye('tidewire.close.revoked'))],
    ['close code 3003', (line) => line.ended(3003)],
  ] as [string, (line: Awaited<ReturnType<ReturnType<typeof scene>['join']>>) => void][]) {
    it(`by revocation (${how}) is for good`, async () => {
      const { hub, join } = scene();
      end(await join());
      assert.equal(((await hub.closed).error as HubError).code, 'denied');
    });
  }

  it('by ABORT for a reason that time may heal is not for good', async () => {
    const { hub, open, join, retry } = scene();
    const line = await open();
    line.say(abort('tidewire.close.unavailable'));
    line.ended(1013);
    await retry();
    await join();
    assert.equal(hub.state, 'connected');
  });

  it('by ABORT for another reason tells it', async () => {
    const { hub, open } = scene();
    (await open()).say(abort('wamp.error.no_such_realm'));
    const { error } = await hub.closed;
    assert.equal((error as HubError).code, 'no-such-realm');
    assert.equal(error?.message, 'No');
  });
});

describe('messages that are none', () => {
  const joined: readonly (readonly [string, string])[] = [
    ['no JSON', '{'],
    ['no list', '{}'],
    ['an unknown code', '[99]'],
    ['WELCOME again', '[2,7,{}]'],
    ['an id that is none', '[36,0,1,{}]'],
    ['Details that are no dictionary', '[36,1,1,[]]'],
    ['Arguments that are no list', '[36,1,1,{},{}]'],
    ['an answer to what was not asked', '[50,1,{}]'],
    ['an error of what was not asked', '[8,48,1,{},"wamp.error.canceled"]'],
    ['an error without a URI', '[8,48,1,{},5]'],
    ['an invocation where nothing is registered', '[68,1,1,{}]'],
  ];
  for (const [what, data] of joined) {
    it(`end the session with ABORT: ${what}`, async () => {
      const { hub, join } = scene();
      const line = await join();
      line.sayRaw(data);
      assert.equal(line.take('ABORT').reason, 'wamp.error.protocol_violation');
      assert.equal(line.closes.length, 1);
      assert.equal(((await hub.closed).error as HubError).code, 'protocol-violation');
    });
  }

  it('end the greeting: an EVENT before WELCOME, a challenge without a token', async () => {
    for (const data of ['[36,1,1,{}]', '[4,"ticket",{}]']) {
      const { hub, open } = scene();
      (await open()).sayRaw(data);
      assert.equal(((await hub.closed).error as HubError).code, 'protocol-violation');
    }
  });
});

describe('close()', () => {
  it('says GOODBYE, closes the connection and tells that it was asked for', async () => {
    const { hub, join, clock } = scene();
    const line = await join();
    const closed = await hub.close();
    assert.equal(line.take('GOODBYE').reason, 'wamp.close.close_realm');
    assert.deepEqual(closed, { code: 1000, reason: '' });
    assert.deepEqual(hub.status, { state: 'closed' });
    assert.equal(await codeOf(hub.connected()), 'canceled');
    assert.equal(clock.pending, 0);
  });

  it('works before there is a session, by signal, and a second time', async () => {
    const waiting = scene();
    await waiting.hub.close();
    assert.equal((await waiting.hub.close()).error, undefined);
    const controller = new AbortController();
    const aborted = scene({ signal: controller.signal });
    await aborted.join();
    controller.abort();
    assert.equal((await aborted.hub.closed).error, undefined);
    assert.equal(aborted.hub.state, 'closed');
  });

  it('is for good: reconnect() does nothing then, and a new session before', async () => {
    const test = scene();
    await test.join();
    test.hub.reconnect();
    await test.join();
    assert.equal(test.attempts, 2);
    await test.hub.close();
    test.hub.reconnect();
    assert.equal(test.attempts, 2);
  });
});

describe('a listener', () => {
  it('hears no more once it was ended, and may fail', async () => {
    const { hub, join, errors } = scene();
    const heard: string[] = [];
    const end = hub.watch(({ state }) => heard.push(state));
    hub.watch(() => {
      throw new Error('mine');
    });
    end();
    await join();
    assert.deepEqual(heard, ['connecting']);
    assert.equal(errors.length, 2);
  });
});

describe('the watchdog', () => {
  const page = { visible: true, online: true, watch: () => () => {} };

  it('asks a silent hub, and replaces a connection that stays silent', async () => {
    const { hub, join, clock } = scene({ watchdog: { interval: 25_000, timeout: 10_000 }, page });
    const line = await join();
    clock.advance(25_000);
    const ping = line.takeCall('tidewire.session.ping');
    line.result(ping.request, { now: 1 });
    clock.advance(25_000);
    line.takeCall('tidewire.session.ping');
    clock.advance(10_000);
    assert.equal(line.terminated, true);
    assert.equal(hub.state, 'waiting');
  });

  it('that is in doubt during the greeting begins anew', async () => {
    let changed = () => {};
    const watch = (change: () => void) => {
      changed = change;
      return () => {};
    };
    const watched = { ...page, online: false, watch };
    const test = scene({ watchdog: { interval: 25_000 }, page: watched });
    const line = await test.open();
    line.take('HELLO');
    watched.online = true;
    changed();
    await settled();
    assert.equal(line.sent.length, 0);
    assert.equal(test.attempts, 2);
    await test.join();
    assert.equal(test.hub.state, 'connected');
  });
});
