/** Digests by e-mail, through an SMTP server, with one click to get no more of them (RFC 8058). */

import { createTransport } from 'nodemailer';
import { mailOf, onOneLine } from './mail-text.ts';
import { longest, type Message, type Sender, type Sent } from './sender.ts';

export type MailOptions = {
  /** `smtp://user:password@host:587`, or `smtps:`. */
  smtpUrl: string;
  /** `Haggle <no-reply@haggle.example>`. */
  from: string;
  /** Where this API is reached from outside. */
  publicUrl: string;
};

/** Where a user's token ends its mails. */
export const unsubscribeUrl = (publicUrl: string, token: string): string =>
  `${publicUrl.replace(/\/+$/, '')}/unsubscribe/${token}`;

export function createMail({
  smtpUrl,
  from,
  publicUrl,
  timeout = longest,
}: MailOptions & { timeout?: number }): Sender {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 4,
    // A connection that was cut in mid-sending: whether and when to try again is the queue's to say.
    maxRequeues: 0,
    dnsTimeout: timeout,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^@>\s]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';

  async function post({ id, to, digest }: Message, address: string): Promise<void> {
    const unsubscribe = unsubscribeUrl(publicUrl, to.unsubscribeToken);
    await transport.sendMail({
      ...mailOf(digest, { unsubscribe }),
      from,
      to: { name: onOneLine(to.name), address },
      messageId: `<${id}@${domain}>`,
      headers: {
        'List-Unsubscribe': `<${unsubscribe}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        // No answers of those who are on holiday.
        'Auto-Submitted': 'auto-generated',
      },
      signal: AbortSignal.timeout(timeout),
    });
  }

  return {
    async send(message) {
      const { email } = message.to;
      if (email === null) return { sent: false, error: 'NO_ADDRESS', again: false };
      try {
        await post(message, email);
        return { sent: true };
      } catch (error) {
        return verdictOf(error);
      }
    },
    close() {
      transport.close();
      return Promise.resolve();
    },
  };
}

/** What a server is told of a mail itself. */
const ofMail: unknown[] = ['RCPT TO', 'DATA'];

/** 5xx is for good, but where it is us that the server does not want: the mail is not at fault, and somebody will mend that. */
function verdictOf(error: unknown): Sent {
  const { code, command, responseCode } = error as { code?: unknown; command?: unknown; responseCode?: unknown };
  const name = code === 'EABORT' ? 'TIMEOUT' : typeof code === 'string' ? code : 'UNKNOWN';
  if (typeof responseCode !== 'number') return { sent: false, error: name, again: true };
  // The server's own words may repeat the address.
  return { sent: false, error: `SMTP ${responseCode}`, again: responseCode < 500 || !ofMail.includes(command) };
}
