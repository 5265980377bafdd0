/** Where drizzle-kit finds the tables and writes migrations: `npx drizzle-kit generate --name what-changes`. */

import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'postgresql', schema: './src/db/tables.ts', out: './drizzle' });
