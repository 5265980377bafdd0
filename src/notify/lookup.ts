/** Resolves a host's name for a connection, and refuses it if it leads to where webhooks may not go. */

import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isSpecial } from './addresses.ts';

/** The target is an address that webhooks may not go to. */
export class SpecialAddress extends Error {
  override readonly name = 'SpecialAddress';
  readonly code = 'SPECIAL_ADDRESS';

  constructor() {
    super('The webhook leads to a private or special address.');
  }
}

/** Throws SpecialAddress for a URL whose host is such an address already: nothing is looked up for those. */
export function refuseSpecialHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && isSpecial(host)) throw new SpecialAddress();
}

/**
 * For `net.connect`, which connects to what this answers and asks nobody else: a name that answers another address the next
 * time (DNS rebinding) gets nowhere. One special address among several refuses them all.
 */
export function lookupWith(resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupOptions & { all: true } = { ...options, all: true };
    resolve(hostname, all, (error, addresses) => {
      if (error) return callback(error, [] as LookupAddress[]);
      const [first] = addresses;
      if (!first || addresses.some(({ address }) => isSpecial(address))) {
        return callback(new SpecialAddress(), [] as LookupAddress[]);
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
