/** Plays a market against the API, tells what each side sees, and checks that everyone heard what concerns them, once. */

import { setTimeout as pause } from 'node:timers/promises';
import { type Cast, gather } from './cast.ts';
import { createLedger } from './ledger.ts';
import { chapter, paint, say } from './screen.ts';
import { findStage, type Stage } from './server.ts';
import { play } from './story.ts';
import { summarize } from './summary.ts';

/** In milliseconds: the whole play, and how long after its end it listens for what nobody should hear. */
const limits = { play: 60_000, silence: 1_500 } as const;

let stage: Stage | undefined;
let cast: Cast | undefined;

async function perform(): Promise<boolean> {
  stage = await findStage();
  chapter('Haggle, a market in one act');
  say(paint('dim', ` Played against ${stage.told}.`));
  cast = await gather(stage);
  const ledger = createLedger();
  const started = performance.now();
  await play(cast, ledger);
  // What comes twice or to the wrong ones may come late: a server looks for what was missed every second.
  await pause(limits.silence);
  return summarize(ledger, cast.everyone.length, (performance.now() - started) / 1_000);
}

async function leave(code: number): Promise<never> {
  await cast?.leave();
  await stage?.stop();
  process.exit(code);
}

const tooLong = new Promise<never>((_, reject) => {
  setTimeout(() => reject(new Error(`The play took longer than ${limits.play / 1_000} seconds.`)), limits.play).unref();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave(130));

try {
  const good = await Promise.race([perform(), tooLong]);
  await leave(good ? 0 : 1);
} catch (error) {
  say();
  console.error(paint('red', error instanceof Error ? error.message : String(error)));
  if (error instanceof Error && error.cause) console.error(error.cause);
  await leave(1);
}
