/** Peers that want a node to fail, and a crowd that only wants blobs, from many addresses. */
import { writeSync } from 'node:fs';
import { CROWD } from './crowd';
import { HOSTILE } from './hostile';
import type { Attack, Target } from './attack';

export interface AttackSettings {
    readonly target: Target;
    /** How many of each, by name. */
    readonly attackers: Readonly<Record<string, number>>;
    /** The second number of their addresses: 127.<net>.x.y. */
    readonly net: number;
}

export interface AttackLook {
    /** Connections that are open now. */
    readonly open: number;
    /** Attackers that have been started. */
    readonly started: number;
    /** What was tried and what came of it. */
    readonly counts: Readonly<Record<string, number>>;
}

const ATTACKS: Readonly<Record<string, Attack>> = { ...HOSTILE, ...CROWD };
const LOOK_MS = 500;
/** Starts a second, of each program; addresses are shared by four. */
const STARTS_PER_SECOND = 10;
const SHARE = 4;

// What an attacker's own library throws is no concern of anybody.
process.on('uncaughtException', () => undefined);
process.on('unhandledRejection', () => undefined);

async function main({ target, attackers, net }: AttackSettings): Promise<void> {
    const counts: Record<string, number> = {};
    let open = 0;
    let started = 0;
    const ended = new AbortController();
    process.stdin.resume().once('end', () => {
        ended.abort();
        process.exit();
    });
    setInterval(() => {
        const look: AttackLook = { open, started, counts };
        writeSync(1, `${JSON.stringify(look)}\n`);
    }, LOOK_MS);
    const names = Object.entries(attackers).flatMap(([name, many]) =>
        Array<string>(many).fill(name),
    );
    for (const [at, name] of names.entries()) {
        const place = Math.floor(at / SHARE) + 1;
        const localAddress = `127.${net}.${place >> 8}.${place & 255}`;
        void ATTACKS[name]?.({
            ...{ target, localAddress, signal: ended.signal },
            count: (what) => (counts[`${name}: ${what}`] = (counts[`${name}: ${what}`] ?? 0) + 1),
            opened: () => {
                open++;
                let closed = false;
                return () => {
                    if (!closed) open--;
                    closed = true;
                };
            },
        }).catch(() => undefined);
        started++;
        await new Promise((resolve) => setTimeout(resolve, 1000 / STARTS_PER_SECOND));
    }
}

void main(JSON.parse(process.argv[2] ?? '') as AttackSettings);
