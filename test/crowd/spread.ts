/** How evenly something was spread over a time: a histogram for readers, and a verdict. */

export type Spread = {
  /** How many in each second from the beginning on. */
  perSecond: number[];
  /** The busiest second's, as a multiple of its even share. */
  most: number;
};

/** `moments` and `from` in milliseconds; `over` is in how many seconds they were to come. */
export function spreadOf(moments: readonly number[], from: number, over: number): Spread {
  const seconds = moments.map((moment) => Math.floor((moment - from) / 1_000));
  const length = Math.max(over, ...seconds.map((second) => second + 1));
  const perSecond = Array.from({ length }, () => 0);
  for (const second of seconds) perSecond[second] = (perSecond[second] ?? 0) + 1;
  return { perSecond, most: Math.max(...perSecond) / (moments.length / over) };
}

/** One line for each second. */
export function draw(closed: Spread, back: Spread): string[] {
  const length = Math.max(closed.perSecond.length, back.perSecond.length);
  const widest = Math.max(...closed.perSecond, ...back.perSecond);
  const bar = (count: number): string => '█'.repeat(Math.round((count / widest) * 40));
  return [
    'second   closed     back',
    ...Array.from({ length }, (_, nth) => {
      const [gone = 0, came = 0] = [closed.perSecond[nth], back.perSecond[nth]];
      return [String(nth + 1).padStart(6), String(gone).padStart(8), String(came).padStart(8), bar(came)].join(' ');
    }),
  ];
}
