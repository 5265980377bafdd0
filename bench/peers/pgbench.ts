/** pgbench, PostgreSQL's own: the function that writes what a bid writes, called as fast as it answers. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findProgram } from '../../test/support/debian.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../market/pgbench.sql', import.meta.url));

/** Each with a connection and bidders of its own. */
const clients = 16;

/** Answers how many bids were placed in a second. `orders` of a kind, `highest` above all that will be bid. */
export async function pgbench(
  databaseUrl: string,
  bids: { kind: string; orders: number; bidders: number; highest: number; seconds: number },
): Promise<number> {
  const { command, env } = await findProgram({
    commands: ['pgbench'],
    proof: ['--version'],
    packages: ['postgresql-15', 'libpq5'],
    unpacked: { command: 'usr/lib/postgresql/15/bin/pgbench' },
    missing: 'The floor is told by pgbench: install PostgreSQL’s own programs.',
  });
  const { kind, orders, bidders, highest, seconds } = bids;
  const each = Math.floor(bidders / clients);
  const values = { kind, orders, each, n: 0, clients, highest };
  const { stdout } = await run(
    command,
    [
      ...[
        '--no-vacuum',
        '--protocol=prepared',
        `--client=${clients}`,
        '--jobs=1',
        `--time=${seconds}`,
        `--file=${script}`,
      ],
      ...Object.entries(values).map(([name, value]) => `--define=${name}=${value}`),
      databaseUrl,
    ],
    { env: { ...process.env, ...env } },
  );
  const tps = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
  if (tps === undefined) throw new Error(`pgbench told no rate:\n${stdout}`);
  return Number(tps);
}
