/** Which addresses a webhook may not go to: those of this machine, of this network, and all that no host of the internet has. */

import { BlockList, isIP } from 'node:net';

/** After the IANA's registries of special-purpose addresses (RFC 6890), without what those call globally reachable. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  // Multicast, reserved, broadcast.
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const special6 = [
  // Unspecified, loopback, and IPv4 addresses written as IPv6, or translated to it.
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

const blocked = new BlockList();
for (const range of special4) {
  const [network = '', bits] = range.split('/');
  blocked.addSubnet(network, Number(bits), 'ipv4');
  // Through NAT64 the same hosts are reached by IPv6.
  blocked.addSubnet(`64:ff9b::${network}`, 96 + Number(bits), 'ipv6');
}
for (const range of special6) {
  const [network = '', bits] = range.split('/');
  blocked.addSubnet(network, Number(bits), 'ipv6');
}

/** Of an IP address; also IPv4 within IPv6 (`::ffff:127.0.0.1`), and with a zone (`fe80::1%eth0`). What is no address is special. */
export function isSpecial(address: string): boolean {
  const [bare = ''] = address.split('%', 1);
  const family = isIP(bare);
  return family === 0 || blocked.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}
