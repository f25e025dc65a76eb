import type { Cell } from '@ton/core';
import { decodeJob } from '../../wrappers';
import { blankJob } from '../facts/job-record';
import { listJob } from '../store/lists';
import type { Tables } from '../store/store';
import type { Findings } from './apply';

/**
 * Keeps what an Escrow holds of its open jobs, in place of what it held before; belongs into a
 * database transaction. A job whose posting was not to be had any more is known from there.
 *
 * @param lt - of the Escrow's last transaction
 * @param now - UNIX seconds of the chain
 */
export function keepEntries(
    tables: Tables,
    escrow: string,
    lt: string,
    entries: ReadonlyMap<number, Cell>,
    now: number,
    findings: Findings,
): void {
    const account = tables.accounts.get(escrow);
    const range = { start: [escrow, 0], end: [escrow, Number.MAX_SAFE_INTEGER] };
    const old = [...tables.entries.getKeys(range)];
    for (const key of old) {
        if (entries.has(key[1])) continue;
        tables.entries.removeSync(key);
        findings.jobs.add(key.join('/'));
    }
    for (const [id, cell] of entries) {
        tables.entries.putSync([escrow, id], { lt, boc: cell.toBoc().toString('base64') });
        findings.jobs.add(`${escrow}/${id}`);
        if (tables.jobs.doesExist([escrow, id])) continue;
        const place = { escrow, client: account?.client ?? '', index: account?.index ?? 0 };
        const { terms, parameters } = decodeJob(id, cell, now);
        const { protocolFee } = parameters;
        const job = blankJob(place, id, terms, protocolFee, { at: now, lt }, false);
        tables.jobs.putSync([escrow, id], job);
        listJob(tables, undefined, job);
    }
}
