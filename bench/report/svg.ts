/** A picture of figures: groups of horizontal bars, each with its spread, as SVG that needs nothing else. */

import { withUnit } from './figures.ts';

/** As long as its value, with a line from the least to the most of its runs. */
export type Bar = { label: string; value: number; least: number; most: number; isOurs: boolean };
/** Groups of the same `scale` are drawn to one. */
export type Group = { heading: string; unit: string; scale: string; bars: readonly Bar[] };

const width = 760;
const margin = 16;
const barHeight = 18;
const barGap = 5;
const labels = 270;
const figures = 100;
const headingHeight = 26;
const titleHeight = 40;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function barsSvg(title: string, groups: readonly Group[]): string {
  let y = titleHeight;
  const rows = groups.flatMap((group) => {
    const longest = Math.max(
      ...groups.filter(({ scale }) => scale === group.scale).flatMap(({ bars }) => bars.map(({ most }) => most)),
      Number.MIN_VALUE,
    );
    const heading = `<text x="${margin}" y="${y + 16}" font-weight="bold" fill="#475569">${escaped(group.heading)}</text>`;
    y += headingHeight;
    const drawn = group.bars.map((bar) => {
      const row = drawBar(bar, group.unit, y, (width - labels - figures) / longest);
      y += barHeight + barGap;
      return row;
    });
    y += barGap;
    return [heading, ...drawn];
  });
  const height = y + barGap;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin}" y="24" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

function drawBar({ label, value, least, most, isOurs }: Bar, unit: string, y: number, perUnit: number): string {
  const along = (figure: number): number => labels + Math.max(1, Math.round(figure * perUnit));
  const [middle, base] = [y + barHeight / 2, y + barHeight / 2 + 4];
  const spread = `M${along(least)} ${middle}H${along(most)}M${along(least)} ${middle - 4}v8M${along(most)} ${middle - 4}v8`;
  return [
    `<text x="${labels - 10}" y="${base}" text-anchor="end"${isOurs ? ' font-weight="bold"' : ''}>${escaped(label)}</text>`,
    `<rect x="${labels}" y="${y}" width="${along(value) - labels}" height="${barHeight}" rx="2" fill="${isOurs ? '#0f766e' : '#94a3b8'}"/>`,
    `<path d="${spread}" stroke="#1e293b" fill="none"/>`,
    `<text x="${along(most) + 8}" y="${base}">${escaped(withUnit(value, unit))}</text>`,
  ].join('\n');
}
