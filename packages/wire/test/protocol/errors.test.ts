import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalProtocolError, RemoteProtocolError } from '../../src/protocol/errors.ts';
import {
  frameViolations,
  requestViolations,
  responseViolations,
  type Violation,
} from '../../src/protocol/violations.ts';

describe('a RemoteProtocolError', () => {
  it('carries the section, the close code and the sentence of its row, for every row of the tables', () => {
    const rows = Object.entries({ ...frameViolations, ...requestViolations, ...responseViolations });
    for (const [code, row] of rows as [
      Violation,
      { section: string; says: string; close?: number; status?: number },
    ][]) {
      const error = new RemoteProtocolError(code);
      assert.equal(error.name, 'RemoteProtocolError');
      assert.equal(error.code, code);
      assert.equal(error.section, row.section);
      assert.equal(error.message, row.says);
      assert.equal(error.closeCode, row.close);
      assert.equal(error.status, row.status);
    }
  });

  it('says the detail behind the sentence and keeps its cause', () => {
    const cause = new Error('incorrect data check');
    const error = new RemoteProtocolError('compressed-data-corrupt', 'at octet 7', { cause });
    assert.equal(error.message, 'the compressed message is not valid DEFLATE data: at octet 7');
    assert.equal(error.cause, cause);
  });
});

describe('a LocalProtocolError', () => {
  it('is an error of its own name', () => {
    const error = new LocalProtocolError('no');
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'LocalProtocolError');
    assert.equal(`${error}`, 'LocalProtocolError: no');
  });
});
