/** What the person who starts the showcase may say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommandLineError, readCommandLine } from '../command-line.ts';

describe('the command line', () => {
  it('listens on 8080 of all interfaces when nothing is said', () => {
    assert.deepEqual(readCommandLine([], {}), { port: 8080, host: undefined, data: 'data' });
    assert.deepEqual(readCommandLine([], { PORT: '' }), { port: 8080, host: undefined, data: 'data' });
  });

  it('takes the port from --port, else from PORT', () => {
    assert.deepEqual(readCommandLine([], { PORT: '3000' }), { port: 3000, host: undefined, data: 'data' });
    assert.deepEqual(readCommandLine(['--port', '0'], { PORT: '3000' }), { port: 0, host: undefined, data: 'data' });
    assert.deepEqual(readCommandLine(['--port=65535', '--host', '::1'], {}), {
      port: 65_535,
      host: '::1',
      data: 'data',
    });
    assert.deepEqual(readCommandLine(['--port', '80'], { PORT: 'nonsense' }), {
      port: 80,
      host: undefined,
      data: 'data',
    });
  });

  it('takes the folder from --data, else from TIDEWIRE_DATA, else ./data', () => {
    const folder = (...args: Parameters<typeof readCommandLine>) => {
      const options = readCommandLine(...args);
      return options === 'help' ? options : options.data;
    };
    assert.equal(folder([], {}), 'data');
    assert.equal(folder([], { TIDEWIRE_DATA: '' }), 'data');
    assert.equal(folder([], { TIDEWIRE_DATA: '/var/tidewire' }), '/var/tidewire');
    assert.equal(folder(['--data', 'here'], { TIDEWIRE_DATA: '/var/tidewire' }), 'here');
  });

  it('prints its usage on --help, whatever else is said', () => {
    assert.equal(readCommandLine(['--help'], { PORT: 'nonsense' }), 'help');
    assert.equal(readCommandLine(['-h', '--port', 'x'], {}), 'help');
  });

  for (const args of [
    ['--colour'],
    ['--port'],
    ['--port', '-1'],
    ['--port', '65536'],
    ['--port', '80a'],
    ['--port', ''],
    ['--port', '1e3'],
    ['--host'],
    ['--host', ''],
    ['--data'],
    ['--data', ''],
    ['stray'],
    ['--help=yes'],
  ]) {
    it(`refuses ${JSON.stringify(args)} in one line`, () => {
      assert.throws(
        () => readCommandLine(args, {}),
        (error) => error instanceof CommandLineError && /^[^\n]+$/.test(error.message),
      );
    });
  }

  it('refuses a PORT that is not one, and names it', () => {
    assert.throws(
      () => readCommandLine([], { PORT: 'http' }),
      /^CommandLineError: PORT must be a port from 0 to 65535, not "http"$/,
    );
  });
});
