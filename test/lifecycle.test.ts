/** Closing: in reverse order, once, and never stuck. */

import { expect, test } from 'vitest';
import { createLifecycle } from '../src/lifecycle.ts';
import { createLog } from '../src/log.ts';

function opened() {
  const lines: string[] = [];
  const log = createLog({ level: 'warn', pretty: false, output: { write: (line) => lines.push(line) } });
  return { lifecycle: createLifecycle({ log }), lines };
}

test('what was opened last is closed first, and each is waited for', async () => {
  const { lifecycle } = opened();
  const closed: string[] = [];
  for (const name of ['database', 'hub', 'server']) {
    lifecycle.onClose(name, async () => {
      closed.push(`${name}…`);
      await Promise.resolve();
      closed.push(name);
    });
  }
  await lifecycle.close();
  expect(closed).toEqual(['server…', 'server', 'hub…', 'hub', 'database…', 'database']);
});

test('everything is closed once, however often it is asked', async () => {
  const { lifecycle } = opened();
  let times = 0;
  lifecycle.onClose('server', () => {
    times += 1;
  });
  await Promise.all([lifecycle.close(), lifecycle.close()]);
  await lifecycle.close();
  expect(times).toBe(1);
});

test('one that fails or takes too long is told of, and the others are closed', async () => {
  const { lifecycle, lines } = opened();
  let closed = false;
  lifecycle.onClose('database', () => {
    closed = true;
  });
  lifecycle.onClose('stuck', () => new Promise(() => {}), 10);
  lifecycle.onClose('broken', () => {
    throw new Error('no');
  });
  await lifecycle.close();
  expect(closed).toBe(true);
  expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(['broken', 'stuck']);
});

test('what is opened while closing is closed too', async () => {
  const { lifecycle } = opened();
  let closed = false;
  lifecycle.onClose('server', () => {
    lifecycle.onClose('late', () => {
      closed = true;
    });
  });
  await lifecycle.close();
  expect(closed).toBe(true);
});
