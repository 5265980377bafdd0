/**
 * What is kept in Redis of who is here, beside times to live:
 * - `processes`: each with the time of its last heartbeat
 * - `alive:<process>`: as long as it says that it lives
 * - `here:<process>`: its users and since when; outlives a killed one, so that it is known who was with it to its end
 * - `left:<n>`: who was here from when to when, by the n-th stretch of time in which that ended
 */

import type { Stay } from './presence-memory.ts';

export type PresenceKeys = {
  processes: string;
  alive(process: string): string;
  here(process: string): string;
  left(moment: number): string;
};

/** `stretch` in milliseconds. */
export const presenceKeys = (nameOf: (name: string) => string, stretch: number): PresenceKeys => ({
  processes: nameOf('presence:processes'),
  alive: (process) => nameOf(`presence:alive:${process}`),
  here: (process) => nameOf(`presence:here:${process}`),
  left: (moment) => nameOf(`presence:left:${Math.floor(moment / stretch)}`),
});

/** A stay as a text that begins with its user, so that a user's are found among all by their order. */
export const stayText = ({ userId, since, until }: Stay, process: string): string =>
  `${userId}:${since}:${until}:${process}`;

/** From where to where such texts lie, as ZRANGEBYLEX takes it. */
export const stayTextsOf = (userId: string): [from: string, to: string] => [`[${userId}:`, `(${userId};`];

export function stayOf(text: string): Pick<Stay, 'since' | 'until'> {
  const [, since, until] = text.split(':');
  return { since: Number(since), until: Number(until) };
}
