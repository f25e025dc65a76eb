import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import {
    type ChildMessage,
    type EncodedItem,
    type ItemResult,
    packMessage,
    type ParentMessage,
} from '../../runtime/messages';
import { createProgressWriter } from '../../runtime/progress';

/*
 * A child that was taken over: what somebody can do who found a hole in ONNX Runtime. Each item is
 * the text of what to do; its output is the text of what came of it.
 */

const progress = createProgressWriter();

const NEVER = new Promise<never>(() => undefined);

const deeds: Readonly<Record<string, (argument: string) => unknown>> = {
    behave: () => 'fine',
    'open-files': () => {
        const files: number[] = [];
        try {
            for (;;) files.push(openSync('/dev/null', 'r'));
        } catch (error) {
            return `${(error as NodeJS.ErrnoException).code} after ${files.length}`;
        } finally {
            for (const file of files) closeSync(file);
        }
    },
    read: (path) => readFileSync(path).length,
    write: (path) => writeFileSync(path, 'was here'),
    'large-file': () => {
        writeFileSync('large', '');
        truncateSync('large', 2 ** 40);
        return 'written';
    },
    kill: (pid) => process.kill(Number(pid), 'SIGKILL'),
    connect: (target) => {
        const [host, port] = target.split(' ') as [string, string];
        return new Promise((resolve) => {
            const socket = connect(Number(port), host);
            socket.on('connect', () => resolve('connected'));
            socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
        });
    },
    hang: () => {
        for (;;);
    },
    threads: () => {
        for (let i = 0; i < 3; i++) new Worker('for (;;);', { eval: true });
        return NEVER;
    },
    memory: () => {
        const held: Buffer[] = [];
        for (;;) held.push(Buffer.alloc(16 * 1024 ** 2, 1));
    },
    'large-output': () => 'x'.repeat(10 * 1024 ** 2),
    orphan: (mark) => {
        const child = spawn(process.execPath, ['-e', 'for (;;);', mark], {
            detached: true,
            stdio: 'ignore',
        });
        child.unref();
        return `${child.pid}`;
    },
    crash: () => process.abort(),
    lie: () => {
        send({ type: 'loaded' });
        return NEVER;
    },
    babble: () => {
        process.send?.({ type: 'results', batch: -1, nonsense: true });
        return NEVER;
    },
};

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ParentMessage) => {
    if (message.type === 'load') send({ type: 'loaded' });
    if (message.type === 'run') void obey(message.batch, message.items);
});

async function obey(batch: number, items: readonly EncodedItem[]): Promise<void> {
    for (const [from, item] of items.entries()) {
        progress.started({ batch, item: from });
        const [name = '', ...rest] = Buffer.from(item as Uint8Array)
            .toString()
            .split(':');
        const bytes = Buffer.from(await attempt(() => deeds[name]?.(rest.join(':'))));
        const results: ItemResult[] = [{ kind: 'inline', bytes, elapsedUs: 1 }];
        const done = from === items.length - 1;
        send({ type: 'results', batch, from, results, done, rssBytes: process.memoryUsage.rss() });
    }
    progress.idle();
}

async function attempt(deed: () => unknown): Promise<string> {
    try {
        return String(await deed());
    } catch (error) {
        return String((error as NodeJS.ErrnoException).code ?? error);
    }
}

function send(message: ChildMessage): void {
    process.send?.(packMessage(message));
}
