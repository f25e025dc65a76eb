import type { Address } from '@ton/core';
import type { Express } from 'express';
import { z } from 'zod';
import { refuse } from './server';
import { addressParameter, parse } from './toncenter';

/** A credited payment of the faucet. */
export interface FaucetPayment {
    /** Logical time of the transaction that credited it. */
    readonly lt: bigint;
    /** Hash of that transaction, base64. */
    readonly hash: string;
}

/** State of a devnet, as numbers and words. */
export interface DevnetStatus {
    /** Milliseconds between blocks; 0 when each message makes one, null when only mineBlock does. */
    readonly blockIntervalMs: number | null;
    /** Number of the newest block. */
    readonly seqno: number;
    /** UNIX time of the chain. */
    readonly now: number;
    /** How far that is ahead of the wall clock, in seconds. */
    readonly timeOffsetSeconds: number;
    readonly fees: string;
    readonly interleave: string;
    readonly globalId: number;
    /** Accounts that exist or have existed. */
    readonly accounts: number;
    readonly transactions: number;
    /** Raw address of the account that the faucet pays from. */
    readonly giver: string;
    /** Raw address of the Market that the chain came with; null when it came without. */
    readonly market: string | null;
    /** Balance of the giver at genesis, in nano. */
    readonly supply: string;
}

/** What the control routes can do to a devnet. */
export interface Controls {
    faucet(address: Address, nano: bigint): Promise<FaucetPayment>;
    advanceTime(seconds: number): Promise<number>;
    mineBlock(): Promise<number>;
    status(): DevnetStatus;
}

const faucetBody = z.object({
    address: addressParameter,
    amount: z
        .string()
        .regex(/^[1-9]\d{0,27}$/, 'not a positive amount in nano')
        .transform(BigInt),
});
const timeBody = z.object({
    advanceSeconds: z
        .number()
        .int()
        .positive()
        .max(100 * 366 * 86_400),
});

/** The routes under /devnet. Only POST changes anything. */
export function controlRoutes(controls: Controls): (app: Express) => void {
    return (app) => {
        app.get('/devnet/status', (_request, response) => {
            response.json({ ok: true, result: controls.status() });
        });
        app.post('/devnet/faucet', async (request, response) => {
            const { address, amount } = parse(faucetBody, request.body);
            const { lt, hash } = await controls.faucet(address, amount);
            response.json({ ok: true, result: { lt: lt.toString(), hash } });
        });
        app.post('/devnet/time', async (request, response) => {
            const { advanceSeconds } = parse(timeBody, request.body);
            const now = await controls.advanceTime(advanceSeconds);
            response.json({ ok: true, result: { now } });
        });
        app.post('/devnet/mine', async (_request, response) => {
            response.json({ ok: true, result: { seqno: await controls.mineBlock() } });
        });
        app.get(['/devnet/faucet', '/devnet/time', '/devnet/mine'], (request, response) => {
            refuse(response, 'POST', `${request.path} changes the chain and is a POST.`);
        });
    };
}
