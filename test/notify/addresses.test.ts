/** Where webhooks may not go: every special range at both its ends, in every way of writing it, and by every name. */

import type { lookup } from 'node:dns';
import { type LookupFunction, Socket } from 'node:net';
import { expect, it, onTestFinished, test } from 'vitest';
import { isSpecial } from '../../src/notify/addresses.ts';
import { lookupWith, refuseSpecialHost, SpecialAddress } from '../../src/notify/lookup.ts';

const special = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.0.0.1', '127.255.255.255'],
  ['169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.1', '198.51.100.1', '203.0.113.1'],
  ['192.88.99.1'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
].flat();

const ordinary = [
  ['1.0.0.0', '9.255.255.255', '11.0.0.0', '8.8.8.8', '93.184.216.34'],
  ['100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0'],
  ['172.15.255.255', '172.32.0.0', '192.0.1.0', '192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0'],
  ['223.255.255.255'],
].flat();

test.each(special)('%s is special, within IPv6 too', (address) => {
  expect(isSpecial(address)).toBe(true);
  expect(isSpecial(`::ffff:${address}`)).toBe(true);
  expect(isSpecial(`64:ff9b::${address}`)).toBe(true);
});

test.each(ordinary)('%s is not', (address) => {
  expect(isSpecial(address)).toBe(false);
  expect(isSpecial(`::ffff:${address}`)).toBe(false);
  expect(isSpecial(`64:ff9b::${address}`)).toBe(false);
});

test.each(
  [
    ['::', '::1', '::ffff:0:7f00:1', '::127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:7f00:0001'],
    ['64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '5f00::1'],
    ['fc00::1', 'fdff::1', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1', 'ff02::1'],
    ['', 'localhost', '127.1', '0x7f000001'],
  ].flat(),
)('“%s” is special or no address at all', (address) => expect(isSpecial(address)).toBe(true));

test.each(['2606:4700:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888'])('%s is not', (address) =>
  expect(isSpecial(address)).toBe(false),
);

test.each(
  [
    ['http://127.0.0.1/', 'http://127.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://0177.0.0.1/', 'http://0/'],
    ['http://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://[::ffff:a9fe:a9fe]/', 'http://[fe80::1]/'],
    ['https://192.168.1.1:8443/x', 'http://１２７.0.0.1/', 'http://user@10.0.0.1/'],
  ].flat(),
)('%s is refused before anything is looked up', (url) => {
  expect(() => refuseSpecialHost(new URL(url))).toThrow(SpecialAddress);
});

test('a public address or a name is not refused by how it is written', () => {
  for (const url of ['https://8.8.8.8/', 'https://[2606:4700::1]/', 'https://shop.example/']) {
    expect(() => refuseSpecialHost(new URL(url))).not.toThrow();
  }
});

/** Answers these in turn, as a name server that changes its mind does. */
function answering(...answers: string[][]): typeof lookup {
  let nth = 0;
  return ((_name: string, _options: object, callback: (...given: unknown[]) => void) => {
    const answer = answers[Math.min(nth, answers.length - 1)] ?? [];
    nth += 1;
    callback(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as typeof lookup;
}

function connecting(resolve: LookupFunction): Promise<Error> {
  const socket = new Socket();
  onTestFinished(() => {
    socket.destroy();
  });
  return new Promise((done) => {
    socket.once('error', done);
    socket.connect({ host: 'shop.example', port: 9, lookup: resolve, autoSelectFamily: true });
  });
}

it.each([
  ['loopback', [['127.0.0.1']]],
  ['the metadata of a cloud', [['169.254.169.254']]],
  ['one of several', [['93.184.216.34', '10.0.0.1']]],
  ['nothing', [[]]],
])('refuses a name that leads to %s', async (_, answers) => {
  expect(await connecting(lookupWith(answering(...answers)))).toBeInstanceOf(SpecialAddress);
});

it('answers what it has looked at, whichever way it is asked', async () => {
  const resolve = lookupWith(answering(['93.184.216.34', '2606:4700::1']));
  const asked = (all: boolean) =>
    new Promise((done) => {
      resolve('shop.example', { all }, (error, ...rest) => done([error, ...rest]));
    });
  expect(await asked(false)).toEqual([null, '93.184.216.34', 4]);
  expect(await asked(true)).toEqual([
    null,
    [
      { address: '93.184.216.34', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ],
  ]);
});
