/** The market that is played: three orders, bids at once and one by one, a negotiation, a choice declined, one accepted. */

import * as acts from './acts.ts';
import type { Cast, Person } from './cast.ts';
import type { PlayedOrder } from './happenings.ts';
import type { Ledger } from './ledger.ts';
import { createScene } from './scene.ts';
import { chapter, doing, named } from './screen.ts';
import { openPage, openStreams } from './windows.ts';

type Twelve<T> = [T, T, T, T, T, T, T, T, T, T, T, T];

export async function play({ customers, vendors, office, everyone }: Cast, ledger: Ledger): Promise<void> {
  const { act, post, bid, bidAtOnce, withdraw, negotiate, refused, turnedAway } = createScene(ledger);
  const [alma, central, lin] = customers as [Person, Person, Person];
  const [ahorn, bright, cedar, delta, eichen, fjord, granit, holm, iron, juniper, kestrel] = vendors as Twelve<Person>;

  await Promise.all(everyone.map((person) => openStreams(ledger, person)));

  chapter('Three customers ask');
  const chairs = await post(
    alma,
    { title: '240 oak chairs', currency: 'EUR', visibility: 'RANK', description: 'Stackable.' },
    'each vendor knows its rank, not the prices',
  );
  const awning = await post(
    central,
    { title: 'A terrace awning', currency: 'CHF', visibility: 'SEALED', description: '9 × 4 m.' },
    'each vendor knows its own bid only',
  );
  const lights = await post(
    lin,
    { title: 'Exhibition lights', currency: 'JPY', visibility: 'OPEN', description: '60 spots.' },
    'each vendor sees every price, under an alias',
  );
  const pages = [chairs, awning, lights].flatMap((order) =>
    [order.customer, ...vendors, office].map((person) => openPage(ledger, person, order)),
  );
  await Promise.all(pages);
  doing(`Everyone has opened the orders’ pages: ${ledger.windows()} subscriptions over ${everyone.length} sockets.`);

  chapter('Vendors bid');
  await bidAtOnce(chairs, [
    [ahorn, '11900'],
    [bright, '12400'],
    [cedar, '11650.50'],
    [delta, '12990'],
    [eichen, '11700'],
    [fjord, '13250'],
    [granit, '12100'],
    [holm, '11650.50'],
  ]);
  await bidAtOnce(awning, [
    [iron, '8400'],
    [juniper, '7990.05'],
    [kestrel, '8120'],
    [ahorn, '9050'],
  ]);
  for (const [vendor, amount] of [
    [bright, '980000'],
    [iron, '955000'],
    [juniper, '949000'],
    [kestrel, '1020000'],
    [fjord, '940000'],
  ] as const) {
    await bid(vendor, lights, amount);
  }
  doing(`${named(holm)} ${await acts.standingOf(holm, chairs)}.`);
  doing(`${named(juniper)} ${await acts.standingOf(juniper, awning)}.`);
  doing(`${named(kestrel)} ${await acts.standingOf(kestrel, lights)}.`);

  chapter('Some things do not go');
  await refused(`${named(eichen)} bids 11 800.00, more than before`, acts.placeBid(eichen, chairs, '11800'));
  await refused(`${named(alma)} asks for a negotiation about nothing`, acts.requestNegotiation(chairs, '-1', ''));
  await turnedAway(central, chairs);
  await bid(eichen, chairs, '11600');
  await withdraw(kestrel, lights, 'Out of stock');

  chapter(`${lin.name} negotiates with all bidders at once`);
  const round = await negotiate(lights, '900000', 'Who can do it for 900 000, delivered by May?');
  await bidAtOnce(
    lights,
    round.asked.map((vendor, place) => [vendor, String(934_000 - 11_000 * place)]),
    round.negotiationId,
  );

  chapter(`${alma.name} chooses, and is declined`);
  await act(`${named(alma)} confirms ${named(eichen)} for “${chairs.title}”`, acts.confirmBid(chairs, eichen));
  await refused(`${named(ahorn)} bids meanwhile`, acts.placeBid(ahorn, chairs, '11000'));
  await act(
    `${named(eichen)} declines`,
    acts.declineConfirmation(eichen, chairs, 'The workshop is booked until June.'),
  );
  await bid(ahorn, chairs, '11500');
  await act(`${named(alma)} confirms ${named(ahorn)} instead`, acts.confirmBid(chairs, ahorn));
  await act(`${named(ahorn)} accepts`, acts.acceptConfirmation(ahorn, chairs));

  chapter('The others come to an end');
  const winner = lowest(lights);
  await act(`${named(lin)} confirms ${named(winner)} for “${lights.title}”`, acts.confirmBid(lights, winner));
  await act(`${named(winner)} accepts`, acts.acceptConfirmation(winner, lights));
  await act(`${named(central)} cancels “${awning.title}”`, acts.cancelOrder(awning, 'It rains anyway.'));
  await refused(`${named(iron)} bids on it all the same`, acts.placeBid(iron, awning, '7000'));
}

function lowest(order: PlayedOrder): Person {
  const standing = [...order.bids].filter(([, { active }]) => active);
  const [best] = standing.sort(([, one], [, other]) => Number(one.amount) - Number(other.amount));
  if (!best) throw new Error(`Nobody bids on “${order.title}”.`);
  return best[0];
}
