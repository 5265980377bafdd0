/** A digest as a mail: its subject, and the same lines as plain text and as HTML. */

import { type Digest, lineOf, type Told } from '../domain/digest.ts';

export type MailText = { subject: string; text: string; html: string };

/** Notifications that a mail shows; the rest are counted. */
const mostShown = 20;
/** Characters. */
const longestSubject = 150;

/** What is about one thing, such as an order, with all that happened to it. */
type Group = { title: string; texts: string[] };

export function mailOf(digest: Digest, links: { unsubscribe: string }): MailText {
  const groups = groupsOf(digest.told.slice(0, mostShown));
  const rest = digest.told.length + digest.more - mostShown;
  const more = rest > 0 ? `And ${rest} more.` : null;
  const why = 'You get this mail because you were away when it happened.';
  return {
    subject: subjectOf(digest),
    text: [
      ...groups.map(({ title, texts }) => [title, ...texts.map((text) => `- ${text}`)].filter(Boolean).join('\n')),
      ...(more ? [more] : []),
      `-- \n${why}\nNo more mails: ${links.unsubscribe}\n`,
    ].join('\n\n'),
    html: page(
      `${groups.map(sectionOf).join('\n')}${more ? `\n<p>${more}</p>` : ''}`,
      `${why}<br><a href="${escaped(links.unsubscribe)}" style="color:inherit">No more mails</a>`,
    ),
  };
}

/** On one line, whatever a title holds, and no longer than mail programs show: a line of a mail has 998 bytes at most. */
function subjectOf({ told, more }: Digest): string {
  const [first] = told;
  if (!first || told.length + more > 1) return `${told.length + more} notifications`;
  const { title, text } = lineOf(first);
  const subject = [title, text].map(onOneLine).filter(Boolean).join(': ');
  return subject.length > longestSubject ? `${subject.slice(0, longestSubject - 1).toWellFormed()}…` : subject;
}

function groupsOf(notifications: readonly Told[]): Group[] {
  const groups = new Map<string, Group>();
  for (const told of notifications) {
    const { title, text } = lineOf(told);
    const key = told.order?.id ?? told.id;
    const group = groups.get(key) ?? { title: onOneLine(title), texts: [] };
    if (text) group.texts.push(onOneLine(text));
    groups.set(key, group);
  }
  return [...groups.values()];
}

export const onOneLine = (text: string): string => text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

function sectionOf({ title, texts }: Group): string {
  const heading = title && `<h2 style="font-size:16px;margin:24px 0 4px">${escaped(title)}</h2>\n`;
  return `${heading}${texts.map((text) => `<p style="margin:4px 0">${escaped(text)}</p>`).join('\n')}`;
}

const page = (main: string, foot: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Notifications</title>
</head>
<body style="font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:16px">
${main}
<p style="margin:32px 0 0;font-size:13px;opacity:.7">${foot}</p>
</body>
</html>
`;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
