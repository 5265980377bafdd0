/** The client's table of codes says the same as the server's. */

import { expect, test } from 'vitest';
import * as client from '../../client/urql/codes.ts';
import { errorCodes } from '../../src/schema/errors.ts';
import { closeCodes } from '../../src/server/close-codes.ts';

test('the client has every code of an error, with the same verdict', () => {
  const rows = Object.entries(errorCodes).map(([code, { fault, retry }]) => [code, { fault, retry }]);
  expect(client.errorCodes).toEqual(Object.fromEntries(rows));
});

test('the client has every code of a close, with the same verdict', () => {
  const rows = Object.values(closeCodes).map(({ code, fault, retried }) => [code, { fault, retry: retried }]);
  expect(client.closeCodes).toEqual(Object.fromEntries(rows));
});
