/** A picture of figures: horizontal bars, the least first, as SVG that needs nothing else. */

import { withUnit } from './figures.ts';

export type Bar = { label: string; value: number; isOurs: boolean };

const width = 720;
const barHeight = 22;
const gap = 8;
const top = 40;
const labels = 210;
const figures = 90;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function barsSvg(title: string, unit: string, bars: readonly Bar[]): string {
  const sorted = bars.toSorted((a, b) => a.value - b.value);
  const longest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const height = top + sorted.length * (barHeight + gap) + gap;
  const rows = sorted.map(({ label, value, isOurs }, nth) => {
    const y = top + nth * (barHeight + gap);
    const length = Math.max(1, Math.round((value / longest) * (width - labels - figures)));
    const middle = y + barHeight / 2 + 4;
    return [
      `<text x="${labels - 10}" y="${middle}" text-anchor="end"${isOurs ? ' font-weight="bold"' : ''}>${escaped(label)}</text>`,
      `<rect x="${labels}" y="${y}" width="${length}" height="${barHeight}" rx="2" fill="${isOurs ? '#0f766e' : '#94a3b8'}"/>`,
      `<text x="${labels + length + 8}" y="${middle}">${escaped(withUnit(value, unit))}</text>`,
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="24" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}
