import { Buffer } from 'buffer/index.js';

// Where there is one it stays.
const holder = globalThis as { Buffer?: unknown };
holder.Buffer ??= Buffer;
