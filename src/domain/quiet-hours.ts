/** When a user is not to be disturbed: hours by the clock on its wall, through midnight and daylight saving too. */

/** `from` and `to` as `HH:MM`; `from` is quiet, `to` is not any more. `timeZone` is a name of the IANA's. */
export type QuietHours = { from: string; to: string; timeZone: string };

const minute = 60_000;
const day = 24 * 60;
/** Nowhere do clocks change but at a quarter of an hour. */
const quarter = 15;

/** Whether it is `HH:MM`, from 00:00 to 23:59. */
export const isTimeOfDay = (text: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

/** Whether it is the name of a time zone; an offset such as +02:00 is none, since it knows no daylight saving. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    clockIn(name);
    return true;
  } catch {
    return false;
  }
}

/** The first moment from `now` on that is not quiet: `now` itself where it is not. */
export function earliest(now: Date, hours: QuietHours | null): Date {
  if (hours === null) return now;
  const clock = clockIn(hours.timeZone);
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  let moment = now.getTime();
  for (;;) {
    const wall = minutesOf(clock.format(moment));
    if (!isWithin(wall, from, to)) return new Date(moment);
    // As far as the clock on the wall surely goes on without a jump.
    const start = Math.floor(moment / minute);
    const steps = Math.min((to - wall + day) % day, quarter - (start % quarter));
    moment = (start + steps) * minute;
  }
}

const isWithin = (wall: number, from: number, to: number): boolean =>
  from < to ? from <= wall && wall < to : from <= wall || wall < to;

function minutesOf(time: string): number {
  const [hour = 0, rest = 0] = time.split(':').map(Number);
  return hour * 60 + rest;
}

/** By the zone in small letters: zones are few, ways to write them are not. */
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Tells the time of day as `HH:MM`. Throws for a zone that there is not. */
function clockIn(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone.toLowerCase());
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  clocks.set(timeZone.toLowerCase(), made);
  return made;
}
