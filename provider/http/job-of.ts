import { Address } from '@ton/core';

/** The job that a path names; undefined where it names none. */
export function jobOf(params: {
    readonly escrow?: string;
    readonly jobId?: string;
}): { readonly escrow: Address; readonly jobId: number } | undefined {
    const { escrow = '', jobId = '' } = params;
    if (!/^\d{1,10}$/.test(jobId)) return undefined;
    try {
        return { escrow: Address.parse(escrow), jobId: Number(jobId) };
    } catch {
        return undefined;
    }
}
