/** The account of the market on the terminal: in colours where it is one, plain where it is not. */

import { styleText } from 'node:util';
import type { Delivery } from './ledger.ts';

type Style = Parameters<typeof styleText>[0];
export const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });
export const say = (line = ''): void => void process.stdout.write(`${line}\n`);

export function money({ amount, currency }: { amount: string; currency: string }): string {
  const [whole = '', digits] = amount.split('.');
  return `${currency} ${whole.replace(/\B(?=(\d{3})+$)/g, ' ')}${digits ? `.${digits}` : ''}`;
}

const roleStyle = { customer: 'cyan', vendor: 'yellow', service: 'magenta' } as const;
export const named = (person: { name: string; role: keyof typeof roleStyle }): string =>
  paint(roleStyle[person.role], person.name);

export function chapter(title: string): void {
  say();
  say(paint('bold', title));
}

export const doing = (line: string): void => say(` ${paint('dim', '▸')} ${line}`);
export const refusing = (line: string): void => say(` ${paint('red', '✗')} ${line}`);

const width = 38;
const roles = ['customer', 'vendor', 'service'] as const;

/** One line for all who see the same: who, what they see, after how many milliseconds. */
export function hearing(deliveries: Delivery[]): void {
  for (const group of Map.groupBy(deliveries, ({ window, shown }) => `${window.kind} ${shown}`).values()) {
    const people = Map.groupBy(new Set(group.map(({ window }) => window.person)), ({ role }) => role);
    const who = roles.flatMap((role) => {
      const [one, ...more] = people.get(role) ?? [];
      if (!one) return [];
      const text = more.length === 0 ? one.name : `${more.length + 1} ${role}s`;
      return [{ text, painted: paint(roleStyle[role], text) }];
    });
    const filled = ' '.repeat(Math.max(0, width - who.map(({ text }) => text).join(', ').length));
    const times = group.map(({ ms }) => Math.round(ms));
    const [least, most] = [Math.min(...times), Math.max(...times)];
    const after = least === most ? `${most} ms` : `${least}–${most} ms`;
    say(
      `     ${who.map(({ painted }) => painted).join(', ')}${filled}  ${group[0]!.shown}  ${paint('dim', `after ${after}`)}`,
    );
  }
}
