/** Keeps what was to be heard and what was heard, by whom, and after how long; and compares the two. */

import { concerns, type Happening, isForeign, type Kind, type Window } from './happenings.ts';

/** `at` is in milliseconds, of the same clock as a happening's `startedAt`. */
export type Heard = { id: string; orderId: string; what: string; shown: string; at: number };

export type Delivery = { window: Window; shown: string; ms: number };

/** What differs, in words. */
export type Fault = { kind: Kind; fault: 'missing' | 'doubled' | 'astray' | 'failed'; told: string };

type Open = { window: Window; heard: Heard[]; failure: { code: string; message: string } | null };

export type Ledger = ReturnType<typeof createLedger>;

export function createLedger() {
  const windows: Open[] = [];
  const happened: Happening[] = [];
  const watchers = new Set<() => void>();
  const wake = () => {
    for (const watcher of [...watchers]) watcher();
  };

  const ours = (orderId: string) => happened.some(({ order }) => order.id === orderId);

  /** The hearings of one happening: of equal ones, the third belongs to the third. */
  function deliveries(happening: Happening): { delivered: Delivery[]; missing: Window[] } {
    const delivered: Delivery[] = [];
    const missing: Window[] = [];
    const equals = happened.filter((one) => one.kind === happening.kind && one.what === happening.what);
    for (const { window, heard } of windows) {
      if (!concerns(happening, window)) continue;
      const hearing = distinct(heard).filter(({ what }) => what === happening.what)[equals.indexOf(happening)];
      if (hearing) delivered.push({ window, shown: hearing.shown, ms: hearing.at - happening.startedAt });
      else missing.push(window);
    }
    return { delivered, missing };
  }

  function faults(): Fault[] {
    const found: Fault[] = [];
    const ids = new Map<string, string>();
    for (const { window, heard: all, failure } of windows) {
      const { kind } = window;
      const heard = isMarket(window) ? all.filter(({ orderId }) => ours(orderId)) : all;
      const whose = `${window.person.name}, ${kind}${window.order ? ` of “${window.order.title}”` : ''}`;
      if (failure && !isTurnedAway({ window, failure }))
        found.push({ kind, fault: 'failed', told: `${whose}: ${failure.message}` });
      for (const hearing of distinct(heard)) {
        const times = heard.filter(({ id }) => id === hearing.id).length;
        if (times > 1) found.push({ kind, fault: 'doubled', told: `${whose}: ${times} times ${hearing.shown}` });
        const elsewhere = ids.get(hearing.id) ?? `${kind} ${hearing.what}`;
        ids.set(hearing.id, elsewhere);
        if (elsewhere !== `${kind} ${hearing.what}`) {
          found.push({ kind, fault: 'astray', told: `${whose}: the id of ${hearing.shown} is that of another event` });
        }
      }
      const due = happened.filter((happening) => concerns(happening, window));
      for (const what of new Set([...heard, ...due].map((one) => one.what))) {
        const wanted = due.filter((one) => one.what === what);
        const got = distinct(heard).filter((one) => one.what === what);
        for (const { told } of wanted.slice(got.length))
          found.push({ kind, fault: 'missing', told: `${whose}: ${told}` });
        for (const { shown } of got.slice(wanted.length))
          found.push({ kind, fault: 'astray', told: `${whose}: ${shown}` });
      }
    }
    return found;
  }

  return {
    /** From now on this window counts: what it hears is to be handed to the answer. */
    open(window: Window): { hear(heard: Heard): void; fail(failure: { code: string; message: string }): void } {
      const open: Open = { window, heard: [], failure: null };
      windows.push(open);
      return {
        hear(heard) {
          open.heard.push(heard);
          wake();
        },
        fail(failure) {
          open.failure = failure;
          wake();
        },
      };
    },

    /** Enters what has happened, and answers once everyone concerned has heard it, or after `patience` milliseconds. */
    async happen(
      happenings: Happening[],
      patience = 5_000,
    ): Promise<{ happening: Happening; delivered: Delivery[]; missing: Window[] }[]> {
      happened.push(...happenings);
      const state = () => happenings.map((happening) => ({ happening, ...deliveries(happening) }));
      return new Promise((resolve) => {
        const settle = () => {
          clearTimeout(timer);
          watchers.delete(look);
          resolve(state());
        };
        const look = () => {
          if (state().every(({ missing }) => missing.length === 0)) settle();
        };
        const timer = setTimeout(settle, patience);
        watchers.add(look);
        look();
      });
    },

    /** By kind: the events, the deliveries that were due, those that came, what differs, and all times in milliseconds. */
    account(kind: Kind) {
      const events = happened.filter((happening) => happening.kind === kind);
      const all = events.map(deliveries);
      const delivered = all.flatMap((one) => one.delivered);
      return {
        events: events.length,
        due: delivered.length + all.reduce((sum, { missing }) => sum + missing.length, 0),
        received: windows
          .filter(({ window }) => window.kind === kind)
          .flatMap(({ heard }) => heard)
          .filter(({ orderId }) => ours(orderId)).length,
        times: delivered.map(({ ms }) => ms).sort((a, b) => a - b),
      };
    },
    faults,
    windows: () => windows.length,
    /** Windows that were refused, as they may be. */
    turnedAway: () => windows.filter(isTurnedAway).length,
  };
}

const distinct = (heard: Heard[]): Heard[] =>
  heard.filter(({ id }, at) => heard.findIndex((one) => one.id === id) === at);

const isTurnedAway = ({ window, failure }: Pick<Open, 'window' | 'failure'>): boolean =>
  failure?.code === 'FORBIDDEN' && isForeign(window);

/** A window of the whole market: there others may be at play as well. */
const isMarket = ({ person, kind, order }: Window): boolean =>
  order === null && person.role !== 'customer' && (kind === 'orderOpened' || kind === 'orderUpdated');
