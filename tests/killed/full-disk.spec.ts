import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Slice } from '@ton/core';
import { loadReveal, loadSeal } from '../../build/Escrow/Escrow_Escrow';
import { checkFee } from '../../wrappers';
import { PRICE } from '../verifier/world';
import type { KillableNode } from './killable-node';
import { sentMessages } from './sent-messages';
import { KilledVerifier } from './verifier-world';

jest.setTimeout(300_000);

/** In which a node with room does far more than it is kept from. */
const WAIT_MS = 3_000;

/** A way to fill the disk under a node, or to make it refuse what is written. */
interface FullDisk {
    readonly prepare: (stateFolder: string) => void;
    readonly fill: (node: KillableNode) => void;
    readonly makeRoom: (node: KillableNode) => void;
    /** LMDB ends its process over some writes that fail half-way; the node is started again then. */
    readonly mayDie: boolean;
    readonly end: () => void;
}

/** A file system of its own, in memory, that has no byte left. */
function smallDisk(): FullDisk {
    let folder = '';
    const filler = () => join(folder, 'filler');
    return {
        prepare: (stateFolder) => {
            folder = stateFolder;
            execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
        },
        fill: () => {
            const file = openSync(filler(), 'w');
            try {
                while (writeSync(file, Buffer.alloc(4096)) > 0);
            } catch {
                closeSync(file);
            }
        },
        makeRoom: () => rmSync(filler()),
        mayDie: false,
        end: () => void execFileSync('umount', ['--lazy', folder]),
    };
}

/** No file of the node may grow, or even be written, any more: the kernel refuses it. */
function refusedWrites(): FullDisk {
    const limit = (bytes: string) => (node: KillableNode) => {
        execFileSync('prlimit', ['--pid', String(node.pid), `--fsize=${bytes}`]);
    };
    return {
        prepare: () => undefined,
        fill: limit('1024:unlimited'),
        makeRoom: limit('unlimited:unlimited'),
        mayDie: true,
        end: () => undefined,
    };
}

function mayMount(): boolean {
    const folder = mkdtempSync(join(tmpdir(), 'cocoon-mount-'));
    try {
        execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'pipe' });
        execFileSync('umount', [folder]);
        return true;
    } catch (error) {
        const why = `nothing can be mounted here (${String(error)})`;
        process.stderr.write(`Left out, a full disk: ${why}.\n`);
        return false;
    } finally {
        rmSync(folder, { recursive: true });
    }
}

const WAYS: readonly (readonly [string, () => FullDisk])[] = [
    ...(mayMount() ? [['is full', smallDisk] as const] : []),
    ['refuses writes', refusedWrites],
];

describe.each(WAYS)('A verifier whose disk %s', (_what, way) => {
    let scene: KilledVerifier;
    let disk: FullDisk;
    beforeAll(async () => {
        disk = way();
        scene = await KilledVerifier.create(disk.prepare);
    });
    afterAll(async () => {
        await scene.node.stop();
        disk.end();
        await scene.stop();
    });

    const fill = () => disk.fill(scene.node);
    const makeRoom = () => disk.makeRoom(scene.node);
    const pause = () => new Promise((resolve) => setTimeout(resolve, WAIT_MS));

    it('claims, seals and reveals nothing that is not written down, and goes on when there is room', async () => {
        const { world, node, endpoint, stake } = scene;
        const before = await scene.totals();
        const posted = await world.post(world.job([601]));
        const { jobId } = posted;
        const sent = (load: (body: Slice) => { readonly jobId: bigint }) =>
            sentMessages(endpoint.calls, load).filter((one) => Number(one.jobId) === jobId).length;
        const job = () => world.look(posted);
        const claimed = async () => {
            const is = await job();
            return is?.state === 'checking' && is.verifier?.stake.equals(stake.address) === true;
        };
        await world.provider.deliver(posted);

        fill();
        const messages = endpoint.count('sendBoc');
        await world.accept(posted);
        await pause();
        expect(endpoint.count('sendBoc')).toBe(messages);
        expect(await claimed()).toBe(false);
        makeRoom();
        await node.until(claimed);
        // Its bond is on chain; the node has heard of it.
        await node.until(() => node.events(jobId).includes('claimed'));

        fill();
        await world.pass(posted);
        await pause();
        expect([await phaseOf(job()), sent(loadSeal)]).toEqual(['seal', 0]);
        makeRoom();
        await node.until(async () => (await phaseOf(job())) === 'open');
        await node.until(() => node.events(jobId).includes('sealed'));

        fill();
        await world.provider.open(posted);
        await pause();
        expect([await phaseOf(job()), sent(loadReveal)]).toEqual(['reveal', 0]);
        makeRoom();
        await world.over(posted);
        await node.until(() => node.events(jobId).includes('closed'));

        const fee = checkFee(await world.market.getMarketParameters(), PRICE, 1);
        const after = await scene.totals();
        expect(Number(after.claims) - Number(before.claims)).toBe(1);
        expect(BigInt(after.earned) - BigInt(before.earned)).toBe(fee);
        expect([after.lost, after.atStake]).toEqual([before.lost, '0']);
        expect(node.events(jobId)).not.toContain('failed');
        if (!disk.mayDie) expect(node.deaths).toBe(0);
    });
});

async function phaseOf(
    job: Promise<{ readonly phase?: unknown; readonly state: string } | undefined>,
): Promise<unknown> {
    const { state, phase } = (await job) ?? {};
    return phase ?? state;
}
