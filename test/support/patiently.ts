/** How long `vi.waitFor` and `vi.waitUntil` wait: on a busy machine what takes a moment may take seconds. */
export const patiently = { timeout: 10_000, interval: 20 };
