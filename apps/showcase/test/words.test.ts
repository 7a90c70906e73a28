/** How states, times, numbers and bytes are put into words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hexDump } from '../greeting/hex-dump.ts';
import { eventBytes } from '../greeting/wire-cost.ts';
import { type ConnectionStatus, spokenFor, wordsFor } from '../shared/connection-words.ts';
import { bytes, counted, tenths, whole } from '../shared/numbers.ts';
import { ago, dayAndTime, span, timeOfDay } from '../shared/times.ts';

describe('a connection', () => {
  it('says how it is', () => {
    const statuses: [ConnectionStatus, string, string][] = [
      [{ state: 'connecting' }, 'connecting …', 'connecting …'],
      [{ state: 'connected' }, 'connected', 'connected'],
      [{ state: 'reconnecting', delay: 2000 }, 'reconnecting in 2 s …', 'Connection lost, reconnecting'],
      [{ state: 'offline' }, 'offline', 'offline'],
      [{ state: 'caught-up', count: 14 }, 'caught up: 14', 'caught up: 14'],
      [{ state: 'caught-up', count: 0 }, 'connected', 'connected'],
      [{ state: 'missed' }, 'missed some', 'missed some'],
      [{ state: 'closed', reason: 'revoked' }, 'closed: revoked', 'closed: revoked'],
    ];
    for (const [status, shown, spoken] of statuses) {
      assert.equal(wordsFor(status, 'delay' in status ? status.delay : 0), shown);
      assert.equal(spokenFor(status), spoken);
    }
  });

  it('counts down by whole seconds, and never to less than none', () => {
    const waiting: ConnectionStatus = { state: 'reconnecting', delay: 3000 };
    assert.equal(wordsFor(waiting, 2001), 'reconnecting in 3 s …');
    assert.equal(wordsFor(waiting, 1), 'reconnecting in 1 s …');
    for (const left of [0, -500]) assert.equal(wordsFor(waiting, left), 'reconnecting …');
  });
});

describe('a time', () => {
  const noon = new Date(2026, 4, 20, 12, 0).getTime();

  it('is the hour today, with the day in the last days, and the date before', () => {
    assert.equal(dayAndTime(noon, noon + 3_600_000), timeOfDay(noon));
    assert.match(dayAndTime(noon, noon + 2 * 86_400_000), /^\p{L}+\.? /u);
    assert.match(dayAndTime(noon, noon + 30 * 86_400_000), /20/);
  });

  it('that has passed is counted in the largest unit', () => {
    for (const [passed, says] of [
      [-5000, 'just now'],
      [59_000, 'just now'],
      [60_000, '1 min ago'],
      [3_600_000, '1 h ago'],
      [3 * 86_400_000, '3 d ago'],
    ] as const)
      assert.equal(ago(noon, noon + passed), says);
  });

  it('that lasts is counted in the two largest', () => {
    for (const [ms, says] of [
      [-1, '0 s'],
      [59_999, '59 s'],
      [185_000, '3 min 05 s'],
      [7_800_000, '2 h 10 min'],
      [(4 * 24 + 3) * 3_600_000, '4 d 3 h'],
    ] as const)
      assert.equal(span(ms), says);
  });
});

describe('a number', () => {
  it('is grouped and rounded', () => {
    assert.deepEqual([whole(12_345.6), tenths(12_345.67), tenths(0)], ['12,346', '12,345.7', '0.0']);
  });

  it('of one has other words than that of many', () => {
    const figures = ['people play', 'people here', 'open tickets', 'agents here', 'moves a second', 'in the room'];
    assert.deepEqual(
      figures.map((says) => counted(1, says)),
      ['person plays', 'person here', 'open ticket', 'agent here', 'move a second', 'in the room'],
    );
    for (const count of [0, 2])
      assert.deepEqual(
        figures,
        figures.map((says) => counted(count, says)),
      );
  });

  it('of bytes has a unit by thousands', () => {
    assert.deepEqual([0, 999, 1000, 9840, 999_949, 999_950, 64_000_000].map(bytes), [
      '0 B',
      '999 B',
      '1.0 kB',
      '9.8 kB',
      '999.9 kB',
      '1.0 MB',
      '64.0 MB',
    ]);
  });
});

describe('the bytes of a server-sent event (HTML §9.2.5, RFC 9112 §7.1)', () => {
  it('are its lines, and the size and the ends of its chunk', () => {
    // id: 7␊data: x␊␊ is 15 bytes: f␍␊ before, ␍␊ behind.
    assert.equal(eventBytes('7', 'x'), 1 + 2 + 15 + 2);
    assert.equal(eventBytes('7', 'é'), 2 + 2 + 16 + 2);
  });
});

describe('a dump of a head', () => {
  const head = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

  it('has every byte once, in rows with the offset of their first', () => {
    const rows = hexDump(head, 8);
    assert.deepEqual(
      rows.map(({ offset }) => offset),
      ['0000', '0008', '0010', '0018'],
    );
    const hex = rows.flatMap(({ runs }) => runs.map((run) => run.hex)).join(' ');
    assert.equal(Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1'), head);
  });

  it('says what each byte is part of', () => {
    const runs = hexDump(head, 64)[0]?.runs ?? [];
    assert.deepEqual(
      runs.map(({ role, text }) => [role, text]),
      [
        ['start-line', 'GET·/·HTTP/1.1'],
        ['line-end', '··'],
        ['name', 'Host:'],
        ['value', '·x'],
        ['line-end', '····'],
      ],
    );
  });

  it('of nothing is empty', () => {
    assert.deepEqual(hexDump('', 16), []);
  });
});
