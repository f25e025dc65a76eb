import { beginCell, type Cell, type Message } from '@ton/core';
import * as fc from 'fast-check';
import type { JobView } from '../../wrappers';
import { readEscrow } from './escrow-states';
import type { Client, Provider, World } from './world';

/** All who act in a random history. */
export interface Cast {
    readonly world: World;
    readonly clients: readonly Client[];
    readonly providers: readonly Provider[];
}

/** A message that somebody sends, right or wrong, or time that passes. */
export type Move =
    | {
          readonly send: (cast: Cast) => Promise<Message>;
          readonly [fc.toStringMethod]: () => string;
      }
    | {
          readonly wait: (cast: Cast) => Promise<number>;
          readonly [fc.toStringMethod]: () => string;
      };

/** A move that a counterexample can print. */
export function said(what: string, send: (cast: Cast) => Promise<Message>): Move {
    return { send, [fc.toStringMethod]: () => what };
}

export const who = fc.nat({ max: 7 });
export const id = fc.nat({ max: 5 });
export const lie = fc.nat({ max: 9 });

/** One of a list, whatever the number. */
export function pick<T>(list: readonly T[], index: number): T {
    const chosen = list[index % list.length];
    if (chosen === undefined) throw new Error('The list is empty.');
    return chosen;
}

/** An open job by position, rather one in the wanted state; the position itself where none is. */
export async function jobOf(
    cast: Cast,
    client: Client,
    position: number,
    wanted?: JobView['state'],
): Promise<number> {
    const jobs = [...((await readEscrow(cast.world, client))?.jobs.values() ?? [])];
    const fitting = jobs.filter((job) => job.state === wanted);
    const among = fitting.length > 0 ? fitting : jobs;
    return among.length === 0 ? position : pick(among, position).id;
}

export function body(store: (builder: ReturnType<typeof beginCell>) => void): Cell {
    return beginCell().store(store).endCell();
}
