/** How acts are told: each with who heard of it and after how long, before the next begins. */

import { setTimeout as pause } from 'node:timers/promises';
import { pipe, take, toPromise } from 'wonka';
import { BidPlaced } from '../../client/urql/subscriptions.ts';
import * as acts from './acts.ts';
import type { Person } from './cast.ts';
import type { Happening, PlayedOrder } from './happenings.ts';
import type { Ledger } from './ledger.ts';
import { doing, hearing, money, named, paint, refusing } from './screen.ts';

/** For the audience: between two acts, in milliseconds. */
const breath = process.stdout.isTTY ? 350 : 0;

export function createScene(ledger: Ledger) {
  async function act(title: string, happening: Promise<Happening[]>): Promise<void> {
    const happenings = await happening;
    doing(`${title}.`);
    for (const { delivered, missing, happening: one } of await ledger.happen(happenings)) {
      hearing(delivered);
      if (missing.length > 0) refusing(`${missing.length} did not hear ${one.told}`);
    }
    await pause(breath);
  }

  async function post(
    customer: Person,
    order: Parameters<typeof acts.createOrder>[1],
    meaning: string,
  ): Promise<PlayedOrder> {
    const created = await acts.createOrder(customer, order);
    await act(
      `${named(customer)} posts “${order.title}”: ${paint('bold', order.visibility)}, ${meaning}`,
      Promise.resolve(created.happenings),
    );
    return created.order;
  }

  const bid = (vendor: Person, order: PlayedOrder, amount: string) =>
    act(`${named(vendor)} bids ${price(order, amount)} on “${order.title}”`, acts.placeBid(vendor, order, amount));

  const withdraw = (vendor: Person, order: PlayedOrder, reason: string) =>
    act(`${named(vendor)} withdraws from “${order.title}”: ${reason}`, acts.withdrawBid(vendor, order, reason));

  function bidAtOnce(order: PlayedOrder, bids: (readonly [Person, string])[], negotiationId?: string): Promise<void> {
    const all = Promise.all(bids.map(([vendor, amount]) => acts.placeBid(vendor, order, amount, negotiationId)));
    return act(
      `${bids.length} vendors bid on “${order.title}” at once`,
      all.then((each) => each.flat()),
    );
  }

  async function negotiate(order: PlayedOrder, target: string, message: string) {
    const round = await acts.requestNegotiation(order, target, message);
    const title = `${named(order.customer)} asks its ${round.asked.length} active bidders for ${price(order, target)}`;
    await act(title, Promise.resolve(round.happenings));
    return round;
  }

  async function refused(title: string, attempt: Promise<unknown>): Promise<void> {
    try {
      await attempt;
    } catch (error) {
      if (!(error instanceof acts.Refused)) throw error;
      const { highest, issues = [] } = error.more;
      const most = highest ? [`At most ${money(highest)}.`] : [];
      const words = [error.message, ...most, ...issues.map(({ path, message }) => `${path.join('.')}: ${message}`)];
      return refusing(`${title}: ${paint('bold', error.code)} ${words.join(' ')}`);
    }
    throw new Error(`${title}: it should have been refused.`);
  }

  /** What may not be known to exist answers as if it did not. */
  async function turnedAway(stranger: Person, order: PlayedOrder): Promise<void> {
    const result = await pipe(stranger.client.subscription(BidPlaced, { orderId: order.id }), take(1), toPromise);
    const [error] = result.error?.graphQLErrors ?? [];
    if (!error) throw new Error(`${stranger.name} could listen to “${order.title}”.`);
    refusing(
      `${named(stranger)} tries to listen to “${order.title}”: ${paint('bold', String(error.extensions['code']))} ${error.message}`,
    );
  }

  return { act, post, bid, bidAtOnce, withdraw, negotiate, refused, turnedAway };
}

const price = ({ currency }: PlayedOrder, amount: string): string => money({ amount, currency });
