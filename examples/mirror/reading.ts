/** Asks until there is an answer, and tells apart what passes, what a cursor is to blame for, and what somebody has to mend. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AnyVariables, CombinedError, TypedDocumentNode } from '@urql/core';
import { waitAfter } from '../../client/urql/backoff.ts';
import type { HaggleClient } from '../../client/urql/client.ts';
import { errorCodes } from '../../client/urql/codes.ts';

const codesOf = (error: CombinedError): string[] =>
  error.graphQLErrors.map(({ extensions }) => String(extensions['code']));

/** Nothing wrong with what was asked: the network, a process that stops, a database that is away. */
const passes = (error: CombinedError): boolean =>
  error.graphQLErrors.length === 0 || codesOf(error).some((code) => errorCodes[code]?.retry);

const lost = new Set(['CURSOR_EXPIRED', 'CURSOR_INVALID', 'NOT_FOUND']);

/** What followed the cursor is not kept any more, or the database is another, such as one restored from a backup: read anew. */
export const isLost = (error: CombinedError): boolean => codesOf(error).some((code) => lost.has(code));

/** For as long as it takes. Rejects where asking again would not help. */
export async function read<Data, Variables extends AnyVariables>(
  client: HaggleClient,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  for (let failures = 0; ; failures++) {
    const { data, error } = await client.query(document, variables).toPromise();
    if (data && !error) return data;
    if (error && !passes(error)) throw error;
    await pause(waitAfter(failures, Math.random()));
  }
}
