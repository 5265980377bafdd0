/** The environment: every problem is told at once, and production insists on knowing who asks. */

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../src/config.ts';

const secret = 'x'.repeat(32);

test('an empty environment runs on this machine alone, with a secret that stays', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'haggle-config-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const config = readConfig({ DATA_DIR: dataDir, DATABASE_URL: '', AUTH_SECRET: '' });
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 4000,
    databaseUrl: null,
    redisUrl: null,
    eventRetentionDays: 30,
    auth: { kind: 'secret', development: true, secret: expect.stringMatching(/^.{32,}$/) as string },
  });
  expect(readConfig({ DATA_DIR: dataDir })).toEqual(config);
  expect((await stat(join(dataDir, 'auth-secret'))).mode & 0o777).toBe(0o600);
});

test('production without a way to verify tokens is refused', () => {
  expect(() => readConfig({ NODE_ENV: 'production' })).toThrow('AUTH_SECRET or AUTH_JWKS_URL has to be set');
});

test('production listens everywhere and verifies as it is told', () => {
  const claims = { AUTH_ISSUER: 'shop', AUTH_AUDIENCE: 'haggle' };
  expect(readConfig({ NODE_ENV: 'production', AUTH_SECRET: secret, ...claims })).toMatchObject({
    host: '0.0.0.0',
    auth: { kind: 'secret', secret, development: false, issuer: 'shop', audience: 'haggle' },
  });
  const url = 'https://shop.example/keys';
  expect(readConfig({ NODE_ENV: 'production', AUTH_JWKS_URL: url }).auth).toEqual({ kind: 'jwks', url });
});

test('all problems are told at once, and no secret with them', () => {
  const read = () =>
    readConfig({
      NODE_ENV: 'production',
      PORT: '65536',
      DATABASE_URL: 'mysql://db',
      REDIS_URL: 'redis',
      AUTH_SECRET: 'too short',
      EVENT_RETENTION_DAYS: '0',
      LOG_LEVEL: 'loud',
    });
  expect(read).toThrow(
    [
      'The environment does not fit:',
      'PORT must be a whole number from 0 to 65535.',
      'DATABASE_URL must be an address that begins with postgres:// or postgresql://.',
      'REDIS_URL must be an address that begins with redis:// or rediss://.',
      'AUTH_SECRET must be at least 32 bytes long.',
      'EVENT_RETENTION_DAYS must be a whole number from 1 to 99999.',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent.',
    ].join('\n  '),
  );
});

test('two ways to verify tokens at once are refused', () => {
  expect(() => readConfig({ AUTH_SECRET: secret, AUTH_JWKS_URL: 'https://shop.example/keys' })).toThrow('choose one');
});

const key = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const away = {
  AUTH_SECRET: secret,
  SMTP_URL: 'smtp://user:pass@mail.example:587',
  MAIL_FROM: 'Haggle <no-reply@haggle.example>',
  PUBLIC_URL: 'https://haggle.example',
  WEBHOOK_URL: 'https://shop.example/hooks',
  WEBHOOK_SECRET: key,
};

test('mails and webhooks are off unless they are configured', () => {
  expect(readConfig({ AUTH_SECRET: secret })).toMatchObject({ fallbackAfterSeconds: 60, mail: null, webhook: null });
  expect(readConfig({ ...away, NODE_ENV: 'production', FALLBACK_AFTER: '5' })).toMatchObject({
    fallbackAfterSeconds: 5,
    mail: { smtpUrl: away.SMTP_URL, from: away.MAIL_FROM, publicUrl: away.PUBLIC_URL },
    webhook: { url: away.WEBHOOK_URL, secret: key, allowPrivate: false },
  });
});

test('what mails and webhooks lack is told all at once, and no secret with it', () => {
  const wrong = {
    ...{ NODE_ENV: 'production', AUTH_SECRET: secret, FALLBACK_AFTER: '0', SMTP_URL: 'mail.example' },
    ...{ MAIL_FROM: 'Haggle', WEBHOOK_URL: 'http://shop.example/', WEBHOOK_ALLOW_PRIVATE: 'yes' },
  };
  expect(() => readConfig(wrong)).toThrow(
    [
      'The environment does not fit:',
      'FALLBACK_AFTER must be a whole number from 1 to 3600.',
      'SMTP_URL must be an address that begins with smtp:// or smtps://.',
      'MAIL_FROM must be an e-mail address, or a name with one, as Haggle <no-reply@haggle.example>.',
      'WEBHOOK_ALLOW_PRIVATE must be true or false.',
      'SMTP_URL needs PUBLIC_URL: every mail says from whom, and how to end it.',
      'WEBHOOK_URL needs WEBHOOK_SECRET: every webhook is signed.',
      'In production WEBHOOK_URL has to begin with https://.',
    ].join('\n  '),
  );
  for (const bad of ['secret', 'whsec_c2hvcnQ=', `whsec_${'A'.repeat(200)}`, key.replace('=', '')]) {
    const read = () => readConfig({ ...away, WEBHOOK_SECRET: bad });
    expect(read).toThrow('WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64.');
    expect(read).not.toThrow(bad === 'secret' ? 'never' : bad);
  }
});
