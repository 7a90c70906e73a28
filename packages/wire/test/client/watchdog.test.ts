import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserPage, type Page } from '../../src/client/page.ts';
import { Watchdog, type WatchdogOptions } from '../../src/client/watchdog.ts';
import { ManualClock } from '../support/manual-clock.ts';

function watch(options: WatchdogOptions) {
  const clock = new ManualClock();
  const page: { -readonly [K in keyof Page]: Page[K] } = { visible: true, online: true, watch: () => () => {} };
  const seen: string[] = [];
  const events = { probe: () => seen.push(`probe ${clock.now()}`), dead: () => seen.push(`dead ${clock.now()}`) };
  const watchdog = new Watchdog(options, clock, page, events);
  watchdog.start();
  const show = (visible: boolean) => {
    page.visible = visible;
    watchdog.visibilityChanged();
  };
  return { clock, seen, watchdog, show };
}

const probe = () => 'ping';

describe('Watchdog', () => {
  test('probes after an interval of silence and gives up after a timeout more', () => {
    const { clock, seen } = watch({ interval: 1000, timeout: 300, probe });
    clock.advance(5000);
    assert.deepEqual(seen, ['probe 1000', 'dead 1300']);
    assert.equal(clock.pending, 0);
  });

  test('anything that is heard is a proof of life, an answer to the probe as well', () => {
    const { clock, seen, watchdog } = watch({ interval: 1000, timeout: 300, probe });
    clock.advance(900);
    watchdog.heard();
    clock.advance(900);
    assert.deepEqual(seen, []);
    clock.advance(200);
    assert.deepEqual(seen, ['probe 1900']);
    watchdog.heard();
    clock.advance(999);
    assert.deepEqual(seen, ['probe 1900']);
  });

  test('without a probe the server has to speak once per interval', () => {
    const { clock, seen, watchdog } = watch({ interval: 1000 });
    clock.advance(999);
    watchdog.heard();
    clock.advance(999);
    assert.deepEqual(seen, []);
    clock.advance(1);
    assert.deepEqual(seen, ['dead 1999']);
  });

  test('time in which the page is hidden does not count, and showing it probes at once', () => {
    const { clock, seen, show } = watch({ interval: 1000, timeout: 300, probe });
    show(false);
    clock.advance(3_600_000);
    assert.deepEqual(seen, []);
    show(true);
    assert.deepEqual(seen, ['probe 3600000']);
    clock.advance(300);
    assert.deepEqual(seen, ['probe 3600000', 'dead 3600300']);
  });

  test('hiding the page while a probe is out gives the answer its time anew', () => {
    const { clock, seen, show } = watch({ interval: 1000, timeout: 300, probe });
    clock.advance(1100);
    show(false);
    clock.advance(10_000);
    show(true);
    clock.advance(299);
    assert.deepEqual(seen, ['probe 1000', 'probe 11100']);
  });

  test('messages that come while the page is hidden set no timer', () => {
    const { clock, watchdog, show } = watch({ interval: 1000, probe });
    show(false);
    watchdog.heard();
    assert.equal(clock.pending, 0);
  });

  test('shown again without a probe, the server has a whole interval to speak', () => {
    const { clock, seen, show } = watch({ interval: 1000, timeout: 300 });
    show(false);
    clock.advance(5000);
    show(true);
    clock.advance(999);
    assert.deepEqual(seen, []);
    clock.advance(1);
    assert.deepEqual(seen, ['dead 6000']);
  });

  test('a machine that slept probes before it judges', () => {
    const { clock, seen } = watch({ interval: 1000, timeout: 300, probe });
    clock.advance(1100);
    clock.sleep(60_000);
    assert.deepEqual(seen, ['probe 1000', 'probe 61100']);
    clock.advance(300);
    assert.equal(seen.at(-1), 'dead 61400');
  });

  test('check() probes at once', () => {
    const { seen, watchdog } = watch({ interval: 1000, probe });
    watchdog.check();
    assert.deepEqual(seen, ['probe 0']);
  });

  test('once stopped it does nothing, whatever happens', () => {
    const { clock, seen, watchdog, show } = watch({ interval: 1000, probe });
    watchdog.stop();
    watchdog.heard();
    watchdog.check();
    show(false);
    show(true);
    clock.advance(100_000);
    assert.deepEqual(seen, []);
    assert.equal(clock.pending, 0);
  });

  test('refuses times that are none', () => {
    for (const options of [
      { interval: 0 },
      { interval: Number.NaN },
      { interval: 1, timeout: 0 },
      { interval: 2 ** 31 },
    ]) {
      assert.throws(() => watch(options), RangeError);
    }
  });
});

describe('browserPage', () => {
  test('follows visibility and network, and lets go of its listeners', () => {
    const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' as DocumentVisibilityState });
    const navigator = { onLine: false };
    const host = Object.assign(new EventTarget(), { document: document as unknown as Document, navigator });
    const page = browserPage(host);
    assert.deepEqual([page.visible, page.online], [false, false]);
    let changes = 0;
    const unwatch = page.watch(() => changes++);
    document.dispatchEvent(new Event('visibilitychange'));
    for (const type of ['online', 'offline', 'pageshow']) host.dispatchEvent(new Event(type));
    assert.equal(changes, 4);
    unwatch();
    document.dispatchEvent(new Event('visibilitychange'));
    host.dispatchEvent(new Event('online'));
    assert.equal(changes, 4);
  });

  test('a worker without a document counts as seen', () => {
    const page = browserPage({});
    assert.deepEqual([page.visible, page.online], [true, true]);
    page.watch(() => {})();
  });
});
