/** HTTP answers on a stream that is ours to write. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type RequestViolation, requestViolations } from '../../src/protocol/violations.ts';
import {
  answerFrom,
  answerToViolation,
  type HttpAnswer,
  headOf,
  plainAnswer,
  writeAnswer,
} from '../../src/server/http-answer.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Pipe, turn } from '../support/pipe.ts';

async function written(answer: HttpAnswer): Promise<string> {
  const pipe = new Pipe();
  writeAnswer(pipe.stream, answer, new ManualClock());
  await turn();
  assert.equal(pipe.ended, true);
  return Buffer.from(pipe.wire)
    .toString('latin1')
    .replace(/^Date: \w{3}, \d{2} \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/m, 'Date: now\r\n');
}

describe('an answer', () => {
  test('has a status line, its fields, the date, the length, and its body', async () => {
    const answer = { status: 403, headers: [['X-One', '1'] as const, ['X-One', '2'] as const], body: 'Nein, café\n' };
    const expected = [
      'HTTP/1.1 403 Forbidden',
      'X-One: 1',
      'X-One: 2',
      'Date: now',
      'Content-Length: 12',
      '',
      Buffer.from('Nein, café\n').toString('latin1'),
    ];
    assert.equal(await written(answer), expected.join('\r\n'));
  });

  test('is plain text in UTF-8 when it is only a sentence', async () => {
    const expected = [
      'HTTP/1.1 503 Service Unavailable',
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      'Date: now',
      'Content-Length: 11',
      '',
      'Not today.\n',
    ];
    assert.equal(await written(plainAnswer(503, 'Not today.')), expected.join('\r\n'));
  });

  test('has neither length nor body where HTTP allows none', async () => {
    for (const status of [204, 304]) {
      const text = await written({ status, headers: [], body: '' });
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} [\\w ]+\r\nDate: now\r\n\r\n$`));
    }
  });

  test('says one date when it brings its own', async () => {
    const date = 'Mon, 01 Jan 2024 00:00:00 GMT';
    const text = await written({ status: 200, headers: [['date', date]], body: '' });
    assert.equal(text, `HTTP/1.1 200 OK\r\ndate: ${date}\r\nContent-Length: 0\r\n\r\n`);
  });

  test('writes header values octet by octet, as HTTP has them', async () => {
    const text = await written({ status: 200, headers: [['X-Name', 'caf\xe9']], body: '' });
    assert.match(text, /X-Name: caf\xe9\r\n/);
  });

  test('may have a status of which nobody has heard', () => {
    assert.equal(headOf(299, []), 'HTTP/1.1 299 Unknown\r\n\r\n');
  });

  test('is not written to a stream that is gone', () => {
    const pipe = new Pipe();
    pipe.cut();
    writeAnswer(pipe.stream, plainAnswer(400, 'No'), new ManualClock());
    assert.equal(pipe.wire.length, 0);
  });

  test('leaves the peer a second to close, reads what still comes, and cuts', async () => {
    const [pipe, clock] = [new Pipe(), new ManualClock()];
    writeAnswer(pipe.stream, plainAnswer(400, 'No'), clock);
    pipe.send(new Uint8Array(100_000));
    await turn();
    assert.equal(pipe.stream.readableLength, 0);
    clock.advance(999);
    assert.equal(pipe.stream.destroyed, false);
    clock.advance(1);
    assert.equal(pipe.stream.destroyed, true);
  });

  test('forgets its deadline when the peer closes in time', async () => {
    const [pipe, clock] = [new Pipe(), new ManualClock()];
    writeAnswer(pipe.stream, plainAnswer(400, 'No'), clock);
    await turn();
    pipe.end();
    await turn();
    await turn();
    assert.equal(pipe.stream.destroyed, true);
    assert.equal(clock.pending, 0);
  });
});

describe('an answer to a violation', () => {
  for (const violation of Object.keys(requestViolations) as RequestViolation[]) {
    const { status, says, section } = requestViolations[violation];
    test(`to ${violation} is ${status} with the reason`, () => {
      const answer = answerToViolation(violation);
      assert.equal(answer.status, status);
      assert.equal(answer.body, `${says} (${section})\n`);
    });
  }
});

describe('an answer from a Response', () => {
  test('has its status, fields and body', async () => {
    const headers = new Headers({ 'WWW-Authenticate': 'Bearer', 'Content-Type': 'application/json' });
    headers.append('Set-Cookie', 'a=1; Path=/');
    headers.append('Set-Cookie', 'b=2');
    const answer = await answerFrom(new Response('{"error":1}', { status: 401, headers }));
    assert.equal(answer.status, 401);
    assert.deepEqual(answer.headers, [
      ['content-type', 'application/json'],
      ['set-cookie', 'a=1; Path=/'],
      ['set-cookie', 'b=2'],
      ['www-authenticate', 'Bearer'],
      ['Connection', 'close'],
    ]);
    assert.equal(Buffer.from(answer.body).toString(), '{"error":1}');
  });

  test('says itself how it lies on the wire', async () => {
    const headers = {
      Connection: 'keep-alive',
      'Content-Length': '7',
      'Transfer-Encoding': 'chunked',
      'Keep-Alive': 'timeout=5',
    };
    const answer = await answerFrom(new Response(null, { headers }));
    assert.deepEqual(answer.headers, [['Connection', 'close']]);
    assert.match(
      await written(answer),
      /^HTTP\/1\.1 200 OK\r\nConnection: close\r\nDate: now\r\nContent-Length: 0\r\n\r\n$/,
    );
  });

  test('reads a body that comes in pieces', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (const piece of ['one ', 'two']) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    });
    assert.equal(Buffer.from((await answerFrom(new Response(body))).body).toString(), 'one two');
  });

  test('can not be made from Response.error() or a body that was read already', async () => {
    await assert.rejects(answerFrom(Response.error()), /no answer that could be sent/);
    const read = new Response('once');
    await read.text();
    await assert.rejects(answerFrom(read), TypeError);
  });
});
